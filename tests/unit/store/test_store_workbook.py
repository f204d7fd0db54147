"""A workbook's rows become columns in stretches: whatever the cells, the merged ones, and where a stretch ends."""

from __future__ import annotations

import io
import re
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from roster_forms import VILLAGE, admit, agreement, id_number, person

from workbench.errors import InputError
from workbench.store import stretches, workbook
from workbench.store.grid import DATE, NUMBER, OTHER, TEXT
from workbench.store.stretches import written
from workbench.store.tags import cell_tags
from workbench.words import FORM_COLUMNS

ACROSS = 4
cells = st.one_of(st.sampled_from(["", "甲", "乙 ", "丙"]), st.sampled_from([1.0, 2.5, True, date(2020, 1, 2)]))
sheets = st.lists(st.lists(cells, min_size=ACROSS, max_size=ACROSS), min_size=1, max_size=14)
KINDS: dict[type, int] = {str: TEXT, float: NUMBER, bool: OTHER, date: DATE, datetime: DATE}


@st.composite
def merged(draw: st.DrawFn) -> tuple[list[list[Any]], list[stretches.Span]]:
    """A sheet and merged cells on it that do not overlap; some reach beyond its end."""
    rows = draw(sheets)
    spans, taken = [], set()
    for _ in range(draw(st.integers(0, 4))):
        top, left = draw(st.integers(0, len(rows))), draw(st.integers(0, ACROSS - 1))
        bottom, right = top + draw(st.integers(0, 9)), left + draw(st.integers(0, 2))
        mine = {(r, c) for r in range(top, bottom + 1) for c in range(left, right + 1)}
        if not mine & taken:
            taken |= mine
            spans.append(((top, left), (bottom, right)))
    return rows, spans


@given(merged(), st.integers(1, 5))
@settings(deadline=None, max_examples=200)
def test_columns_hold_what_the_rows_hold_wherever_a_stretch_ends(sheet: Any, stretch: int) -> None:
    rows, spans = sheet
    wanted = [list(row) for row in rows]
    for (top, left), (bottom, right) in spans:
        for row in wanted[top : bottom + 1]:
            row[left : right + 1] = [wanted[top][left]] * (min(right, ACROSS - 1) - left + 1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stretches, "STRETCH", stretch)
        grid = workbook.sheet_grid("x.xlsx", "s", [list(row) for row in rows], spans)
    for place, column in enumerate(grid.columns):
        values = [row[place] for row in wanted]
        assert column.text.to_pylist() == [v if isinstance(v, str) else written(v) for v in values]
        assert column.kinds().tolist() == [KINDS[type(v)] for v in values]
    assert grid.raw(ACROSS) == wanted
    assert grid.head == wanted[:13]


def test_a_form_that_does_not_begin_in_the_first_column_or_row_is_read_by_its_rows(tmp_path: Path) -> None:
    agreement(tmp_path)
    (tmp_path / "rosters").mkdir(exist_ok=True)
    book = xlsxwriter.Workbook(str(tmp_path / "rosters" / f"{VILLAGE}.xlsx"))
    sheet = book.add_worksheet()
    sheet.write_row(3, 2, FORM_COLUMNS)
    sheet.write_row(4, 2, list(person().values()))
    sheet.merge_range(5, 2, 6, 2, "干汊河镇")
    for row, sequence in ((5, 5), (6, 7)):
        line = person(id=id_number("19900101", sequence), head=id_number(), relation="子", birth="1990-01")
        sheet.write_row(row, 3, list(line.values())[1:])
    book.close()
    admission = admit(tmp_path)
    assert admission.identities["row"].tolist() == [5, 6, 7]
    assert admission.tables["row_counts"]["kept"].tolist() == [3]


def test_merged_cells_beyond_any_table_are_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "FILLED_AT_MOST", 10)
    rows = [["x"] * ACROSS for _ in range(4)]
    with pytest.raises(InputError, match=r"x\.xlsx#s: merged cells span more than 10 cells"):
        workbook.sheet_grid("x.xlsx", "s", rows, [((0, 0), (3, 3))])


PIECES = st.lists(
    st.sampled_from(
        (
            *('<c r="A1">', "<c r='A1'/>", "<c/>", '<c r="Z9"><v>1</v></c>', "<cols>", "</cols>", '<x:c r="A1"/>'),
            *('<c r="AA1"/>', '<c r="a1000000"/>', '<row r="999999">', '<row r="1048576">', '<rPr r="1048576">'),
            *('<c\nr="A1"/>', '<c s="1" r="AAA7777777"/>', "<c", "</c>", "a:c d"),
        )
    )
).map("".join)


@given(PIECES)
def test_tags_are_counted_as_patterns_would(piece: str) -> None:
    content = piece.encode()
    tags = cell_tags(content)
    assert tags.values == content.count(b"</c>")
    begun = re.findall(rb"[<:]c[ >/\t\n\r]", content)
    assert tags.plain == (len(begun) == content.count(b'<c r="'))
    assert tags.far == bool(re.search(rb'<(?:c|row) r="(?:[A-Za-z]{2}|[A-Za-z]?[0-9]{7})', content))


def test_a_last_line_that_fills_only_a_column_that_nobody_asked_for_is_a_row(tmp_path: Path) -> None:
    for name in ("甲.csv", "乙.xlsx"):
        (tmp_path / name).mkdir()
        agreement(tmp_path / name)
        (tmp_path / name / "rosters").mkdir()
        lines = [[*FORM_COLUMNS, "备注"], [*person().values(), ""], [""] * 15, [*[""] * 14, "制表"], [" "] * 15]
        path = tmp_path / name / "rosters" / name
        if name.endswith("csv"):
            path.write_text("\n".join(",".join(line) for line in lines) + "\n", "utf-8")
        else:
            out = io.BytesIO()
            book = xlsxwriter.Workbook(out)
            sheet = book.add_worksheet()
            for at, line in enumerate(lines):
                sheet.write_row(at, 0, line)
            book.close()
            path.write_bytes(out.getvalue())
        counts = admit(tmp_path / name).tables["row_counts"].iloc[0]
        assert (counts["rows"], counts["kept"], counts["skipped"]) == (3, 1, 2)

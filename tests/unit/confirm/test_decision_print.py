"""The decision sheet on paper: all of a row's text is to be seen."""

from __future__ import annotations

from workbench.confirm.sheets import FORM, _height


def line(reason: str) -> tuple[object, ...]:
    return tuple(reason if column == "理由说明" else "1" if column == "户号" else 0 for column in FORM)


def test_a_row_is_as_tall_as_its_longest_text() -> None:
    assert _height(line("短")) == 15.0
    assert _height(line("字" * 19 * 4)) == 60.0
    assert _height(line("字" * 10_000)) <= 409  # the tallest row that a workbook may hold

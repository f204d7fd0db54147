"""Rosters, agreements and other files of a dataset for the tests of the intake: a few words each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import xlsxwriter

from workbench.identity import Pseudonyms
from workbench.params import Eligibility
from workbench.roster.admit import Admission, admit_roster
from workbench.store.dataset import open_dataset
from workbench.store.ids import check_character
from workbench.words import FORM_COLUMNS

AS_OF = date(2021, 12, 31)
VILLAGE = "竹溪村"
NAMES = Pseudonyms(b"a-key-for-tests-0001")


def id_number(born: str = "19650312", sequence: int = 901, area: str = "341523") -> str:
    """An invented ID with a right check character."""
    digits = f"{area}{born}{sequence:03d}"
    return digits + check_character(digits)


def person(**given: Any) -> dict[str, Any]:
    """One row of the form: a man of 1965, head of household 0101, unless other cells are given by English names."""
    number = given.pop("id", id_number())
    head = given.pop("head", number)
    names = dict(zip(_ENGLISH, FORM_COLUMNS, strict=True))
    row: dict[str, Any] = {
        "乡镇": "干汊河镇", "行政村名称": VILLAGE, "组名": "1组", "身份证": number, "姓名": "王甲子",
        "户主身份证": head, "户号": "0101", "现居住地址": "竹溪村1组1号",
        "联系方式": "13800000001", "性别": "男", "与户主关系": "户主",
        "民族": "汉族", "出生年月": "1965-03", "承包土地及山林信息": "承包土地5.0亩",
    }  # fmt: skip
    return row | {names[key]: cell for key, cell in given.items()}


_ENGLISH = (
    "town", "village", "group", "id", "name", "head", "household", "address", "phone", "sex", "relation", "ethnic",
    "birth", "land",
)  # fmt: skip


def csv_text(rows: Sequence[dict[str, Any]], columns: Sequence[str] = FORM_COLUMNS, end: str = "\n") -> str:
    """Rows as a csv without quotation marks."""
    lines = [",".join(columns), *(",".join(str(row[c]) for c in columns) for row in rows)]
    return end.join(lines) + end


def csv(
    folder: Path, rows: Sequence[dict[str, Any]], name: str = f"rosters/{VILLAGE}.csv", encoding: str = "utf-8"
) -> Path:
    """A roster as a csv."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(csv_text(rows).encode(encoding))
    return path


def xlsx(folder: Path, rows: Sequence[dict[str, Any]], name: str = f"rosters/{VILLAGE}.xlsx", **options: Any) -> Path:
    """A roster as a workbook with the header in the first row; dates as date cells."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    book = xlsxwriter.Workbook(
        str(path), {"default_date_format": "yyyy-mm-dd", "strings_to_formulas": False, **options}
    )
    sheet = book.add_worksheet("花名册")
    sheet.write_row(0, 0, FORM_COLUMNS)
    for at, row in enumerate(rows, 1):
        for place, column in enumerate(FORM_COLUMNS):
            if row[column] not in ("", None):
                sheet.write(at, place, row[column])
    book.close()
    return path


def agreement(folder: Path, *villages: str, signed: str = "2019-07-01", until: str = "2022-12-31") -> Path:
    """Agreements of some villages (竹溪村 if none is named)."""
    path = folder / "agreements.csv"
    lines = [f"{village},保密{i:03d},{signed},{until}" for i, village in enumerate(villages or (VILLAGE,), 1)]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("提供单位,协议编号,签订日期,到期日期\n" + "\n".join(lines) + "\n", "utf-8")
    return path


def table(folder: Path, name: str, header: str, *lines: str) -> Path:
    """Any other table of the dataset."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([header, *lines]) + "\n", "utf-8")
    return path


def admit(folder: Path, as_of: date = AS_OF, eligibility: Eligibility | None = None, **opened: Any) -> Admission:
    """Admits the rosters of a folder with whatever other tables it holds."""
    dataset = open_dataset(folder, **opened)
    others = {
        name: dataset.read(name) if dataset.has(name) else None for name in ("negative", "optouts", "visits", "grid")
    }
    admission = admit_roster(
        dataset.read_roster(),
        dataset.read("agreements"),
        names=NAMES,
        as_of=as_of,
        eligibility=eligibility or Eligibility(),
        **others,
    )
    admission.notes[:0] = dataset.notes
    return admission


def admitted(folder: Path, *rows: dict[str, Any], **more: Any) -> Admission:
    """Admits one csv of these rows."""
    agreement(folder)
    csv(folder, rows)
    return admit(folder, **more)


def told(admission: Admission) -> list[tuple[int, str, str]]:
    """(row, rule, severity) of every finding, in the order of rows."""
    frame: pd.DataFrame = admission.tables["quarantine"].sort_values(["source", "row", "rule"])
    return list(frame[["row", "rule", "severity"]].itertuples(index=False, name=None))


def rules(admission: Admission) -> list[str]:
    """Rule words of every finding."""
    return [rule for _, rule, _ in told(admission)]

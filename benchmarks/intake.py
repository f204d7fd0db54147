"""Speed and memory of the intake against the bare reading of the same file by the fastest reader, in the same run.

    python benchmarks/intake.py [--rows 200000] [--repeat 3]

Writes an invented roster as csv (UTF-8, GB18030) and xlsx into a temporary folder; every measurement runs in a process
of its own.  ``intake`` is reading plus the verdict of every row; ``with_tables`` adds pseudonyms and the tables of the
import step.  Times are CPU seconds of all threads, the least of the repeats; memory is the peak above what the process
held before it opened the file, in the first of the repeats.  ``limit`` is the ratio that must hold.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from peak import own_peak

AS_OF = date(2021, 12, 31)
VILLAGE = "竹溪村"
LIMIT = {".csv": 3.0, ".xlsx": 1.5}
"""CPU over the bare reading, at most."""
FORMATS = {
    "csv UTF-8": "utf8/rosters/竹溪村.csv",
    "csv GB18030": "gb18030/rosters/竹溪村.csv",
    "xlsx": "xlsx/rosters/竹溪村.xlsx",
}


def make(folder: Path, rows: int) -> None:
    """The same roster in three forms: households of four, one row in fifty with something to repair or to flag."""
    from workbench.words import FORM_COLUMNS

    lines = [list(FORM_COLUMNS), *_people(rows)]
    for place, encoding in (("utf8", "utf-8"), ("gb18030", "gb18030")):
        path = folder / place / "rosters" / "竹溪村.csv"
        path.parent.mkdir(parents=True)
        path.write_text("\r\n".join(",".join(line) for line in lines) + "\r\n", encoding)
    _workbook(folder / "xlsx" / "rosters" / "竹溪村.xlsx", lines)


def _people(rows: int) -> list[list[str]]:
    from workbench.store.ids import check_character

    dice, out, head = random.Random(1), [], ""
    for i in range(rows):
        born = f"{dice.randrange(1940, 2015)}{dice.randrange(1, 13):02d}{dice.randrange(1, 29):02d}"
        male = i % 2
        digits = f"{341_000 + i // 500 % 500:06d}{born}{i % 500 * 2 + male:03d}"
        number = digits + check_character(digits)
        first = i % 4 == 0
        head = number if first else head
        odd = dice.random()
        out.append(
            [
                "干汊河镇", VILLAGE, f"{i // 4000 + 1}组", number.lower() if odd < 0.01 else number,
                dice.choice("王李张刘陈杨黄") + dice.choice("伟芳娜敏静丽强磊") + dice.choice("军洋勇艳杰娟涛明"), head,
                f"{i // 4:06d}", f"竹溪村{i // 4000 + 1}组{i // 4}号",
                f"1{dice.choice('3589')}{dice.randrange(10**9):09d}",
                "男" if male else "女", "户主" if first else dice.choice(["配偶", "子", "女", "母亲"]), "汉族",
                f"{born[:4]}.{int(born[4:6])}" if odd > 0.99 else f"{born[:4]}-{born[4:6]}",
                f"承包土地{dice.randrange(100) / 10}亩，山林{dice.randrange(200) / 10}亩" if first else "",
            ]
        )  # fmt: skip
    return out


def _workbook(path: Path, lines: list[list[str]]) -> None:
    import xlsxwriter

    path.parent.mkdir(parents=True)
    book = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False})
    sheet = book.add_worksheet("花名册")
    for at, line in enumerate(lines):
        for place, cell in enumerate(line):
            if cell:
                sheet.write_string(at, place, cell)
    book.close()


def bare(path: Path) -> Callable[[], Any]:
    """The fastest bare reading of a file: calamine for a workbook, Arrow for a csv."""
    if path.suffix == ".xlsx":
        from python_calamine import load_workbook

        return lambda: load_workbook(str(path)).get_sheet_by_index(0).to_python(skip_empty_area=False)
    import pyarrow.csv as pacsv

    encoding = "gb18030" if "gb18030" in path.parts else "utf8"
    return lambda: pacsv.read_csv(path, read_options=pacsv.ReadOptions(encoding=encoding))


def pandas_bare(path: Path) -> Callable[[], Any]:
    """The reading that most people would write."""
    import pandas as pd

    encoding = "gb18030" if "gb18030" in path.parts else "utf8"
    return lambda: pd.read_csv(path, dtype=str, keep_default_na=False, encoding=encoding)


def intake(path: Path) -> Callable[[], Any]:
    """Reading and the verdict of every row."""
    from workbench.roster.lists import load_lists
    from workbench.roster.verdict import judge
    from workbench.store.dataset import open_dataset

    lists = load_lists()
    return lambda: judge(open_dataset(path.parents[1]).read_roster(), {VILLAGE}, AS_OF, lists)


def with_tables(path: Path) -> Callable[[], Any]:
    """Reading, verdicts, pseudonyms and the tables of the import step."""
    import pandas as pd

    from workbench.identity import Pseudonyms
    from workbench.params import Eligibility
    from workbench.roster.admit import admit_roster
    from workbench.store.dataset import open_dataset

    columns = ["提供单位", "协议编号", "签订日期", "到期日期", "source", "row"]
    agreements = pd.DataFrame([[VILLAGE, "1", "2019-07-01", "2022-12-31", "agreements.csv", 2]], columns=columns)
    common: dict[str, Any] = {"names": Pseudonyms(b"benchmark"), "as_of": AS_OF, "eligibility": Eligibility()}
    return lambda: admit_roster(open_dataset(path.parents[1]).read_roster(), agreements, **common)


WAYS = {"bare": bare, "pandas": pandas_bare, "intake": intake, "with_tables": with_tables}


def _one(way: str, path: Path, repeat: int) -> dict[str, float]:
    """One measurement, in this process."""
    work = WAYS[way](path)
    before = own_peak()
    seconds, wall = [], []
    peak = 0.0
    for turn in range(repeat):
        begin, began = time.process_time(), time.perf_counter()
        work()
        seconds.append(time.process_time() - begin)
        wall.append(time.perf_counter() - began)
        if turn == 0:
            peak = own_peak() - before
    return {"cpu": min(seconds), "wall": min(wall), "peak": peak * 2**20}


def main() -> None:
    """Measures every form in every way and writes one JSON line."""
    ask = argparse.ArgumentParser()
    ask.add_argument("--rows", type=int, default=200_000)
    ask.add_argument("--repeat", type=int, default=3)
    ask.add_argument("--one", nargs=2, metavar=("WAY", "FILE"))
    given = ask.parse_args()
    if given.one:
        sys.stdout.write(json.dumps(_one(given.one[0], Path(given.one[1]), given.repeat)))
        return
    report = {}
    with tempfile.TemporaryDirectory() as folder:
        make(Path(folder), given.rows)
        for form, relative in FORMATS.items():
            path = Path(folder) / relative
            size = path.stat().st_size
            got = {}
            for way in WAYS:
                if way == "pandas" and form == "xlsx":
                    continue
                command = [sys.executable, __file__, "--repeat", str(given.repeat), "--one", way, str(path)]
                got[way] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
            fastest = min(got[w]["cpu"] for w in ("bare", "pandas") if w in got)
            fastest_wall = min(got[w]["wall"] for w in ("bare", "pandas") if w in got)
            report[form] = {
                "rows": given.rows,
                "megabytes": round(size / 1e6, 1),
                "rows_per_second": round(given.rows / got["intake"]["wall"]),
                "bare_cpu": round(fastest, 3),
                "intake_cpu": round(got["intake"]["cpu"], 3),
                "ratio_cpu": round(got["intake"]["cpu"] / fastest, 2),
                "limit": LIMIT[path.suffix],
                "ratio_wall": round(got["intake"]["wall"] / fastest_wall, 2),
                "ratio_with_tables": round(got["with_tables"]["cpu"] / fastest, 2),
                "peak_over_file": round(got["intake"]["peak"] / size, 1),
                "peak_with_tables_over_file": round(got["with_tables"]["peak"] / size, 1),
            }
    sys.stdout.write(json.dumps(report, ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    main()

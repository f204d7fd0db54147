"""The truth of an invented town, counted a second time from its files by plain loops, without the generator."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from workbench.town.make import make_town

DAY = "2021-12-31"
Rows = list[dict[str, str]]


def read(path: Path) -> tuple[Rows, int]:
    """Rows of a file by header, and the number of lines above the first of them."""
    if path.suffix == ".xlsx":
        sheet = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0)
        grid = [[plain(c) for c in row] for row in sheet.to_python(skip_empty_area=False)]
    else:
        content = path.read_bytes()
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = content.decode("gb18030")
        grid = list(csv.reader(text.splitlines()))
    head = next(i for i, row in enumerate(grid) if {"户号", "身份证", "提供单位", "网格"} & set(row))
    return [dict(zip(grid[head], row, strict=True)) for row in grid[head + 1 :]], head + 1


def plain(cell: Any) -> str:
    return f"{cell:.0f}" if isinstance(cell, float) and cell == int(cell) and cell < 1e15 else str(cell)


def folder(path: Path) -> list[tuple[Path, Rows, int]]:
    return [(p, *read(p)) for p in sorted(path.iterdir())]


class Town:
    """What the files of a town say, by the rules of the contract, with the planted verdict of each row."""

    def __init__(self, data: Path, truth: Path) -> None:
        self.truth = truth
        verdict = {(d["source"], int(d["row"])): (d["kind"], d["severity"]) for d in self.told("defects")}
        agreements = read(data / "agreements.csv")[0]
        self.agreed = {a["提供单位"] for a in agreements if a["签订日期"] <= DAY <= a["到期日期"]}
        self.counts: dict[str, list[int]] = {}
        self.people: list[dict[str, str]] = []
        self.rejected: list[dict[str, str]] = []
        order = ["", "repair", "flag", "reject", "skip"]
        for path, rows, above in folder(data / "rosters"):
            source = f"rosters/{path.name}"
            if path.stem not in self.agreed:
                continue
            tally = [0] * 5
            for n, row in enumerate(rows):
                kind, severity = verdict.get((source, n + 1 + above), ("", ""))
                tally[order.index(severity)] += 1
                if severity in ("", "repair", "flag"):
                    self.people.append(row)
                elif severity == "reject" and not kind.startswith("dup"):
                    self.rejected.append(row)
            self.counts[source] = [len(rows), tally[0] + tally[1], *tally[2:]]
        self.visits = [v for v in read(data / "visits.csv")[0] if v["建档日期"] <= DAY]
        self.listed = {
            n["身份证"] for n in read(data / "negative.csv")[0]
            if n["列入日期"] <= DAY and not ("" < n["移出日期"] <= DAY)
        }  # fmt: skip
        self.grid = {(g["行政村名称"], g["组名"]): (g["网格"], g["客户经理"]) for g in read(data / "grid.csv")[0]}
        self.lines = self.confirmed(data)
        self.draws = [d for d in read(data / "drawdowns.csv")[0] if d["用信日期"] <= DAY and int(d["金额(元)"]) > 0]

    def told(self, name: str) -> Rows:
        with (self.truth / f"{name}.csv").open(encoding="utf-8") as stream:
            return list(csv.DictReader(stream))

    def eligible(self, row: dict[str, str]) -> bool:
        number = clean(row["身份证"])
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
        years = 2021 - born.year  # every birthday is past on 31 December
        gone = any(
            v["项目"] == "居住状态" and v["核实值"] != "常住" and v["行政村名称"] == row["行政村名称"]
            and v["户号"] == row["户号"] and v["身份证"] in ("", number)
            for v in self.visits
        )  # fmt: skip
        return 18 <= years <= 60 and not gone and number not in self.listed

    def confirmed(self, data: Path) -> dict[tuple[str, str], dict[str, str]]:
        known = {(p["行政村名称"], p["户号"]) for p in self.people}
        lines: Rows = []
        for h in read(data / "history.xlsx")[0]:
            lines.append(line(h, "确认日期", h["到期日期"]))
        for _, rows, _ in folder(data / "signoffs"):
            for s in rows:
                same = s["审批人"].strip().upper() == s["复核人"].strip().replace("ａ", "a").upper()
                known_home = (s["行政村名称"], s["户号"]) in known
                if not same and known_home and 0 <= int(s["确认额度(元)"]) <= 500_000:
                    lines.append(line(s, "日期", "9999-12-31"))
        latest: dict[tuple[str, str], dict[str, str]] = {}
        for one in sorted(lines, key=lambda x: x["at"]):
            if one["at"] <= DAY:
                latest[one["village"], one["number"]] = one
        return {k: v for k, v in latest.items() if int(v["limit"]) > 0 and v["until"] >= DAY}


def line(row: dict[str, str], day: str, until: str) -> dict[str, str]:
    """One confirmed limit of whatever file."""
    place = {"village": row["行政村名称"], "number": row["户号"]}
    return {"at": row[day], "limit": row["确认额度(元)"], "until": until, **place}


def clean(number: str) -> str:
    """An ID after its repairs."""
    wide = str.maketrans("０１２３４５６７８９Ｘ", "0123456789X")
    return number.replace(" ", "").strip("'=\"").translate(wide).upper()


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Town:
    out = make_town(tmp_path_factory.mktemp("truth") / "t", villages=6, households=30, seed=11)
    return Town(out, out.parent / "t-truth")


def test_four_counts_of_every_file(town: Town) -> None:
    names = ("rows", "kept", "flagged", "quarantined", "skipped")
    assert {r["source"]: [int(r[n]) for n in names] for r in town.told("rows")} == town.counts
    assert all(sum(c[1:]) == c[0] for c in town.counts.values())


def test_every_kind_of_defect_is_planted(town: Town) -> None:
    by = defaultdict(set)
    for d in town.told("defects"):
        by[d["severity"]].add(d["kind"])
    assert by["reject"] >= {"no_id", "no_name", "no_household", "short_id", "bad_check", "bad_birth_in_id", "float_id",
                            "dup_id", "dup_other_village", "head_lost"}  # fmt: skip
    assert by["flag"] >= {"two_heads", "no_head_left", "head_not_member", "sex_contradicts", "birth_contradicts",
                          "unknown_relation", "unknown_ethnic", "bad_phone", "two_numbers", "land_text"}  # fmt: skip
    assert by["repair"] >= {"apostrophe_id", "spaced_id", "fullwidth_id", "formula_id", "lower_x", "birth_cn",
                            "birth_dotted", "birth_serial", "phone_form"}  # fmt: skip
    assert by["skip"] >= {"empty", "header", "total"}


def test_kept_people_and_who_is_eligible(town: Town) -> None:
    told = {p["id"]: p["eligible"] == "True" for p in town.told("persons")}
    assert {clean(p["身份证"]) for p in town.people} == set(told)
    assert {clean(p["身份证"]): town.eligible(p) for p in town.people} == told


def test_limits_in_force(town: Town) -> None:
    told = {(c["village"], c["household"]): (int(c["limit"]), c["date"]) for c in town.told("confirmed")}
    found = {k: (int(v["limit"]), v["at"]) for k, v in town.lines.items()}
    listed = {k for k in found if k not in told}
    holders = {(h["village"], h["household"]): h["listed_holder"] for h in town.told("households")}
    assert all(holders[k] == "True" for k in listed), "only a listed holder's sign-off does not count"
    assert {k: v for k, v in found.items() if k in told} == told


WITHIN: dict[str, Callable[[dict[str, Any], str], bool]] = {
    "town": lambda home, scope: True,
    "village": lambda home, scope: home["village"] == scope,
    "cell": lambda home, scope: home["place"][0] == scope,
    "manager": lambda home, scope: home["place"][1] == scope,
}


def test_coverage_and_usage_of_every_scope(town: Town) -> None:
    holder = {(c["village"], c["household"]): (c["holder"], c["date"]) for c in town.told("confirmed")}
    homes: dict[tuple[str, str], dict[str, Any]] = {}
    for p in town.people:
        key = (p["行政村名称"], p["户号"])
        home = homes.setdefault(
            key, {"able": 0, "extra": 0, "ids": [], "place": town.grid[key[0], p["组名"]], "village": key[0]}
        )
        home["able"] += town.eligible(p)
        home["ids"] += [clean(p["身份证"])] if town.eligible(p) else []
    alone: list[tuple[str, str]] = []
    for r in town.rejected:
        key = (r["行政村名称"], r["户号"])
        if key in homes:
            homes[key]["extra"] += 1
        else:
            alone.append((r["行政村名称"], r["组名"]))
    visited = {(v["行政村名称"], v["户号"]) for v in town.visits}
    told = {(m["scope_kind"], m["scope"], m["measure"]): m for m in town.told("milestones")}
    for kind, scope in {(k[0], k[1]) for k in told}:
        inside = WITHIN[kind]
        part = {k: h for k, h in homes.items() if inside(h, scope)}
        loose = sum(inside({"village": v, "place": town.grid[v, g]}, scope) for v, g in alone)
        able = [k for k, h in part.items() if h["able"]]
        credited = [k for k in part if k in holder]
        drew = [
            k for k in credited
            if any(d["身份证"] == holder[k][0] and d["用信日期"] >= holder[k][1] for d in town.draws)
        ]  # fmt: skip
        members = sum(part[k]["able"] for k in credited)
        high = sum(bool(h["able"] + h["extra"]) for h in part.values()) + loose
        want = {
            "coverage": (len(credited), len(able), high),
            "coverage_members": (members, sum(h["able"] for h in part.values()),
                                 sum(h["able"] + h["extra"] for h in part.values()) + loose),
            "usage": (len(drew), len(credited), len(credited)),
            "households_filed": (sum(k in visited for k in able), len(able), high),
        }  # fmt: skip
        for measure, figures in want.items():
            line = told[kind, scope, measure]
            got = tuple(int(line[c]) for c in ("numerator", "denominator", "denominator_high"))
            assert got == figures, (kind, scope, measure)
            if line["target"]:
                met = figures[2] > 0 and figures[0] / figures[2] >= float(line["target"])
                assert (line["met"] == "True") == met


def test_labels_are_known_only_after_twelve_months(town: Town) -> None:
    for line in town.told("labels"):
        if line["first_drawn"]:
            ripe = f"{int(line['first_drawn'][:4]) + 1}{line['first_drawn'][4:]}" <= DAY
            assert (line["known"] == "True") == ripe


def test_causes_say_what_was_planted(town: Town) -> None:
    for c in town.told("causes"):
        assert (c["what"] != "") == (c["cause"] == "record_error")
        assert c["fate"] == "" or c["cause"] == "record_error"
        assert 5_000 <= float(c["fair_limit"]) <= 500_000
        assert float(c["newness_effect"]) == 0 or c["cause"] == "model_uncertainty"
        assert int(c["usable_undeclared"]) <= int(c["usable"])


@pytest.mark.shared
def test_truth_has_the_files_and_columns_of_the_reference(town: Town) -> None:
    reference = Path(__file__).resolve().parents[4] / "shared" / "towns" / "given-truth"
    if not reference.is_dir():
        pytest.skip("the reference towns are not beside the project")
    for path in reference.glob("*.csv"):
        with path.open(encoding="utf-8") as stream:
            wanted = set(next(csv.reader(stream)))
        assert wanted <= set(town.told(path.stem)[0]), path.name

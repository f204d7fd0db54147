"""The quarter's rules on the files as they come: a household a case, from the door to decisions, messages and figures.

Each case is a line of a file as somebody writes it; what must come of it stands beside it.  The dataset is read by the
door and decided by the very functions that the notebooks call.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from quarter_town import PROGRAMME, programme
from roster_forms import NAMES, VILLAGE, csv_text, id_number, person

from workbench.confirm.decide import Confirmed, confirm_limits
from workbench.errors import InputError
from workbench.milestones.measure import Measured, measure
from workbench.notify.messages import prepare_messages
from workbench.params import load_params
from workbench.run.door import admit

HISTORY = ("行政村名称", "户号", "确认额度(元)", "确认日期", "十二个月内逾期", "到期日期", "授信对象身份证")
SIGNED = ("行政村名称", "户号", "确认额度(元)", "审批人", "复核人", "理由", "日期", "授信对象身份证")
DRAWN = ("身份证", "用信日期", "金额(元)")
LISTED = ("身份证", "原因", "来源", "列入日期", "移出日期")
OBJECTS = ("身份证", "联系方式", "范围")
AGREED = ("提供单位", "协议编号", "签订日期", "到期日期")
RATED = (
    "行政村名称",
    "评议员",
    "身份",
    "户号",
    "经营情况",
    "年收入(万元)",
    "诚信品行",
    "建议授信额度(万元)",
    "评议日期",
)
FILES = {
    "history.csv": HISTORY,
    "signoffs/1.csv": SIGNED,
    "drawdowns.csv": DRAWN,
    "negative.csv": LISTED,
    "optouts.csv": OBJECTS,
    "agreements.csv": AGREED,
    "panels/1.csv": RATED,
}


def home(number: str, village: str = VILLAGE, **more: Any) -> dict[str, Any]:
    """The head of a household of one; the telephone ends like the household's number."""
    given = {"id": id_number(sequence=int(number)), "phone": f"1380000{number}", "name": "甲", "village": village}
    return person(**{**given, "household": number, **more})


def member(number: str, sequence: int, **more: Any) -> dict[str, Any]:
    """Another adult of a household."""
    given = {"id": id_number(born="19900101", sequence=sequence), "head": id_number(sequence=int(number))}
    return person(
        **{**given, "household": number, "name": "乙", "relation": "子", "birth": "1990-01", "phone": ""} | more
    )


def signed(number: str, limit: str = "30000", day: str = "2021-11-30", **more: str) -> dict[str, str]:
    """A sign-off that counts, but for what is given."""
    names = {"approver": "审批人", "checker": "复核人", "holder": "授信对象身份证", "village": "行政村名称"}
    line = {"行政村名称": VILLAGE, "户号": number, "确认额度(元)": limit, "审批人": "张三", "复核人": "李四"}
    return line | {"理由": "按公议", "日期": day} | {names[k]: v for k, v in more.items()}


def confirmed_before(number: str, day: str = "2021-06-30", until: str = "", **more: str) -> dict[str, str]:
    """A line of history of 30,000 yuan."""
    line = {"行政村名称": VILLAGE, "户号": number, "确认额度(元)": "30000", "确认日期": day, "到期日期": until}
    return line | more


class Quarter:
    """What the quarter makes of a dataset."""

    def __init__(self, folder: Path, people: Sequence[dict[str, Any]], as_of: date, **files: Any) -> None:
        given: Mapping[str, Any] = {"agreements": [{"提供单位": VILLAGE, "协议编号": "1", "签订日期": "2019-07-01"}]}
        given = {**given, **files}
        (folder / "rosters").mkdir(parents=True)
        for village in {str(row["行政村名称"]) for row in people}:
            rows = [row for row in people if row["行政村名称"] == village]
            (folder / "rosters" / f"{village}.csv").write_text(csv_text(rows), "utf-8")
        for name, columns in FILES.items():
            lines = given.get(name.partition(".")[0].partition("/")[0])
            if lines is not None:
                (folder / name).parent.mkdir(exist_ok=True)
                whole = [dict.fromkeys(columns, "") | line for line in lines]
                (folder / name).write_text(csv_text(whole, columns), "utf-8")
        steps = ["import", *(["panel"] if "panels" in given else []), "decision", "notice", "milestones"]
        asked = {"name": "q", "dataset": ".", "as_of": as_of.isoformat(), "steps": given.get("steps", steps)}
        asked |= {key: given[key] for key in ("programme", "policy") if key in given}
        path = folder / "q.yaml"
        path.write_text(yaml.safe_dump(asked, allow_unicode=True), "utf-8")
        self.admitted = admit(load_params(path), path, NAMES)
        self.tables = self.admitted.tables

    def decided(self) -> Confirmed:
        t = self.tables
        return confirm_limits(
            t["households"],
            t["people"],
            t.get("history"),
            t.get("signoffs"),
            None,
            t.get("ratings"),
            params=self.admitted.params,
        )

    def limits(self) -> dict[str, float]:
        """Household number to limit in force."""
        return self._by_number(self.decided().confirmed, "limit")

    def findings(self) -> dict[int, list[str]]:
        """Row of the sign-offs to the rules that it met."""
        found = self.decided().signoff_findings
        return {int(row): sorted(some["rule"]) for row, some in found.groupby("row")}

    def messages(self) -> dict[str, str]:
        made = prepare_messages(self.decided().confirmed, self.tables["people"], params=self.admitted.params)
        return self._by_number(made, "state")

    def measured(self) -> Measured:
        names = ("households", "people", "quarantined_people", "agreements")
        return measure(
            *(self.tables[n] for n in names),
            self.decided().confirmed,
            drawdowns=self.tables.get("drawdowns"),
            decisions=self.decided().decisions,
            programme=programme(),
            params=self.admitted.params,
        )

    def figure(self, measure: str, kind: str = "town", scope: str | None = None) -> pd.Series:
        lines = self.measured().milestones
        lines = lines[(lines["scope_kind"] == kind) & (lines["measure"] == measure)]
        return lines.iloc[0] if scope is None else lines[lines["scope"] == scope].iloc[0]

    def _by_number(self, frame: pd.DataFrame, column: str) -> dict[str, Any]:
        known = self.admitted.identities.drop_duplicates("household").set_index("household")["number"]
        return dict(zip(frame["household"].map(known), frame[column], strict=True))


AS_OF = date(2021, 12, 31)


def quarter(folder: Path, *people: dict[str, Any], as_of: date = AS_OF, **files: Any) -> Quarter:
    return Quarter(folder, people, as_of, **files)


@pytest.mark.parametrize(
    ("line", "limit"),
    [
        ({"until": "2021-12-31"}, 30000.0),
        ({"until": "2021-12-30"}, None),
        ({"until": "2021/12/31 23:59:59"}, 30000.0),
        ({"day": "2021-12-31"}, 30000.0),
        ({"day": "2022-01-01"}, None),
        ({"day": "2021-12-31T16:30:00Z"}, None),
        ({"确认额度(元)": "0"}, None),
        ({"确认额度(元)": "3万"}, "refused"),
    ],
)
def test_what_ends_or_begins_a_limit(tmp_path: Path, line: dict[str, str], limit: Any) -> None:
    files = {"history": [confirmed_before("0001", **line)]}
    if limit == "refused":
        with pytest.raises(InputError, match=r"history.csv.*确认额度"):
            quarter(tmp_path, home("0001"), **files)
    else:
        assert quarter(tmp_path, home("0001"), **files).limits().get("0001") == limit


@pytest.mark.parametrize(
    ("approver", "checker", "one"),
    [
        ("张三", "张三", True),
        ("张三", " 张　三 ", True),
        ("Ａ０１", "a01", True),
        ("张三\u200b", "张三", True),
        ("张三", "李四", False),
        ("A01", "A10", False),
    ],
)
def test_one_person_cannot_approve_and_check(tmp_path: Path, approver: str, checker: str, one: bool) -> None:
    done = quarter(tmp_path, home("0001"), signoffs=[signed("0001", approver=approver, checker=checker)])
    assert done.findings() == ({2: ["same_person"]} if one else {})
    assert done.limits() == ({} if one else {"0001": 30000.0})


@pytest.mark.parametrize(
    ("lines", "limit", "told"),
    [
        ([signed("0001", "500000")], 500000.0, {}),
        ([signed("0001", "500000.01")], None, {2: ["above_cap"]}),
        ([signed("0001", "-1")], None, {2: ["below_zero"]}),
        ([signed("0001", "0")], None, {}),
        ([signed("0001", "")], None, {2: ["no_amount"]}),
        ([signed("0001", approver="")], None, {2: ["not_signed"]}),
        ([signed("9999")], None, {2: ["unknown_household"]}),
        ([signed("0001", "20000"), signed("0001", "50000")], 50000.0, {2: ["same_day"]}),
        ([signed("0001", "50000"), signed("0001", "60000", checker="张三")], 50000.0, {3: ["same_person"]}),
        ([signed("0001", "50000", "2021-10-01"), signed("0001", "40000", "2021-11-01")], 40000.0, {}),
        ([signed("0001", "50000"), signed("0001", "0", "2021-12-31")], None, {}),
        ([signed("0001", day="2022-01-01")], None, {}),
        ([signed("0001", day="2021-12-31 23:59")], 30000.0, {}),
    ],
)
def test_which_sign_off_stands(
    tmp_path: Path, lines: list[dict[str, str]], limit: float | None, told: dict[int, list[str]]
) -> None:
    done = quarter(tmp_path, home("0001"), signoffs=lines)
    assert done.limits().get("0001") == limit
    assert done.findings() == told


def test_a_sign_off_of_the_day_of_a_line_of_history_stands_after_it(tmp_path: Path) -> None:
    files = {"history": [confirmed_before("0001", "2021-11-30")], "signoffs": [signed("0001", "80000")]}
    assert quarter(tmp_path, home("0001"), **files).limits() == {"0001": 80000.0}


def test_a_limit_that_ended_does_not_bring_an_earlier_one_back(tmp_path: Path) -> None:
    lines = [confirmed_before("0001", "2020-01-01", "2022-12-31"), confirmed_before("0001", "2021-01-01", "2021-06-30")]
    assert quarter(tmp_path, home("0001"), history=lines).limits() == {}


def test_a_sign_off_before_the_rating_counts_and_is_told(tmp_path: Path) -> None:
    mark = {"行政村名称": VILLAGE, "评议员": "01", "身份": "村民代表", "经营情况": "3", "年收入(万元)": "6"}
    mark |= {"诚信品行": "3", "建议授信额度(万元)": "3"}
    rated = [mark | {"户号": n, "评议日期": d} for n, d in (("0001", "2021-12-01"), ("0002", "2021-11-30"))]
    done = quarter(tmp_path, home("0001"), home("0002"), signoffs=[signed("0001"), signed("0002")], panels=rated)
    assert done.limits() == {"0001": 30000.0, "0002": 30000.0}
    assert done.findings() == {2: ["before_rating"]}


@pytest.mark.parametrize(
    ("since", "until", "barred"),
    [
        ("2021-12-31", "", True),
        ("2022-01-01", "", False),
        ("", "", True),
        ("2020-01-01", "2021-12-31", False),
        ("2020-01-01", "2022-01-01", True),
    ],
)
def test_a_listed_holder(tmp_path: Path, since: str, until: str, barred: bool) -> None:
    number = id_number(sequence=1)
    line = {"身份证": number, "原因": "失信", "来源": "法院", "列入日期": since, "移出日期": until}
    done = quarter(tmp_path, home("0001"), signoffs=[signed("0001")], negative=[line])
    assert done.limits() == ({} if barred else {"0001": 30000.0})
    assert done.findings() == ({2: ["listed_holder"]} if barred else {})
    assert int(done.figure("coverage")["denominator"]) == (0 if barred else 1)


def test_a_listed_member_bars_nobody_else_and_another_holder_may_be_named(tmp_path: Path) -> None:
    people = [home("0001"), member("0001", 11), home("0002"), member("0002", 12)]
    listed = [{"身份证": id_number("19900101", 11)}, {"身份证": id_number(sequence=2)}]
    files = {"signoffs": [signed("0001"), signed("0002", holder=id_number("19900101", 12))], "negative": listed}
    assert quarter(tmp_path, *people, **files).limits() == {"0001": 30000.0, "0002": 30000.0}


@pytest.mark.parametrize(
    ("line", "state"),
    [
        ({"联系方式": "13800000001"}, "opted_out"),
        ({"联系方式": "+86 138-0000-0001"}, "opted_out"),
        ({"联系方式": "0086 138 0000 0001"}, "opted_out"),
        ({"联系方式": "１３８００００ ０００１"}, "opted_out"),
        ({"联系方式": "13800000001.0"}, "opted_out"),
        ({"联系方式": "13800000001/13899999999"}, "opted_out"),
        ({"身份证": id_number(sequence=1)}, "opted_out"),
        ({"身份证": id_number(sequence=1).lower() + " "}, "opted_out"),
        ({"身份证": id_number(sequence=1), "范围": "短信"}, "opted_out"),
        ({"身份证": id_number(sequence=1), "范围": "自动决策"}, "ready"),
        ({"身份证": id_number(sequence=1), "范围": "短信、自动决策"}, "opted_out"),
        ({"联系方式": "13899999999"}, "ready"),
        ({"身份证": id_number("19900101", 11)}, "ready"),
    ],
)
def test_an_objection_however_written(tmp_path: Path, line: dict[str, str], state: str) -> None:
    people = [home("0001"), member("0001", 11, phone="13700000011")]
    done = quarter(tmp_path, *people, signoffs=[signed("0001")], optouts=[line])
    assert done.messages() == {"0001": state}


@pytest.mark.parametrize(
    ("phone", "state"),
    [
        ("13800000001", "ready"),
        ("+86-138-0000-0001", "ready"),
        ("0564-8620001", "no_mobile"),
        ("8620001", "no_mobile"),
        ("", "no_mobile"),
        ("无", "no_mobile"),
        ("1380000000", "no_mobile"),
        ("13800000001 13800000002", "two_numbers"),
        ("13800000001、13800000002", "two_numbers"),
    ],
)
def test_the_holders_own_row_alone(tmp_path: Path, phone: str, state: str) -> None:
    people = [home("0001", phone=phone), member("0001", 11, phone="13700000011")]
    assert quarter(tmp_path, *people, signoffs=[signed("0001")]).messages() == {"0001": state}


def test_two_households_on_one_telephone(tmp_path: Path) -> None:
    """Both holders have it in their own row: both are told; if one of them objects, neither."""
    people = [home("0001", phone="13800000009"), home("0002", phone="13800000009")]
    files = {"signoffs": [signed("0001"), signed("0002")]}
    assert quarter(tmp_path / "a", *people, **files).messages() == {"0001": "ready", "0002": "ready"}
    files["optouts"] = [{"身份证": id_number(sequence=2)}]
    assert quarter(tmp_path / "b", *people, **files).messages() == {"0001": "opted_out", "0002": "opted_out"}


def test_another_member_who_objects_on_the_holders_telephone(tmp_path: Path) -> None:
    people = [home("0001"), member("0001", 11, phone="13800000001")]
    objects = [{"身份证": id_number("19900101", 11)}]
    assert quarter(tmp_path, *people, signoffs=[signed("0001")], optouts=objects).messages() == {"0001": "opted_out"}


@pytest.mark.parametrize(
    ("drawings", "drew"),
    [
        ([("2021-06-29", "100")], 0),
        ([("2021-06-30", "100")], 1),
        ([("2021-07-01", "0")], 0),
        ([("2021-07-01", "0"), ("2021-07-02", "0.01")], 1),
        ([("2021-12-31 23:59:59", "100")], 1),
        ([("2022-01-01", "100")], 0),
        ([("2021-12-31T15:59:59Z", "100")], 1),
        ([("2021-12-31T16:00:00Z", "100")], 0),
        ([("2021-07-01", "100"), ("2021-08-01", "100"), ("2021-09-01", "100")], 1),
    ],
)
def test_a_person_has_drawn_since_the_confirmation_or_not(
    tmp_path: Path, drawings: list[tuple[str, str]], drew: int
) -> None:
    lines = [{"身份证": id_number(sequence=1), "用信日期": d, "金额(元)": y} for d, y in drawings]
    done = quarter(tmp_path, home("0001"), history=[confirmed_before("0001")], drawdowns=lines)
    assert done.figure("usage")[["numerator", "denominator"]].tolist() == [drew, 1]


def test_a_new_confirmation_begins_anew(tmp_path: Path) -> None:
    """Drawn on the limit before; the limit in force was confirmed since, and nothing drawn on it."""
    line = {"身份证": id_number(sequence=1), "用信日期": "2021-07-01", "金额(元)": "100"}
    files = {"history": [confirmed_before("0001")], "signoffs": [signed("0001")], "drawdowns": [line]}
    assert int(quarter(tmp_path, home("0001"), **files).figure("usage")["numerator"]) == 0


@pytest.mark.parametrize(
    ("until", "counted"), [("2021-12-31", 2), ("2021-12-30", 1), ("", 2)], ids=["last day", "day before", "open"]
)
def test_an_agreement_that_ends(tmp_path: Path, until: str, counted: int) -> None:
    people = [home("0001"), home("0002", village="石桥村")]
    agreed = [
        {"提供单位": VILLAGE, "协议编号": "1", "签订日期": "2019-07-01"},
        {
            "提供单位": "石桥村",
            "协议编号": "2",
            "签订日期": "2021-12-31" if not until else "2019-07-01",
            "到期日期": until,
        },
    ]
    signoffs = [signed("0001"), signed("0002", village="石桥村")]
    done = quarter(tmp_path, *people, agreements=agreed, signoffs=signoffs)
    assert done.figure("coverage")[["numerator", "denominator"]].tolist() == [counted, counted]
    assert len(done.limits()) == counted


def test_a_target_met_to_the_person_and_missed_by_a_row(tmp_path: Path) -> None:
    """Seven of ten is 70 %; an eleventh row that was sent back is counted against it."""
    people = [home(f"00{n:02d}") for n in range(1, 11)]
    signoffs = [signed(f"00{n:02d}") for n in range(1, 8)]
    exact = quarter(tmp_path / "a", *people, signoffs=signoffs).figure("coverage")
    assert (exact["numerator"], exact["denominator_high"], bool(exact["met"]), exact["missing"]) == (7, 10, True, 0)
    bad = home("0011", id="341523196503129010")
    missed = quarter(tmp_path / "b", *people, bad, signoffs=signoffs).figure("coverage")
    assert (missed["numerator"], missed["denominator"], missed["denominator_high"]) == (7, 10, 11)
    assert not missed["met"]
    assert missed["missing"] == 1


def test_after_the_last_milestone_its_targets_stay(tmp_path: Path) -> None:
    done = quarter(tmp_path, home("0001"), signoffs=[signed("0001")], as_of=date(2022, 9, 30))
    line = done.figure("coverage")
    assert (line["target"], f"{line['due']:%Y-%m-%d}", bool(line["met"])) == (0.8, "2022-06-30", True)
    assert not done.measured().course["forecast"].any()


@pytest.mark.parametrize(
    ("was", "now", "told"),
    [
        ("coverage: 0.10", "coverage: 10", "milestones.0.coverage"),
        ("usage: 0.20, ", "", "milestones.0.usage"),
        ('"2019-12-31"', '"2019-13-31"', "milestones.0.date"),
        ('"2020-12-31"', '"2018-12-31"', "milestones"),
        ("least_people: 30", "least_people: many", "standing.least_people"),
        ("measures: [coverage", "measures: [cover", "standing.measures.0"),
        ('ends: "2022-06-30"', 'ends: "2019-06-30"', "ends lies before begins"),
        ("name:", "nome:", "nome"),
    ],
)
def test_a_wrong_programme_is_refused_at_the_door(tmp_path: Path, was: str, now: str, told: str) -> None:
    """Before anything runs, by file and key."""
    text = PROGRAMME.read_text("utf-8")
    assert was in text
    (tmp_path / "targets.yaml").write_text(text.replace(was, now, 1), "utf-8")
    with pytest.raises(InputError, match=r"targets\.yaml") as fault:
        quarter(tmp_path, home("0001"), programme="targets.yaml")
    assert told in str(fault.value)


def test_a_programme_that_is_not_there_is_refused_though_no_step_asks_for_it(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"targets.yaml: there is no such file"):
        quarter(tmp_path, home("0001"), programme="targets.yaml", steps=["import"])


@pytest.mark.parametrize(
    ("was", "now", "told"),
    [
        ("value: 500000", "value: viel", "cap"),
        ("value: 500000", "value: -1", "cap"),
        ("value: 1000,", 'value: "1000",', "step"),
        ("value: null", "value: 3", "exposure"),
        ('"2020-07-17"', '"2020-17-07"', "consumption_cap.values.0.from"),
    ],
)
def test_a_wrong_policy_is_refused_at_the_door_of_a_decision(tmp_path: Path, was: str, now: str, told: str) -> None:
    """The cap of a day is asked for by every sign-off, also where no limit is made."""
    text = (PROGRAMME.parent / "policy.yaml").read_text("utf-8")
    assert was in text
    (tmp_path / "own.yaml").write_text(text.replace(was, now, 1), "utf-8")
    with pytest.raises(InputError, match=r"own\.yaml") as fault:
        quarter(tmp_path, home("0001"), policy="own.yaml")
    assert told in str(fault.value)

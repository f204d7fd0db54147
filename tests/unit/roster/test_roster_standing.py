"""Who is eligible, who holds a household's limit, what visits and lists change, what rejected rows leave behind."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from roster_forms import NAMES, VILLAGE, admitted, id_number, person, table

from workbench.params import Eligibility

HEAD, WIFE, SON, FATHER = (
    id_number(),
    id_number("19670105", 902),
    id_number("20040101", 903),
    id_number("19400101", 905),
)
VISITS = "行政村名称,户号,建档日期,客户经理,项目,原值,核实值,身份证"


def family() -> list[dict[str, object]]:
    return [
        person(),
        person(id=WIFE, head=HEAD, sex="女", relation="妻", birth="1967-01", land="", name="王乙子", phone=""),
        person(id=SON, head=HEAD, relation="子", birth="2004-01", land="", name="王丙子", phone="13800000003"),
        person(id=FATHER, head=HEAD, relation="父亲", birth="1940-01", land="", name="王丁子", phone="0564-8620005"),
    ]


def home(admission) -> pd.Series:
    (row,) = [r for _, r in admission.tables["households"].iterrows()]
    return row


def standing(admission) -> dict[str, str | None]:
    people = admission.tables["people"]
    return {p: None if pd.isna(w) else w for p, w in zip(people["person"], people["why_not"], strict=True)}


def test_age_counts_in_full_years_at_as_of(tmp_path: Path) -> None:
    admission = admitted(tmp_path, *family())
    assert home(admission)[["people", "eligible", "base"]].tolist() == [4, 2, 2]
    assert standing(admission)[NAMES.person(SON)] == "age"
    assert standing(admitted(tmp_path, *family(), as_of=date(2022, 1, 1)))[NAMES.person(SON)] is None
    assert home(admitted(tmp_path, *family(), eligibility=Eligibility(min_age=17, max_age=90)))["eligible"] == 4


@pytest.mark.parametrize(("gone", "holder"), [((), HEAD), ((HEAD,), WIFE), ((HEAD, WIFE), None)])
def test_the_holder_is_the_head_else_the_spouse_else_the_oldest(
    tmp_path: Path, gone: tuple[str, ...], holder: str | None
) -> None:
    lines = [f"{VILLAGE},0101,2021-01-05,M01,居住状态,,已迁出,{number}" for number in gone]
    table(tmp_path, "visits.csv", VISITS, *lines)
    got = home(admitted(tmp_path, *family()))["holder"]
    assert (got if isinstance(got, str) else None) == (NAMES.person(holder) if holder else None)


def test_an_id_that_nobody_can_have_is_told_by_row_for_it_matches_nobody(tmp_path: Path) -> None:
    wrong = HEAD[:-1] + ("1" if HEAD[-1] != "1" else "2")
    table(tmp_path, "negative.csv", "身份证,原因,来源,列入日期", f"{HEAD},失信,法院,2022-01-01",
          f"{wrong},失信,法院,2021-01-01", ",失信,法院,2021-01-01")  # fmt: skip
    table(tmp_path, "optouts.csv", "身份证,联系方式", f"{wrong[:-1]},", ",13800000001", f"{WIFE},")
    table(tmp_path, "visits.csv", VISITS, f"{VILLAGE},0101,2021-01-05,M01,居住状态,,已死亡,{wrong}",
          f"{VILLAGE},0101,2021-01-05,M01,居住状态,,已死亡,")  # fmt: skip
    notes = admitted(tmp_path, *family()).notes
    assert [note.split("：")[0::2][:2] for note in notes] == [
        ["negative.csv", "rows 3, 4"], ["optouts.csv", "row 2"], ["visits.csv", "row 2"],
    ]  # fmt: skip
    assert not any(wrong[:17] in note for note in notes)


def test_the_holder_is_chosen_before_the_negative_list_is_looked_at(tmp_path: Path) -> None:
    table(
        tmp_path,
        "negative.csv",
        "身份证,原因,来源,列入日期,移出日期",
        f" {HEAD},失信,法院,2021-01-01,",
        f"{WIFE},失信,法院,2022-01-01,",
        f"{SON},失信,法院,2020-01-01,2021-12-31",
    )
    row = home(admitted(tmp_path, *family()))
    assert (row["holder"], row["listed_holder"], row["listed_member"]) == (NAMES.person(HEAD), True, False)
    assert (row["eligible"], row["base"]) == (1, 2)


def test_the_last_word_of_a_visit_up_to_as_of_counts(tmp_path: Path) -> None:
    table(
        tmp_path, "visits.csv", VISITS,
        f"{VILLAGE},0101,2021-01-05,M01,居住状态,,已迁出,",
        f"{VILLAGE},0101,2021-03-05,M01,居住状态,,常住,{HEAD}",
        f"{VILLAGE},0101,2022-03-05,M01,居住状态,,常住,",
    )  # fmt: skip
    admission = admitted(tmp_path, *family())
    row = home(admission)
    assert (row["eligible"], row["away"], row["holder"]) == (1, True, NAMES.person(HEAD))
    assert standing(admission)[NAMES.person(WIFE)] == "away"
    assert home(admitted(tmp_path, *family(), as_of=date(2022, 3, 5)))["away"] == False  # noqa: E712


def test_a_visit_that_writes_no_state_leaves_who_moved_away_where_he_is(tmp_path: Path) -> None:
    table(
        tmp_path, "visits.csv", VISITS,
        f"{VILLAGE},0101,2021-01-05,M01,居住状态,,已迁出,",
        f"{VILLAGE},0101,2021-03-05,M01,居住状态,,,",
        f"{VILLAGE},0101,2021-03-06,M01,居住状态,,,{HEAD}",
    )  # fmt: skip
    assert home(admitted(tmp_path, *family()))["away"]


def test_land_and_telephone_stand_as_a_visit_found_them(tmp_path: Path) -> None:
    table(
        tmp_path, "visits.csv", VISITS,
        f"{VILLAGE},0101,2021-01-05,M01,承包土地及山林信息,若干亩,承包土地4.1亩，山林2亩,",
        f"{VILLAGE},0101,2022-01-05,M01,承包土地及山林信息,,承包土地9亩,",
        f"{VILLAGE},0101,2021-01-05,M01,联系方式,,13911112222,{WIFE}",
    )  # fmt: skip
    rows = family()
    rows[0]["承包土地及山林信息"] = "若干亩"
    admission = admitted(tmp_path, *rows)
    assert home(admission)[["land_mu", "forest_mu"]].tolist() == [4.1, 2.0]
    assert admission.identities.set_index("id_number").loc[WIFE, ["phone", "phone_state"]].tolist() == [
        "13911112222",
        "mobile",
    ]


def test_land_written_on_every_row_counts_once_and_lost_land_is_open(tmp_path: Path) -> None:
    rows = [r | {"承包土地及山林信息": "承包土地3亩"} for r in family()]
    assert home(admitted(tmp_path, *rows))["land_mu"] == 3
    rows = family()
    rows[0]["姓名"] = ""
    assert pd.isna(home(admitted(tmp_path, *rows))["land_mu"])


def test_optouts_by_id_and_by_number_however_written(tmp_path: Path) -> None:
    table(
        tmp_path,
        "optouts.csv",
        "身份证,联系方式,范围",
        f"{HEAD[:6]} {HEAD[6:]},,",
        ",+86 138-0000-0003,短信",
        f"{FATHER},,自动决策",
    )
    neighbour = person(id=id_number("19700101", 907), household="0102", birth="1970-01")
    admission = admitted(tmp_path, *family(), neighbour)
    people = admission.tables["people"].set_index("person")
    assert people.loc[NAMES.person(HEAD), "sms_optout"]
    assert people.loc[NAMES.person(SON), "sms_optout"]
    assert not people.loc[NAMES.person(WIFE), "sms_optout"]
    assert people.loc[NAMES.person(neighbour["身份证"]), ["sms_optout", "opted_phone"]].tolist() == [False, True]
    homes = admission.tables["households"].set_index("household")["auto_optout"]
    assert homes[NAMES.household(VILLAGE, "0101")]
    assert not homes[NAMES.household(VILLAGE, "0102")]


def test_children_are_counted_and_stand_in_no_table(tmp_path: Path) -> None:
    child = person(id=id_number("20080101", 909), head=HEAD, relation="子", birth="2008-01", land="")
    admission = admitted(tmp_path, *family(), child)
    assert home(admission)["people"] == 5
    assert len(admission.tables["people"]) == 4
    assert len(admission.identities) == 5


def test_rejected_rows_but_duplicates_feed_the_high_denominator(tmp_path: Path) -> None:
    table(
        tmp_path,
        "grid.csv",
        "行政村名称,组名,网格,客户经理",
        f"{VILLAGE},1组,竹溪村第1网格,M01",
        f"{VILLAGE},2组,竹溪村第2网格,M02",
    )
    refused = [
        person(id="", head=HEAD, relation="子"),
        person(head=HEAD, relation="子"),
        person(id="1", head=HEAD, household="0999", group="2组"),
        person(id="2", head=HEAD, household=""),
    ]
    admission = admitted(tmp_path, *family(), *refused)
    frame = admission.tables["quarantined_people"].sort_values("household", na_position="first")
    got = [
        (h if isinstance(h, str) else None, c, m, bool(o), n)
        for h, c, m, o, n in frame[["household", "cell", "manager", "on_roster", "rows"]].itertuples(index=False)
    ]
    assert sorted(got, key=str) == sorted(
        [
            (None, "竹溪村第1网格", "M01", False, 1),
            (NAMES.household(VILLAGE, "0101"), "竹溪村第1网格", "M01", True, 1),
            (NAMES.household(VILLAGE, "0999"), "竹溪村第2网格", "M02", False, 1),
        ],
        key=str,
    )
    assert home(admission)["quarantined"] == 1

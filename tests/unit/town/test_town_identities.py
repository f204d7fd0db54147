"""Identities of the invented town: right in form, nobody's in fact."""

from __future__ import annotations

import re
from datetime import date

import pandas as pd

from workbench.town.homes import make_homes, make_people
from workbench.town.identities import AREA, People, check_character, id_number, stream, village_names
from workbench.town.kinds import TownKind


def test_check_character_by_hand() -> None:
    # GB 11643-1999, the standard's own example: the weighted sum leaves 2, and the third character is X
    assert check_character("11010519491231002") == "X"
    weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
    total = sum(w * int(d) for w, d in zip(weights, "34159919800506001", strict=True))
    assert check_character("34159919800506001") == "10X98765432"[total % 11]


def test_sex_and_birthday_stand_in_the_number() -> None:
    man, woman = id_number(date(1990, 2, 3), True, 7), id_number(date(1990, 2, 3), False, 7)
    assert man[6:14] == woman[6:14] == "19900203"
    assert int(man[16]) % 2 == 1
    assert int(woman[16]) % 2 == 0
    assert man.startswith(AREA)


def test_no_identity_is_handed_out_twice() -> None:
    hand = People(3)
    numbers = [hand.id_number(date(1980, 1, 1), True) for _ in range(60)]
    phones = [hand.mobile() for _ in range(300)]
    assert len(set(numbers)) == 60
    assert len(set(phones)) == 300
    assert all(re.fullmatch(r"1650\d{7}", p) for p in phones)


def test_villages_begin_with_the_pilots_and_never_run_out() -> None:
    names = village_names(40)
    assert names[:2] == ["大院村", "春塘村"]
    assert len(set(names)) == 40


def test_streams_of_chance_are_apart_and_repeatable() -> None:
    assert stream(1, "a").random() == stream(1, "a").random()
    assert stream(1, "a").random() != stream(1, "b").random()
    assert stream(1, "a").random() != stream(2, "a").random()


def test_people_are_plausible() -> None:
    homes = make_homes(TownKind(), 3, 30, 4)
    people = make_people(homes, 4)
    assert people["id"].is_unique
    assert (people["relation"] == "户主").sum() == len(homes)
    first = people.drop_duplicates("home")
    assert (first["relation"] == "户主").all()
    assert (people["id"].str[16].astype(int) % 2 == people["male"].astype(int)).all()
    assert (people["id"].str[6:14] == [f"{b:%Y%m%d}" for b in people["birth"]]).all()
    head_birth = people["home"].map(dict(zip(first["home"], first["birth"], strict=True)))
    child = people["relation"].isin(["子", "女", "孙子", "孙女"])
    assert (pd.Series(people["birth"])[child] > head_birth[child]).all()

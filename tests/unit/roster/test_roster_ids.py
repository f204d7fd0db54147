"""ID numbers: the vectors of the rule, and the quick reading of columns against the rule in words."""

from __future__ import annotations

import csv as csv_module
from datetime import date

import numpy as np
import pyarrow as pa
import pytest
from harness import SHARED
from roster_forms import AS_OF, admitted, id_number, person, rules, told

from workbench.roster.ids import plain_keys, read_id
from workbench.store import ids

SOUND = "34152319010101004X"


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("34152319010101004x", SOUND),
        ("34152319010101004×", SOUND),
        ("34152319010101004Х", SOUND),
        ("34152319010101004Χ", SOUND),
        ("３４１５２３１９０１０１０１００４Ｘ", SOUND),
        ("'" + SOUND, SOUND),
        ("‘" + SOUND, SOUND),
        ("’" + SOUND, SOUND),
        ("`" + SOUND, SOUND),
        (f'="{SOUND}"', SOUND),
        (f'"{SOUND}"', SOUND),
        ("341523 19010101 004X", SOUND),
        ("\u200b341523\u00a01901\u30000101\t004X\ufeff", SOUND),
    ],
)
def test_what_is_around_the_digits_is_repaired(written: str, number: str) -> None:
    assert read_id(written, 0, AS_OF) == (number, None)


@pytest.mark.parametrize(
    ("written", "rule"),
    [
        (None, "id_missing"),
        ("3.41523E+17", "id_float"),
        ("341523190101010049.0", "id_float"),
        ("341523000101001", "id_length"),
        ("341523-19000101-0018", "id_length"),
        (SOUND + SOUND, "id_length"),
        ("34152319010101004Y", "id_check"),
        ("3415231901O101004X", "id_check"),
        ("34152319000101001×", "id_check"),
        ("341523********0012", "id_check"),
        ("341523190102290012", "id_birth"),
        ("341523190013010015", "id_birth"),
        ("341523209901010010", "id_birth"),
    ],
)
def test_what_is_wrong_in_the_digits_is_rejected(written: str | None, rule: str) -> None:
    assert read_id(written, 0, AS_OF) == (None, rule)


def test_a_number_cell_is_rejected_whatever_it_prints() -> None:
    assert read_id("341523190101010049", 1, AS_OF) == (None, "id_float")


def test_a_birth_after_as_of_is_impossible_on_that_day_alone() -> None:
    number = id_number("20211231")
    assert read_id(number, 0, date(2021, 12, 30))[1] == "id_birth"
    assert read_id(number, 0, date(2021, 12, 31)) == (number, None)


@pytest.mark.shared
def test_the_vectors_of_the_reference() -> None:
    path = SHARED / "reference" / "id-vectors.csv"
    if not path.is_file():
        pytest.skip("the neighbouring folder is not there")
    with path.open(encoding="utf-8", newline="") as stream:
        for line in csv_module.DictReader(stream):
            number, rule = read_id(line["written"] or None, 0, AS_OF)
            repaired = number is not None and number != line["written"]
            truncated = number is not None and number.endswith("000")
            status = "reject" if rule else "flag" if truncated else "repair" if repaired else "kept"
            assert status == line["status"], line["note"]
            assert not (line["rule"] and rule) or rule == line["rule"]
            assert not line["repaired"] or number == line["repaired"]


def test_columns_of_bytes_agree_with_the_rule_in_words() -> None:
    dice = np.random.default_rng(5)
    written = [
        id_number(f"19{y:02d}{m:02d}{d:02d}", s)
        for y, m, d, s in dice.integers([0, 0, 0, 0], [99, 15, 34, 999], (400, 4))
    ]
    spoiled = [
        w[:p] + c + w[p + 1 :]
        for w, p, c in zip(written, dice.integers(0, 18, 400), dice.choice(list("0123456789Xx ×"), 400), strict=True)
    ]
    cells = [*written, *spoiled, None, "", "3.4E+17"]
    keys = plain_keys(pa.array(cells, pa.string()), AS_OF)
    for cell, key in zip(cells, keys, strict=True):
        number, _ = read_id(cell, 0, AS_OF)
        assert (key >= 0) == (number is not None and number == cell)
        assert key < 0 or key == int(cell[:17])


def test_a_slice_of_a_column_is_read_as_the_column(tmp_path) -> None:
    cells = pa.array([None, "x", id_number(sequence=1), id_number(sequence=3), "short"])
    assert plain_keys(cells.slice(2, 2), AS_OF).tolist() == plain_keys(cells, AS_OF)[2:4].tolist()


def test_only_later_copies_are_rejected_and_the_first_good_one_stays(tmp_path) -> None:
    number = id_number("19900101", 903)
    rows = [
        person(),
        person(id=number, name="", head=id_number()),
        person(
            id=number.lower() if number.endswith("X") else f" {number}",
            head=id_number(),
            relation="子",
            birth="1990-01",
        ),
        person(id=number, head=id_number(), relation="子", birth="1990-01"),
    ]
    found = told(admitted(tmp_path, *rows))
    assert (3, "name_missing", "reject") in found
    assert (5, "id_duplicate", "reject") in found
    assert not [f for f in found if f[0] == 4 and f[2] == "reject"]


def test_an_id_that_ends_in_000_is_kept_and_flagged(tmp_path) -> None:
    endings = (id_number(f"196503{day:02d}", s) for day in range(1, 29) for s in range(100, 1000, 100))
    ending = next(number for number in endings if number.endswith("000"))
    assert rules(admitted(tmp_path, person(id=ending, sex="女" if int(ending[16]) % 2 == 0 else "男"))) == [
        "id_maybe_truncated"
    ]


def test_check_character_of_the_standard() -> None:
    assert ids.sound_check("11010519491231002X")
    assert not ids.sound_check("110105194912310021")

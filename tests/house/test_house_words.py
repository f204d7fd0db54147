"""The closed lists stay closed: words that other programs read are exactly those of the contract."""

from __future__ import annotations

from workbench import words
from workbench.errors import DIFFERS, DONE, FAILED, GATE, WRONG_INPUT
from workbench.roster.rules import RULES

RULE_WORDS = """
id_missing id_length id_check id_birth id_float id_duplicate id_maybe_truncated id_characters name_missing name_form
household_missing household_is_date household_no_head household_two_heads head_not_member sex_contradicts sex_from_id
birth_contradicts birth_form birth_from_id phone_bad phone_form relation_unknown ethnic_unknown land_unreadable
village_without_agreement row_shape empty header not_a_person
"""
COLUMNS = """
乡镇 行政村名称 组名 身份证 姓名 户主身份证 户号 现居住地址 联系方式 性别 与户主关系 民族 出生年月 承包土地及山林信息
"""


def test_rules_of_the_intake() -> None:
    assert set(RULES) == set(RULE_WORDS.split())


def test_severities() -> None:
    assert set(words.SEVERITIES) == {"reject", "flag", "repair", "skip"}
    assert {rule.severity for rule in RULES.values()} == set(words.SEVERITIES)


def test_every_rule_has_a_remedy_in_both_languages() -> None:
    for rule in RULES.values():
        told = " ".join(str(v) for v in vars(rule).values())
        assert any("\u4e00" <= c <= "\u9fff" for c in told), rule.word
        assert any("a" <= c <= "z" for c in told.replace(rule.word, "")), rule.word


def test_the_form_has_its_fourteen_columns() -> None:
    assert list(words.FORM_COLUMNS) == COLUMNS.split()


def test_blocks_and_causes() -> None:
    seven = [
        "policy_limit", "record_error", "factor_weighting", "soft_information", "rater_bias", "model_uncertainty",
        "unexplained",
    ]  # fmt: skip
    assert list(words.BLOCKS) == seven
    assert set(words.CAUSES) == {*seven, "within_tolerance"}


def test_actions_states_scopes_measures() -> None:
    assert set(words.ACTIONS) == {"confirm", "review"}
    assert set(words.MESSAGE_STATES) == {"ready", "opted_out", "no_mobile", "two_numbers", "sent", "failed"}
    assert set(words.SCOPES) == {"town", "village", "cell", "manager"}
    assert set(words.MEASURES) >= {
        "coverage", "coverage_members", "usage", "usage_members", "villages_filed", "households_filed",
    }  # fmt: skip


def test_every_table_has_its_words() -> None:
    from workbench.tables import TABLES

    assert set(words.TABLE_WORDS) == set(TABLES)


def test_exit_statuses() -> None:
    assert (DONE, FAILED, WRONG_INPUT, GATE, DIFFERS) == (0, 1, 2, 3, 4)


def test_the_town_is_printed_one_way() -> None:
    assert words.TOWN == "干汊河镇"

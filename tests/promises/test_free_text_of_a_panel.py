"""Promise 1: what somebody typed where a role belongs, a name perhaps, stands in no table."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from workbench.identity import Pseudonyms
from workbench.panel.admit import admit_members, admit_ratings
from workbench.params import PanelRules
from workbench.store.tables import empty

NAMES = Pseudonyms(b"a-key-for-tests-0001")
SHEET = {"行政村名称": "竹溪村", "评议员": "01-1", "户号": "0101", "经营情况": "3", "诚信品行": "3",
         "年收入(万元)": "5", "建议授信额度(万元)": "5"}  # fmt: skip
OPTIONAL = ("利害关系", "了解程度", "评议方式", "评议日期", "不予授信情形", "备注")
SAID = [("村民组长", "村民组长"), ("王甲子", "其他"), ("组长王甲子", "其他")]


@pytest.mark.parametrize(("said", "told"), SAID)
def test_a_role_is_one_of_the_four_or_other(said: str, told: str) -> None:
    cells = SHEET | dict.fromkeys(OPTIONAL, pd.NA) | {"身份": said, "source": "panels/竹溪村.csv", "row": 2}
    raw = pd.DataFrame([cells]).astype(dict.fromkeys(OPTIONAL, "str"))
    ratings = admit_ratings(raw, empty("panel_members"), names=NAMES, as_of=date(2021, 12, 31), rules=PanelRules())
    assert ratings["role"].tolist() == [told]
    assert "王甲子" not in ratings.to_csv()


@pytest.mark.parametrize(("said", "told"), SAID)
def test_so_it_is_in_the_list_of_members(said: str, told: str) -> None:
    raw = pd.DataFrame(
        {"行政村名称": ["竹溪村"], "评议员": ["01-1"], "身份": [said], "组名": ["1组"], "户号": ["0101"]}
    ).assign(source="panel_members.csv", row=2)
    assert admit_members(raw, NAMES)["role"].tolist() == [told]

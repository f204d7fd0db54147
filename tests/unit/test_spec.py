"""The feature spec is checked before LightGBM sees anything; every fault is told, by feature."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from workbench.errors import InputError
from workbench.spec import FORBIDDEN, WRITTEN, from_plain, load_spec, plain_name


def written(folder: Path, **more: object) -> Path:
    data: dict[str, object] = {"target": "limit", "features": [{"name": "a", "kind": "number", "monotone": 1}]}
    path = folder / "spec.yaml"
    path.write_text(yaml.safe_dump({**data, **more}, allow_unicode=True), "utf-8")
    return path


def test_a_plain_spec_is_read_with_labels_filled_in(tmp_path: Path) -> None:
    spec = load_spec(written(tmp_path))
    assert spec.names == ["a"]
    assert (spec.feature("a").label_zh, spec.feature("a").monotone) == ("a", 1)
    assert spec.scale is None


def test_a_spec_survives_json(tmp_path: Path) -> None:
    spec = load_spec(written(tmp_path, key=["k"], group="g", scale="log"))
    assert from_plain(json.loads(json.dumps(spec.plain()))) == spec


@pytest.mark.parametrize(
    "name", ["sex", "Sex", "ＳＥＸ", " s e x ", "性别", "诚信品行", "Marital-Status", "panel_limit", "党员"]
)
def test_forbidden_names_in_any_letters(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="forbidden"):
        load_spec(written(tmp_path, features=[{"name": name, "kind": "number"}]))


@pytest.mark.parametrize(
    "name", ["户主性别", "配偶的民族", "head_sex", "HeadSex", "is married", "ＭＡＲＩＴＡＬ-code", "公议均值"]
)
def test_a_forbidden_word_within_a_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="is forbidden as a feature"):
        load_spec(written(tmp_path, features=[{"name": name}]))


@pytest.mark.parametrize("name", ["sextant", "essex_branch", "unmarriedness0", "健康险缴费", "身份认证次数"])
def test_a_name_that_only_resembles_one_is_no_fault(tmp_path: Path, name: str) -> None:
    assert load_spec(written(tmp_path, features=[{"name": name}])).names == [name]


def test_a_forbidden_label_is_caught_too(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="forbidden"):
        load_spec(written(tmp_path, features=[{"name": "x7", "label_zh": "性别", "kind": "category"}]))


def test_own_forbidden_names_add_to_the_default(tmp_path: Path) -> None:
    features = [{"name": "Shoe Size", "kind": "number"}, {"name": "民族", "kind": "category"}]
    with pytest.raises(InputError) as told:
        load_spec(written(tmp_path, features=features, forbidden=["shoe_size"]))
    assert len(told.value.faults) == 2


def test_a_direction_on_a_category_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"trade.*monotone"):
        load_spec(written(tmp_path, features=[{"name": "trade", "kind": "category", "monotone": 1}]))


@pytest.mark.parametrize(
    ("more", "word"),
    [
        ({"features": [{"name": "a"}, {"name": "a"}]}, "stands twice"),
        ({"features": [{"name": "limit"}]}, "also the target"),
        ({"group": "a"}, "also the group"),
        ({"key": ["a"]}, "also a key column"),
        ({"weight": "a"}, "also the weight"),
        ({"features": [{"name": "policy"}]}, "row of the explanations"),
        ({"features": []}, "features: is empty"),
        ({"features": {"a": 1}}, "features: must be a list"),
        ({"features": [{"name": "  "}]}, "features: is blank"),
        ({"target": " "}, "target: is blank"),
        ({"group": "limit"}, "group: limit: is also the target"),
        ({"key": ["limit"]}, "key: limit: is also the target"),
        ({"weight": "limit"}, "weight: limit: is also the target"),
        ({"overdue": "limit"}, "overdue: limit: is also the target"),
        ({"group": "w", "weight": "w"}, "group: w: is also the weight"),
        ({"key": ["k", "k"]}, "key: k: is also a key column"),
        *(({"key": [name]}, f"key: {name}: is the name of a column that is written") for name in WRITTEN),
        ({"key": ["yuan:a"]}, "key: yuan:a: is the name of a column"),
        ({"scale": "sqrt"}, "scale"),
        ({"colour": 1}, "unknown key"),
        ({"features": [{"name": "a", "monotone": 2}]}, "1, -1 or 0"),
        ({"features": [{"name": "a", "monotone": True}]}, "monotone"),
        ({"features": [{"name": "a", "kind": "text"}]}, "kind"),
        ({"features": [{"name": "a", "shape": 1}]}, "unknown key"),
        ({"points": "gone.yaml"}, "no such file"),
    ],
)  # fmt: skip
def test_each_fault_is_told(tmp_path: Path, more: dict[str, object], word: str) -> None:
    with pytest.raises(InputError, match=word):
        load_spec(written(tmp_path, **more))


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    features = [{"name": "sex"}, {"name": "t", "kind": "category", "monotone": -1}, {"name": "limit"}]
    with pytest.raises(InputError) as told:
        load_spec(written(tmp_path, features=features))
    assert len(told.value.faults) == 3


def test_a_row_that_is_wrong_is_not_told_as_a_list_that_is_empty(tmp_path: Path) -> None:
    with pytest.raises(InputError) as told:
        load_spec(written(tmp_path, features=[{"name": 5}]))
    assert len(told.value.faults) == 1


def test_the_group_may_be_a_key(tmp_path: Path) -> None:
    spec = load_spec(written(tmp_path, key=["v", "k"], group="v"))
    assert spec.columns == ["limit", "v", "k", "a"]


def test_names_with_signs_stay_as_they_are(tmp_path: Path) -> None:
    names = ["年收入,元", "户均[亩]", "存款:日均", "林地 {亩}", '所谓"其他"']
    assert load_spec(written(tmp_path, features=[{"name": n} for n in names])).names == names


def test_every_default_is_forbidden_by_its_own_name() -> None:
    assert all(plain_name(n) for n in FORBIDDEN)


def test_the_example_spec_of_the_product_is_sound() -> None:
    spec = load_spec(Path(__file__).parents[2] / "params" / "spec-household.yaml")
    assert 20 <= len(spec.features) <= 30
    assert all(f.label_zh != f.name and f.unit for f in spec.features)

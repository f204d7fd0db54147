"""The day of a row in the books is read like every other day: as people write it, in Asia/Shanghai, or refused."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from workbench.errors import InputError
from workbench.identity import Pseudonyms
from workbench.limit.admit import admit_records
from workbench.spec import Feature, FeatureSpec
from workbench.store.cells import day

NAMES, AS_OF = Pseudonyms(b"a-key-for-tests-0001"), date(2021, 12, 31)
SPEC = FeatureSpec(
    target="limit",
    features=[Feature(name="income", label_zh="收入", label_en="Income", concept="means", kind="number")],
)


def admitted(written: str | float) -> pd.DataFrame:
    """One household's row with that day."""
    frame = {"行政村名称": ["竹溪村"], "户号": ["0101"], "income": ["1"], "数据日期": [written]}
    raw = pd.DataFrame(frame | {"source": "records.csv", "row": [2]})
    return admit_records(raw, SPEC, names=NAMES, as_of=AS_OF)


@pytest.mark.parametrize(
    "written", ["2021/11/30", "2021年11月30日", "20211130", "2021-11-30 08:30:00", "２０２１-11-30"]
)
def test_days_as_people_write_them(written: str) -> None:
    assert admitted(written).record_date.tolist() == [pd.Timestamp("2021-11-30")]


def test_a_time_with_a_zone_is_a_day_in_shanghai() -> None:
    """17:00 in Greenwich on the last day is one in the morning of the next: not yet seen."""
    assert len(admitted("2021-12-31T15:59:00Z")) == 1
    assert admitted("2021-12-31T17:00:00Z").empty


@pytest.mark.parametrize("written", ["0000-01-01", "2021-06-01 25:00", "2021-06-01 or so", "9999-12-31T23:00:00-08:00"])
def test_what_is_no_day_is_refused(written: str) -> None:
    with pytest.raises(InputError, match="row 2, column 数据日期: is no date"):
        admitted(written)


def test_an_undated_row_stays() -> None:
    assert admitted(float("nan")).record_date.isna().tolist() == [True]


def test_a_day_beyond_the_calendar_is_no_day() -> None:
    with pytest.raises(ValueError, match="no day"):
        day("9999-12-31T23:00:00-08:00")

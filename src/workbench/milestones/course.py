"""Decides the programme's course: coverage, usage and filing at each quarter's end up to ``as_of``, and a forecast.

In: what each household adds, every decision that counts, visits, drawings, the programme.  Out: ``course``.  The limit
in force on a day is found from the decisions up to that day; people are counted on the roster of this run, so a share
of an earlier quarter has today's denominator, and the page says so.  The forecast of the next milestone date takes the
pace of the last twelve months, month by month, and its scatter as the interval (90 %); it is said to be a forecast.
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import numpy as np
import numpy.typing as npt
import pandas as pd

from workbench.milestones.programme import Programme
from workbench.params import RunParams
from workbench.store.tables import checked

PACE_MONTHS = 12
"""One year: confirmations follow the bank's year, so a shorter window would take a season for a trend."""
LEAST_MONTHS = 6
STUDENT_95 = {5: 2.015, 6: 1.943, 7: 1.895, 8: 1.860, 9: 1.833, 10: 1.812, 11: 1.796}
"""95 % quantile of Student's t by degrees of freedom (months less one)."""
DAYS_A_MONTH = 365.25 / 12
FAR = pd.Timestamp("9999-12-31").as_unit("s")


def quarter_ends(begins: date, as_of: date) -> list[pd.Timestamp]:
    """Quarter ends from the beginning of the programme, and ``as_of`` last.

    >>> [f"{d:%Y-%m-%d}" for d in quarter_ends(date(2019, 7, 1), date(2020, 2, 1))]
    ['2019-09-30', '2019-12-31', '2020-02-01']
    """
    ends = list(pd.date_range(begins, as_of, freq="QE"))
    day = pd.Timestamp(as_of)
    return ends if ends and ends[-1] == day else [*ends, day]


class Course:
    """The town's counts on any day up to ``as_of``, by the rules of ``milestones.homes``, for many days at once."""

    def __init__(
        self,
        each: pd.DataFrame,
        decisions: pd.DataFrame,
        visited: pd.DataFrame | None,
        drawdowns: pd.DataFrame | None,
        villages: list[str],
        params: RunParams,
    ) -> None:
        self.villages, self.share = villages, Fraction(repr(float(params.filed_share)))
        self.people = int(each["coverage:d"].sum())
        kept = decisions[decisions["household"].isin(each["household"]) & decisions["holder"].notna()]
        kept = kept.sort_values(["household", "date"], kind="stable")
        self.household = kept["household"].to_numpy(dtype=object)
        self.holder = kept["holder"].to_numpy(dtype=object)
        self.limit = kept["limit"].to_numpy(dtype="float64")
        self.date, self.until = _days(kept["date"]), _days(kept["until"].fillna(FAR))
        self.drawings = None if drawdowns is None else drawdowns[drawdowns["amount"] > 0].sort_values("date")
        home = each[each["eligible"] > 0]
        self.home_village = home["village"]
        self.first_visit = None
        if visited is not None:
            first = visited.set_index("household")["filed_on"].reindex(home["household"]).fillna(FAR)
            self.first_visit = first.set_axis(home.index)

    def on(self, day: pd.Timestamp) -> dict[str, tuple[int, int]]:
        """Measure to (numerator, denominator) on a day; what was not given is left out."""
        stands = self._in_force(day.to_datetime64().astype("datetime64[s]"))
        out = {"coverage": (len(stands), self.people)}
        if self.drawings is not None:
            so_far = self.drawings[self.drawings["date"] <= day]
            last = dict(zip(so_far["person"], _days(so_far["date"]), strict=True))
            never = np.datetime64("1900-01-01", "s")
            drew = sum(last.get(p, never) >= d for p, d in zip(self.holder[stands], self.date[stands], strict=True))
            out["usage"] = (int(drew), len(stands))
        if self.first_visit is not None:
            seen = self.first_visit <= day
            counts = seen.groupby(self.home_village).agg(["sum", "size"])
            done = {v for v, n, of in counts.itertuples(name=None) if int(n) >= self.share * int(of)}
            out["villages_filed"] = (sum(v in done for v in self.villages), len(self.villages))
            out["households_filed"] = (int(seen.sum()), len(seen))
        return out

    def _in_force(self, day: np.datetime64) -> npt.NDArray[np.intp]:
        """Places of the decisions in force on a day: the last of each household, above 0, not past its last day."""
        known = np.flatnonzero(self.date <= day)
        names = self.household[known]
        last = known[np.append(names[1:] != names[:-1], True)] if len(known) else known
        stands: npt.NDArray[np.intp] = last[(self.limit[last] > 0) & (self.until[last] >= day)]
        return stands


def _days(days: pd.Series) -> npt.NDArray[np.datetime64]:
    return days.to_numpy(dtype="datetime64[s]")


def course_of(course: Course, programme: Programme, as_of: date) -> pd.DataFrame:
    """COURSE: quarter ends up to ``as_of``, then the forecast of the next milestone date."""
    lines = []
    for day in quarter_ends(programme.begins, as_of):
        for measure, (numerator, denominator) in course.on(day).items():
            lines.append(_line(programme, day, measure, numerator, denominator, len(course.villages)))
    lines += forecast(course, programme, as_of)
    columns = ["date", "measure", "numerator", "denominator", "actual", "target", "forecast", "low", "high"]
    return checked("course", pd.DataFrame(lines, columns=columns))


def _line(
    programme: Programme, day: pd.Timestamp, measure: str, numerator: int, denominator: int, villages: int
) -> dict[str, object]:
    target = programme.milestone(day.date()).target(measure, villages)
    return {
        "date": day,
        "measure": measure,
        "numerator": numerator,
        "denominator": denominator,
        "actual": numerator / denominator if denominator else float("nan"),
        "target": float("nan") if target is None else float(target),
        "forecast": False,
        "low": float("nan"),
        "high": float("nan"),
    }


def forecast(course: Course, programme: Programme, as_of: date) -> list[dict[str, object]]:
    """Coverage and usage at the next milestone date, if the pace of the months so far goes on; none after the last."""
    ahead = programme.next_milestone(as_of)
    if ahead is None:
        return []
    days = [pd.Timestamp(as_of) - pd.DateOffset(months=m) for m in range(PACE_MONTHS, -1, -1)]
    counts = [course.on(day) for day in days if day >= pd.Timestamp(programme.begins)]
    if not counts:
        return []
    months = (ahead.date - as_of).days / DAYS_A_MONTH
    out = []
    credited = pace([c["coverage"][0] for c in counts], months)
    for measure in ("coverage", "usage"):
        if measure not in counts[-1]:
            continue
        path = pace([c[measure][0] for c in counts], months)
        if path is None or credited is None:
            continue
        bottom = counts[-1]["coverage"][1] if measure == "coverage" else min(credited[0], counts[-1]["coverage"][1])
        if bottom <= 0:
            continue
        middle, low, high = (min(1.0, max(0.0, x / bottom)) for x in path)
        line = _line(
            programme, pd.Timestamp(ahead.date), measure, round(middle * bottom), round(bottom), len(course.villages)
        )
        out.append(line | {"actual": middle, "low": low, "high": high, "forecast": True})
    return out


def pace(counts: list[int], months: float) -> tuple[float, float, float] | None:
    """(middle, low, high) of a count ``months`` ahead, from its month-by-month steps; None where they are too few.

    >>> pace([0, 10, 20, 30, 40, 50, 60], 6.0)
    (120.0, 120.0, 120.0)
    """
    steps = np.diff(np.asarray(counts, dtype="float64"))
    n = len(steps)
    if n < LEAST_MONTHS:
        return None
    middle = counts[-1] + months * float(steps.mean())
    # scatter of the months to come, and of the pace itself, which n months have measured
    wide = STUDENT_95[min(n - 1, max(STUDENT_95))] * float(steps.std(ddof=1)) * float(np.sqrt(months + months**2 / n))
    return middle, middle - wide, middle + wide

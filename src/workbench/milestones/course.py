"""Decides the programme's course: coverage, usage and filing at each quarter's end up to ``as_of``, and a forecast.

In: what each household adds, every decision that counts, visits, drawings, the programme.  Out: ``course``.  The limit
in force on a day is found from the decisions up to that day; people are counted on the roster of this run, so a share
of an earlier quarter has today's denominator, and the page says so.  The forecast of the next milestone date takes the
pace of the last twelve months, month by month, and its scatter as the interval (90 %); it is said to be a forecast.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from workbench.milestones.homes import homes
from workbench.milestones.programme import Programme
from workbench.params import RunParams
from workbench.store.tables import checked

PACE_MONTHS = 12
"""One year: confirmations follow the bank's year, so a shorter window would take a season for a trend."""
LEAST_MONTHS = 6
STUDENT_95 = {5: 2.015, 6: 1.943, 7: 1.895, 8: 1.860, 9: 1.833, 10: 1.812, 11: 1.796}
"""95 % quantile of Student's t by degrees of freedom (months less one)."""
DAYS_A_MONTH = 365.25 / 12


def in_force_on(decisions: pd.DataFrame, day: pd.Timestamp) -> pd.DataFrame:
    """The decisions in force on a day: the latest of each household, above 0, not past its last day, with a holder."""
    last = (
        decisions[decisions["date"] <= day].sort_values("date", kind="stable").drop_duplicates("household", keep="last")
    )
    stands = (last["limit"] > 0) & (last["until"].isna() | (last["until"] >= day)) & last["holder"].notna()
    return last[stands].reset_index(drop=True)


def quarter_ends(begins: date, as_of: date) -> list[pd.Timestamp]:
    """Quarter ends from the beginning of the programme, and ``as_of`` last.

    >>> [f"{d:%Y-%m-%d}" for d in quarter_ends(date(2019, 7, 1), date(2020, 2, 1))]
    ['2019-09-30', '2019-12-31', '2020-02-01']
    """
    ends = list(pd.date_range(begins, as_of, freq="QE"))
    day = pd.Timestamp(as_of)
    return ends if ends and ends[-1] == day else [*ends, day]


class Course:
    """The town's counts on any day up to ``as_of``."""

    def __init__(
        self,
        each: pd.DataFrame,
        decisions: pd.DataFrame,
        people: pd.DataFrame,
        visited: pd.DataFrame | None,
        drawdowns: pd.DataFrame | None,
        villages: list[str],
        params: RunParams,
    ) -> None:
        self.each = each[["village", "household", "cell", "manager", "people", "eligible"]]
        self.decisions, self.people, self.visited = decisions, people, visited
        self.drawdowns, self.villages, self.params = drawdowns, villages, params
        self.nobody = pd.DataFrame(
            {
                "village": [],
                "household": pd.Series(dtype="str"),
                "cell": [],
                "manager": [],
                "rows": pd.Series(dtype="int64"),
            }
        )

    def on(self, day: pd.Timestamp) -> dict[str, tuple[int, int]]:
        """Measure to (numerator, denominator) on a day; what was not given is left out."""
        from workbench.milestones.measure import villages_filed

        seen = None if self.visited is None else self.visited[self.visited["filed_on"] <= day]
        drawn = None if self.drawdowns is None else self.drawdowns[self.drawdowns["date"] <= day]
        counted = homes(
            self.each,
            self.people,
            self.nobody,
            in_force_on(self.decisions, day),
            visited=set() if seen is None else set(seen["household"]),
            drawdowns=drawn,
            cap=self.params.credited_per_household,
        )
        out = {"coverage": (int(counted["coverage:n"].sum()), int(counted["coverage:d"].sum()))}
        if drawn is not None:
            out["usage"] = (int(counted["usage:n"].sum()), int(counted["usage:d"].sum()))
        if seen is not None:
            done = villages_filed(counted, self.villages, self.params.filed_share)
            out["villages_filed"] = (len(done), len(self.villages))
            filed = counted["households_filed:n"], counted["households_filed:d"]
            out["households_filed"] = (int(filed[0].sum()), int(filed[1].sum()))
        return out


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

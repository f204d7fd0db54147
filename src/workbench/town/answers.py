"""Writes the truth of a township, apart from its data.

The files and columns are those that ``score_run.py`` of the reference folder reads, so a run on an invented town can be
scored like a run on any other.  No program under test reads them.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from workbench.town import sheets, truth, worth
from workbench.town.files import lines_above, suffix
from workbench.town.homes import AS_OF, form_columns
from workbench.town.town import Town


def write_truth(town: Town, out: Path) -> None:
    """The truth, for the day the run looks from."""
    agreed = set(town.homes["village"][town.homes["agreed"]])
    rows, defects = _row_truth(town, agreed)
    h = truth.household_truth(town.standing)
    confirmed = town.course.confirmed
    objections = town.objections[town.objections["reach"] != "自动决策"]
    states = truth.message_truth(confirmed, town.judged, set(objections["id"]) - {""}, set(objections["phone"]) - {""})
    place = confirmed[["village", "number"]].set_axis(["village", "household"], axis=1)
    labels = town.course.labels
    files = {
        "rows": rows,
        "defects": defects,
        "people": form_columns(town.people, town.homes, town.land),
        "persons": town.judged.rename(columns={"number": "household"})[
            ["village", "household", "id", "age", "eligible", "why_not"]
        ],
        "households": h.rename(columns={"number": "household"})[
            [
                "village",
                "household",
                "group",
                "people",
                "eligible",
                "base",
                "land_mu",
                "forest_mu",
                "holder",
                "listed_holder",
                "filed",
                "credited",
                "holder_eligible",
                "drawn",
                "cell",
                "manager",
                "eligible_high",
            ]
        ],
        "confirmed": place.assign(
            limit=confirmed["limit"], date=confirmed["day"], way=confirmed["way"], holder=confirmed["holder"]
        ),
        "labels": pd.DataFrame(
            {
                "village": labels["home"].map(town.homes["village"]),
                "household": labels["home"].map(town.homes["number"]),
                "first_drawn": labels["first"],
                "label_in_file": labels["label"],
                "known": labels["known"],
            }
        ),
        "messages": place.assign(state=states),
        "milestones": truth.milestone_truth(town.standing, h, agreed),
        "raters": _rater_truth(town),
        "causes": _causes(town),
    }
    for name, frame in files.items():
        frame.to_csv(out / f"{name}.csv", index=False, lineterminator="\n", encoding="utf-8")
    (out / "README.md").write_text(_README.format(as_of=AS_OF, kind=town.kind.name), encoding="utf-8")


_README = """# The truth of an invented town

Everything here holds for {as_of} and the kind of town `{kind}`. No program under test reads this folder. All people are
invented; ID numbers begin with 341599, which is no county's code.

`rows` counts of every roster file; `defects` what was planted in which row and its verdict; `people` the form as it
ought to be; `persons`, `households`, `confirmed`, `labels`, `messages`, `milestones` what a run must find; `raters` how
each member rates; `causes` what each household's gap is made of, in yuan.
"""


def _row_truth(town: Town, agreed: set[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    rows, defects = [], []
    for village, sheet in town.rosters.items():
        if village not in agreed:
            continue
        style = town.styles[village]
        source = f"rosters/{village}{suffix(style)}"
        worst = sheet["verdict"]
        kept = int(worst.isin(["", "repair"]).sum())
        rows.append((source, len(sheet), kept, *(int((worst == v).sum()) for v in ("flag", "reject", "skip"))))
        for n, (kind, verdict) in enumerate(zip(sheet["kind"], worst, strict=True)):
            if kind:
                defects.append((source, n + 1 + lines_above(style), kind, verdict))
    counts = ["source", "rows", "kept", "flagged", "quarantined", "skipped"]
    return pd.DataFrame(rows, columns=counts), pd.DataFrame(defects, columns=["source", "row", "kind", "severity"])


def _rater_truth(town: Town) -> pd.DataFrame:
    m, number = town.members, town.homes["number"]
    return pd.DataFrame(
        {
            "village": m["village"],
            "rater": m["rater"],
            "role": m["role"],
            "own": ["" if pd.isna(x) else number[int(x)] for x in m["home"]],
            "severity": m["severity"].round(4),
            "noise": m["noise"].round(4),
            "copied_from": m["copies"],
            "kin": ["|".join(number[x] for x in kin) for kin in m["kin"]],
        }
    )


def _causes(town: Town) -> pd.DataFrame:
    """What each household's gap is made of."""
    homes, judged, books = town.homes, town.worth, town.books
    on_right, on_shown = worth.ideal_model(books.clean, books.shown, homes, judged["fair_limit"])
    counts = sheets.counting(town.ratings, town.members)
    usable = town.ratings[counts]
    by = usable.groupby("home")
    exact, unpulled = by["exact"].median(), by["unpulled"].median()
    bars = town.ratings[~town.ratings["skipped"] & (town.ratings["bar"] != "") & counts].groupby("home").size()
    kin = {h for kin in town.members["kin"] for h in kin}
    manner = town.members[town.members["manner"] != "背靠背"].set_index("village")["manner"]
    objectors = set(town.objections["id"][town.objections["reach"] == "自动决策"])
    auto = set(town.people["home"][town.people["id"].isin(objectors)])
    listed = (homes["cause"] == "policy_limit").to_numpy()
    out = pd.DataFrame(
        {
            "户号": homes["number"],
            "village": homes["village"],
            "cause": homes["cause"],
            "what": books.what,
            "fair_limit": judged["fair_limit"],
            "panel_median": exact.reindex(homes.index),
            "clean_panel": judged["clean_panel"],
            "weighting_effect": judged["weighting_effect"],
            "soft_effect": judged["soft_effect"],
            "bias_effect": np.where(homes["cause"] == "rater_bias", (exact - unpulled).reindex(homes.index), 0.0),
            "kin_favour": homes.index.isin(kin),
            "newness_effect": judged["newness_effect"],
            "soft": np.exp(homes["soft"]),
            "conduct": homes["conduct"],
            "true_income": homes["income"],
            "type": homes["trade"],
            "manner": homes["village"].map(manner.to_dict()).astype(object).fillna("blind"),
            "pilot": homes["pilot"],
        }
    )
    clean = books.clean.add_prefix("clean_")
    rest = pd.DataFrame(
        {
            "record_effect": on_shown - on_right,
            "ideal_limit": on_right,
            "fate": pd.Series(town.filing.fate, dtype=object).reindex(homes.index).fillna(""),
            "usable": by.size().reindex(homes.index).fillna(0).astype(int),
            "usable_undeclared": (~usable["stake"])
            .groupby(usable["home"])
            .sum()
            .reindex(homes.index)
            .fillna(0)
            .astype(int),
            "bars": bars.reindex(homes.index).fillna(0).astype(int),
            "listed": listed,
            "auto_optout": homes.index.isin(auto),
            "said_mean": by["limit"].mean().reindex(homes.index),
            "said_median": by["limit"].median().reindex(homes.index),
        },
        index=homes.index,
    )
    every = pd.concat([out, clean, rest], axis=1)
    figures = every.select_dtypes("float").columns
    return every.assign(**{c: every[c].round(4) for c in figures})

"""Tables and identities of an invented village, for tests of the page (also in a browser)."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd

from workbench.params import RunParams
from workbench.reconcile.blocks import BLOCKS
from workbench.reconcile.page import write_page
from workbench.spec import Feature, FeatureSpec

VILLAGE = "测试村"
NASTY = '<script>alert("x")</script>'
SPEC = FeatureSpec(
    "limit",
    (
        Feature("recorded_income", "账面年收入", "Income", "收入", monotone=1, unit="yuan"),
        Feature("overdue_days", "近两年逾期天数", "Overdue", "信用", monotone=-1, actionable=True, unit="day"),
    ),
)
PARAMS = RunParams(name="page", dataset=".", as_of=date(2021, 12, 31))


def village_tables(
    homes: int = 30, review: int = 12, outside: int = 20
) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """``gaps``, ``evidence``, ``limits``, ``consensus`` of one village, and who lives there."""
    rows, people = [], []
    for i in range(homes):
        far = i < outside
        model, panel = 80_000.0 + 1_000 * i, (50_000.0 if far else 78_000.0) + 900 * i
        blocks = dict.fromkeys(BLOCKS, 0.0) | {"policy_limit": -345.5}
        blocks["factor_weighting" if i % 2 else "unexplained"] = model - panel + 345.5
        rows.append(
            {
                "village": VILLAGE,
                "household": f"{i:016x}",
                "model_limit": model,
                "panel_limit": panel,
                "gap": model - panel,
                **blocks,
                "primary_cause": ("factor_weighting" if i % 2 else "unexplained") if far else "within_tolerance",
                "second_cause": None,
                "confidence": 0.8,
                "proposed_limit": 60_000.0 + 1_000 * i,
                "action": "review" if i < review else "confirm",
                "review_why": "unexplained" if i < review else None,
                "sampled": False,
                "reason_zh": "模型额度高于评议额度约30,000元。因收入，村里给得比模型少约30,000元。",
            }
        )
        for head in (True, False):
            people.append(
                {
                    "village": VILLAGE,
                    "number": f"{i + 1:04d}",
                    "household": f"{i:016x}",
                    "name": (NASTY if i == 3 else f"甲{i}") if head else f"乙{i}",
                    "head": head,
                    "group": f"{i % 3 + 1}组",
                }
            )
    gaps = pd.DataFrame(rows)
    evidence = pd.DataFrame(
        [
            (VILLAGE, f"{0:016x}", "record_error", 1, "recorded_income", 700_400.0, 70_040.0, 30_000.0, ""),
            (VILLAGE, f"{0:016x}", "rater_bias", 1, "A07", None, None, 5_000.0, ""),
            (VILLAGE, f"{1:016x}", "advice", 1, "overdue_days", 20.0, 3.0, 6_123.0, ""),
        ],
        columns=["village", "household", "block", "position", "fact", "book", "implied", "yuan", "note"],
    )
    limits = gaps[["household"]].assign(low=gaps["model_limit"] * 0.7, high=gaps["model_limit"] * 1.3)
    consensus = gaps[["household"]].assign(low=gaps["panel_limit"] * 0.9, high=gaps["panel_limit"] * 1.1)
    return {"gaps": gaps, "evidence": evidence, "limits": limits, "consensus": consensus}, pd.DataFrame(people)


def make_page(folder: Path, **sizes: int) -> Path:
    """The page of the invented village."""
    tables, people = village_tables(**sizes)
    return write_page(tables, people, VILLAGE, folder / "made", params=PARAMS, spec=SPEC)[0]

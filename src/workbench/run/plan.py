"""The order of the business, as data: the only place that knows it.

Each step names its notebook, what it needs, what it uses if present, and the tables that it makes.  ``inputs`` are
files of the dataset (contract, section 1) that the door must admit for the step; ``optional_inputs`` it admits if they
are there.  ``needs`` are tables that an earlier listed step makes; ``uses`` those that are used if one made them.
"""

from __future__ import annotations

from dataclasses import dataclass

from workbench.params import Step


@dataclass(frozen=True)
class Stage:
    """One step of the plan."""

    step: Step
    notebook: str
    question: str
    inputs: tuple[str, ...] = ()
    optional_inputs: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    admits: tuple[str, ...] = ()
    makes: tuple[str, ...] = ()
    needs_spec: bool = False


PLAN: tuple[Stage, ...] = (
    Stage(
        "import",
        "01_import.ipynb",
        "每一行都到哪里去了？",
        inputs=("rosters", "agreements"),
        optional_inputs=("visits", "negative", "optouts", "grid"),
        admits=(
            "row_counts",
            "quarantine",
            "households",
            "people",
            "quarantined_people",
            "agreements",
            "grid",
            "gates",
        ),
    ),
    Stage(
        "panel",
        "02_panel.ipynb",
        "评议小组给每户多少？",
        inputs=("panels",),
        optional_inputs=("panel_members",),
        needs=("households",),
        admits=("panel_members", "ratings"),
        makes=("consensus", "raters", "pulls"),
    ),
    Stage(
        "filing",
        "03_filing.ipynb",
        "上门核实了什么？",
        inputs=("visits",),
        optional_inputs=("records",),
        needs=("households",),
        uses=("records",),
        admits=("visits", "photos"),
        makes=("filed", "corrections", "facts"),
    ),
    Stage(
        "limit",
        "04_limit_model.ipynb",
        "模型给每户多少，凭什么？",
        inputs=("records",),
        optional_inputs=("history",),
        needs=("households", "people"),
        uses=("facts",),
        admits=("records", "history"),
        makes=("limits", "policy_ledger", "explanations", "metrics"),
        needs_spec=True,
    ),
    Stage(
        "gap",
        "05_gap.ipynb",
        "模型与评议为什么不同？",
        optional_inputs=("drawdowns",),
        needs=("households", "people", "consensus", "ratings", "pulls", "limits", "records"),
        uses=("facts", "corrections", "history", "explanations", "drawdowns"),
        makes=("gaps", "evidence", "weighing", "sides", "rules_compared", "fairness"),
        needs_spec=True,
    ),
    Stage(
        "decision",
        "06_decision.ipynb",
        "哪些额度确认了？",
        optional_inputs=("signoffs", "history"),
        needs=("households", "people"),
        uses=("gaps", "history", "ratings", "consensus"),
        admits=("signoffs",),
        makes=("confirmed", "signoff_findings", "decisions"),
    ),
    Stage("notice", "07_notice.ipynb", "通知了谁？", needs=("people", "confirmed"), makes=("messages",)),
    Stage(
        "milestones",
        "08_milestones.ipynb",
        "离目标还有多远？",
        optional_inputs=("drawdowns", "visits"),
        needs=("households", "people", "quarantined_people", "agreements", "confirmed"),
        uses=("filed", "visits", "consensus", "gaps", "messages", "grid", "drawdowns", "decisions"),
        admits=("drawdowns",),
        makes=("milestones", "funnel", "course", "standing"),
    ),
)
"""``history`` and ``records`` are saved by the first listed step that admits or uses them; the door sees to it."""

BY_STEP = {stage.step: stage for stage in PLAN}

"""What policy does to a figure, one rule after another, each a line of the ledger that can be replayed.

In: raw figures, ``households``, the policy in force.  Out: ``policy_ledger`` and the limit after the last line.
Order: eligibility, negative list, cap, cap by purpose, existing exposure, rounding down, floor.  A rule that is off
leaves its line in place, unchanged; so turning one off changes only its own line and what stands after it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd

from workbench.limit.books import PolicyBook
from workbench.limit.features import Matrix
from workbench.params import LimitRules
from workbench.store.tables import checked

RULES = ("eligibility", "negative_list", "cap", "purpose_cap", "exposure", "step", "floor")
HAIR = 1e-6
"""Yuan by which a float may fall short of a whole step and still be on it."""


@dataclass(frozen=True)
class Policy:
    """The rules in force on a day; None where a rule is not in force."""

    cap: float | None = None
    purpose_cap: float | None = None
    step: float | None = None
    floor: float | None = None
    exposure: str | None = None
    reach: str = "holder"
    off: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True)
class Facing:
    """What the rules look at in each household, in one order."""

    eligible: Matrix
    listed: Matrix
    exposure: Matrix


def policy_at(book: PolicyBook, day: date, rules: LimitRules) -> Policy:
    """The policy in force on a day under the run's parameters."""
    column = book.exposure.at(day)
    return Policy(
        book.cap.number(day),
        book.consumption_cap.number(day) if rules.consumption_cap else None,
        book.step.number(day),
        book.floor.number(day),
        None if column is None or column.value is None else str(column.value),
        rules.listed_reach,
        frozenset(rules.policy_off),
    )


def facing(households: pd.DataFrame, facts: pd.DataFrame, policy: Policy) -> Facing:
    """What the rules look at; ``facts`` stand in the order of ``households``.

    Eligibility is that of age and residence (``base``); the negative list is the next rule's matter.
    """
    listed = households.listed_holder.to_numpy(dtype=bool)
    if policy.reach == "household":
        listed = listed | households.listed_member.to_numpy(dtype=bool)
    owed = np.zeros(len(households))
    if policy.exposure is not None and policy.exposure in facts.columns:
        owed = np.nan_to_num(facts[policy.exposure].to_numpy(dtype=float), nan=0.0)
    return Facing(households.base.to_numpy(dtype=float), listed.astype(float), owed)


def lines(raw: Matrix, see: Facing, policy: Policy, *, outward: bool = False) -> list[tuple[str, Matrix, Matrix]]:
    """(rule, before, after) of every rule in order.  ``outward`` rounds up: the upper end of an interval.

    >>> see = Facing(np.ones(1), np.zeros(1), np.zeros(1))
    >>> bank = Policy(cap=500_000, step=1_000, floor=5_000)
    >>> [float(after[0]) for _, _, after in lines(np.array([612_345.6]), see, bank)]
    [612345.6, 612345.6, 500000.0, 500000.0, 500000.0, 500000.0, 500000.0]
    """
    out, now = [], np.asarray(raw, dtype=float)
    for rule in RULES:
        after = now if rule in policy.off else _apply(rule, now, see, policy, outward)
        out.append((rule, now, after))
        now = after
    return out


def limit_after(raw: Matrix, see: Facing, policy: Policy, *, outward: bool = False) -> Matrix:
    """The figure after the last rule."""
    return lines(raw, see, policy, outward=outward)[-1][2]


@dataclass(frozen=True)
class InForce:
    """The policy of a day as whoever proposes after the model asks it: the very rules, on rows of ``households`` with
    their facts."""

    policy: Policy

    @property
    def floor(self) -> float:
        """The smallest limit that can be given, in yuan."""
        rules = {"step": self.policy.step, "floor": self.policy.floor}
        return max(float(yuan) if yuan and rule not in self.policy.off else 0.0 for rule, yuan in rules.items())

    def __call__(self, households: pd.DataFrame, facts: pd.DataFrame, yuan: Matrix) -> Matrix:
        """The figures after the last rule; ``facts`` stand in the order of ``households``.

        >>> home = pd.DataFrame({"base": [1], "listed_holder": [False], "listed_member": [False]})
        >>> bank = InForce(Policy(cap=500_000, step=1_000, floor=5_000))
        >>> [float(bank(home, home, np.array([y]))[0]) for y in (612_345.6, 86_999.0, 4_200.0)]
        [500000.0, 86000.0, 0.0]
        """
        return limit_after(yuan, facing(households, facts, self.policy), self.policy)


def _apply(rule: str, now: Matrix, see: Facing, policy: Policy, outward: bool) -> Matrix:
    if rule == "eligibility":
        return np.where(see.eligible > 0, now, 0.0)
    if rule == "negative_list":
        return np.where(see.listed > 0, 0.0, now)
    if rule in ("cap", "purpose_cap"):
        top = policy.cap if rule == "cap" else policy.purpose_cap
        return now if top is None else np.minimum(now, top)
    if rule == "exposure":
        return now if policy.exposure is None else np.maximum(now - see.exposure, 0.0)
    if rule == "step":
        if policy.step is None:
            return now
        steps = np.ceil((now - HAIR) / policy.step) if outward else np.floor((now + HAIR) / policy.step)
        return np.maximum(steps, 0.0) * policy.step
    return now if policy.floor is None else np.where(now < policy.floor, 0.0, now)


def ledger(households: pd.DataFrame, raw: Matrix, see: Facing, policy: Policy) -> pd.DataFrame:
    """The table ``policy_ledger`` for households with a figure."""
    known = ~np.isnan(raw)
    frames = [
        pd.DataFrame(
            {
                "village": households.village[known],
                "household": households.household[known],
                "line": number,
                "rule": rule,
                "before": before[known],
                "after": after[known],
            }
        )
        for number, (rule, before, after) in enumerate(lines(raw, see, policy), 1)
    ]
    return checked("policy_ledger", pd.concat(frames, ignore_index=True))


def why_not(see: Facing, raw: Matrix, limit: Matrix, policy: Policy) -> pd.Series:
    """Why a limit is 0, by the first rule that made it so; empty where it is above 0."""
    out = np.full(len(raw), None, dtype=object)
    out[limit <= 0] = "below_floor"
    if "negative_list" not in policy.off:
        out[see.listed > 0] = "listed"
    if "eligibility" not in policy.off:
        out[see.eligible <= 0] = "nobody_eligible"
    out[np.isnan(raw) & (see.eligible > 0) & ~(see.listed > 0)] = "no_record"
    return pd.Series(out, dtype="object").astype("str")

"""What kind of township is invented: the dials, and a few settings of them that have names.

A town is drawn from causes.  The dials decide which causes work in it and how strongly, so that several towns which
differ in kind can be made and a rule that only fits one of them is found out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

WrongRecord = Literal["unit_slip", "mixed_up", "phantom_debt", "land_slip", "strange_takings", "stale"]
NewTrade = Literal["", "large_land", "nursery"]

TRADES = ("farm", "migrant", "elderly", "business", "scale_farm")
"""How a household lives; what the bank's books call it stands in ``books``."""


@dataclass(frozen=True)
class TownKind:
    """Dials of one kind of township.  Shares are 0-1, effects are in log (0.1 = a tenth)."""

    name: str = "plain"
    lean: float = -0.12
    """Where panels as bodies stand to what is fair: below 0 severe, above 0 generous."""
    lean_spread: float = 0.10
    """Standard deviation of a village's own lean."""
    weighs: tuple[tuple[str, float], ...] = (("wage", -0.45), ("land", 0.10), ("house", 0.12), ("business", -0.10))
    """What panels put above or below the bank for a fact of a household (see ``worth.FACTS``)."""
    mix: tuple[float, ...] = (0.32, 0.32, 0.18, 0.12, 0.06)
    """Shares of ``TRADES``."""
    new_trade: NewTrade = "large_land"
    """A trade that no pilot village has."""
    new_trade_share: float = 0.10
    """Its share in the villages that have it."""
    wrong_records: float = 0.06
    wrong_kinds: tuple[WrongRecord, ...] = ("unit_slip", "mixed_up", "phantom_debt", "strange_takings", "stale")
    soft: float = 0.05
    """Share of unseen households (as the shares below) of which the village knows what no record shows."""
    biased: float = 0.04
    """Share of households that two or three members pull one way."""
    bent_marks: bool = False
    """Members who pull a household bend its marks and income too."""
    listed: float = 0.02
    """Share of unseen households whose holder is put on the negative list."""
    copies: int = 2
    """Members who handed in another member's sheet."""
    raters: tuple[int, int] = (6, 7)
    """Smallest and largest panel."""
    rater_noise: float = 0.17
    gaps: float = 1.0
    """Factor on the share of facts that are not known."""
    bank_noise: float = 0.055
    """How far a limit that people confirmed scatters about what is fair, or about what a sign-off settled on."""
    pilots: float = 0.375
    """Share of villages that are pilots and have a history."""
    numbers_restart: bool = False
    """Household numbers begin again in every village."""
    persons_in_visits: bool = True
    """A visit may speak of one person's residence, not of the whole household alone."""
    faulty_signoffs: bool = True
    """Sign-offs that must not count: one person twice, above the cap, unknown household, a listed holder."""


_NONE_PLANTED = {"new_trade": "", "wrong_records": 0.0, "soft": 0.0, "biased": 0.0, "listed": 0.0, "copies": 0}

KINDS: dict[str, TownKind] = {
    kind.name: kind
    for kind in (
        TownKind(),
        TownKind(name="severe", lean=-0.45),
        TownKind(name="generous", lean=0.40, lean_spread=0.15, numbers_restart=True),
        TownKind(
            name="other_weights",
            lean=0.0,
            weighs=(("land", 0.28), ("elders", -0.5), ("debt", -0.35), ("vehicle", 0.15), ("children", -0.12)),
            mix=(0.22, 0.42, 0.14, 0.16, 0.06),
            new_trade="nursery",
        ),
        TownKind(
            name="wrong_records",
            wrong_records=0.12,
            wrong_kinds=("unit_slip", "mixed_up", "phantom_debt", "land_slip", "strange_takings", "stale"),
            gaps=1.8,
        ),
        TownKind(name="colluders", biased=0.08, bent_marks=True, raters=(7, 9), copies=3, lean=0.1),
        TownKind(name="quiet", weighs=(), lean=0.0, lean_spread=0.0, **_NONE_PLANTED),  # type: ignore[arg-type]
    )
}
"""Settings by name; ``quiet`` plants no cause at all."""

"""Units at the door: 万元 become whole yuan here, by exact decimal arithmetic, and exist nowhere inside."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

YUAN_PER_WAN = 10_000


def yuan_from_wan(text: str) -> int:
    """万元 as written, without unit or separators, to whole yuan.

    >>> yuan_from_wan("0.57")
    5700
    >>> yuan_from_wan("16.1")
    161000

    Raises ``ValueError`` (which repeats nothing) where the text is no decimal number.
    """
    try:
        amount = Decimal(text)
        if not amount.is_finite():
            raise ValueError("not a finite amount")
        return int((amount * YUAN_PER_WAN).to_integral_value(ROUND_HALF_UP))
    except InvalidOperation:
        raise ValueError("not a decimal amount") from None


def wan(yuan: float) -> str:
    """Yuan as 万元 for reading, one decimal at the most.

    >>> wan(123_400)
    '12.3万元'
    """
    return f"{yuan / YUAN_PER_WAN:.1f}".rstrip("0").rstrip(".") + "万元"


def about(yuan: float, step: int = 1_000) -> str:
    """Yuan rounded to a step, said as a round figure.

    >>> about(12_340)
    '约12,000元'
    """
    return f"约{int(Decimal(str(yuan / step)).to_integral_value(ROUND_HALF_UP)) * step:,}元"


def percent(numerator: int, denominator: int, places: int = 1) -> str:
    """A share as per cent, rounded toward zero so that a printed figure never rounds onto a target it misses.

    >>> percent(7999, 10000)
    '79.9%'
    >>> percent(0, 0)
    '—'
    """
    if not denominator:
        return "—"
    scale: int = 10**places
    whole = numerator * 100 * scale // denominator
    return f"{whole / scale:.{places}f}%"

"""Units at the door: 万元 become whole yuan here, by exact decimal arithmetic, and exist nowhere inside.

Also the one way in which shares of a log difference become yuan: the logarithmic mean.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

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
    return f"{yuan / YUAN_PER_WAN:,.1f}".rstrip("0").rstrip(".") + "万元"


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


def percent_given(share: float) -> str:
    """A share that somebody set (a target, a tolerance) as per cent, with all of its digits: 0.995 is not 100 %.

    >>> percent_given(0.7), percent_given(0.725), percent_given(0.995), percent_given(1.0)
    ('70%', '72.5%', '99.5%', '100%')
    """
    return f"{(Decimal(repr(float(share))) * 100).normalize():f}%"


def log_mean(a: npt.NDArray[np.float64], b: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The logarithmic mean (a - b)/(ln a - ln b), elementwise; a where a = b, 0 where one of them is not above 0.

    >>> import numpy as np
    >>> log_mean(np.array([100_000.0, 5.0, 0.0]), np.array([50_000.0, 5.0, 7.0])).round(2).tolist()
    [72134.75, 5.0, 0.0]
    """
    # here, not above: the command line's help reads this module and must answer at once
    import numpy as np

    sound = (a > 0) & (b > 0)
    one, other = np.where(sound, a, 1.0), np.where(sound, b, 1.0)
    apart = np.log(one) - np.log(other)
    near = np.abs(apart) < 1e-6
    safe = np.where(near, 1.0, apart)
    # near equality (e^d - 1)/d by its series, where the quotient would lose its digits
    mean = other * np.where(near, 1 + apart / 2 + apart * apart / 6, np.expm1(safe) / safe)
    return np.asarray(np.where(sound, mean, 0.0))

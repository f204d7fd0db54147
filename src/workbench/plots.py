"""One look for all figures: fonts that draw Chinese, colours safe for the colour-blind, units, and a sentence on each.

The font comes with a pinned package (Noto Sans CJK, SIL Open Font License), so a server without any Chinese font draws
the same picture.  Colours are those of Okabe and Ito (2008), which readers with colour blindness tell apart.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BLUE, ORANGE, GREEN, RED, PURPLE, SKY, YELLOW, GREY, INK = (
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#D55E00",
    "#CC79A7",
    "#56B4E9",
    "#F0E442",
    "#8A8A8A",
    "#222222",
)
MODEL_COLOUR, PANEL_COLOUR, SETTLED_COLOUR = BLUE, ORANGE, GREEN
BLOCK_COLOURS = {
    "policy_limit": GREY,
    "record_error": RED,
    "factor_weighting": BLUE,
    "soft_information": GREEN,
    "rater_bias": ORANGE,
    "model_uncertainty": PURPLE,
    "unexplained": "#C8C8C8",
}
DPI = 110


def font_file() -> Path:
    """The font collection that draws Chinese; the one place that knows where it comes from."""
    package = import_module("noto_cjk_sans_otc")
    folder = Path(str(package.__file__)).parent
    return next(folder.rglob("NotoSansCJK-Regular.ttc"))


@cache
def use_look() -> None:
    """Sets the look once in a process: font, sizes, colours, and what keeps bytes the same."""
    import matplotlib as mpl
    from cycler import cycler
    from matplotlib import font_manager

    font_manager.fontManager.addfont(str(font_file()))
    mpl.rcParams.update(
        {
            "font.family": ["Noto Sans CJK SC", "DejaVu Sans"],
            "axes.unicode_minus": False,
            "svg.hashsalt": "workbench",
            "figure.dpi": DPI,
            "savefig.dpi": DPI,
            "figure.constrained_layout.use": True,
            "font.size": 10,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.edgecolor": "#666666",
            "axes.titlesize": 12,
            "axes.titlelocation": "left",
            "axes.grid": True,
            "grid.color": "#E6E6E6",
            "axes.axisbelow": True,
            "axes.prop_cycle": cycler(color=[BLUE, ORANGE, GREEN, RED, PURPLE, SKY, GREY]),
        }
    )


def canvas(
    title: str, width: float = 8.0, height: float = 4.2, rows: int = 1, columns: int = 1
) -> tuple[Figure, list[Axes]]:
    """A figure with its title and ``rows x columns`` axes, in the look; never registered with pyplot."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    use_look()
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(rows, columns, squeeze=False)
    figure.suptitle(title, x=0.01, ha="left", fontsize=13, color=INK)
    return figure, list(axes.flat)


def nothing(title: str, sentence: str = "没有可以画的数据。") -> tuple[Figure, str]:
    """A figure that says that there is nothing to draw yet (an early quarter), and its sentence."""
    figure, (axes,) = canvas(title, height=1.6)
    axes.set_axis_off()
    axes.text(0.5, 0.5, sentence, ha="center", va="center", color=GREY, fontsize=12, transform=axes.transAxes)
    return figure, sentence


def in_wan(axes: Axes, axis: str = "y") -> None:
    """Ticks of a yuan axis printed in 万元."""
    from matplotlib.ticker import FuncFormatter

    which = axes.yaxis if axis == "y" else axes.xaxis
    which.set_major_formatter(FuncFormatter(lambda yuan, _: f"{yuan / 10_000:g}"))


def in_percent(axes: Axes, axis: str = "y") -> None:
    """Ticks of a share axis printed as per cent."""
    from matplotlib.ticker import PercentFormatter

    (axes.yaxis if axis == "y" else axes.xaxis).set_major_formatter(PercentFormatter(1.0, decimals=0))


def png(figure: Figure) -> bytes:
    """The figure as PNG, the same bytes for the same figure (no date, no software version)."""
    from io import BytesIO

    out = BytesIO()
    figure.savefig(out, format="png", metadata={"Software": None})
    return out.getvalue()

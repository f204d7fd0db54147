"""Draws one household's bridge in yuan: from the panel's limit over the seven blocks to the model's, as inline SVG."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from workbench.plots import BLOCK_COLOURS, MODEL_COLOUR, PANEL_COLOUR
from workbench.reconcile.blocks import BLOCKS
from workbench.words import BLOCKS as WORDS

WIDTH, LINE, LEFT, RIGHT = 640, 26, 190, 110
SMALLEST = 0.5
"""Yuan; a block that would print as 0 is left out."""


def bridge_svg(panel: float, model: float, blocks: Mapping[str, float]) -> str:
    """The picture for one household; every number in it stands in ``gaps``, rounded to whole yuan.

    >>> "评议额度" in bridge_svg(50_000.0, 80_000.0, {"unexplained": 30_000.0})
    True
    """
    bars = [("评议额度", 0.0, panel, PANEL_COLOUR, panel)]
    at = panel
    for block in BLOCKS:
        yuan = float(blocks.get(block, 0.0))
        if abs(yuan) >= SMALLEST:
            bars.append((WORDS[block], at, at + yuan, BLOCK_COLOURS[block], yuan))
            at += yuan
    bars.append(("模型额度", 0.0, model, MODEL_COLOUR, model))
    low = min(0.0, *(min(a, b) for _, a, b, _, _ in bars))
    high = max(1.0, *(max(a, b) for _, a, b, _, _ in bars))
    scale = (WIDTH - LEFT - RIGHT) / (high - low)

    def x(yuan: float) -> float:
        return LEFT + (yuan - low) * scale

    height = LINE * len(bars) + 8
    parts = [
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="从评议额度到模型额度">',
        f'<line x1="{x(0):.1f}" x2="{x(0):.1f}" y1="0" y2="{height}" stroke="#666" stroke-width="1"/>',
    ]
    for i, (word, start, end, colour, shown) in enumerate(bars):
        y = LINE * i + 5
        ends = i in (0, len(bars) - 1)
        label = f"{shown:,.0f}" if ends else f"{shown:+,.0f}"
        parts.append(f'<text x="{LEFT - 8}" y="{y + 14}" text-anchor="end">{escape(word)}</text>')
        parts.append(
            f'<rect x="{x(min(start, end)):.1f}" y="{y}" width="{max(abs(end - start) * scale, 1):.1f}" '
            f'height="{LINE - 8}" fill="{colour}"/>'
        )
        parts.append(f'<text x="{x(max(start, end)) + 6:.1f}" y="{y + 14}">{label}</text>')
        if i + 1 < len(bars):
            parts.append(
                f'<line x1="{x(end):.1f}" x2="{x(end):.1f}" y1="{y + LINE - 8}" y2="{y + LINE}" '
                'stroke="#999" stroke-dasharray="2 2"/>'
            )
    return "".join(parts) + "</svg>"

"""A document of headings, paragraphs, lists and tables, as HTML for reading and Markdown for writing on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from numbers import Integral

import pandas as pd

STYLE = (
    "body{font:15px/1.6 'Microsoft YaHei','PingFang SC','Noto Sans CJK SC',sans-serif;max-width:56rem;margin:2rem auto;"
    "padding:0 1rem;color:#222}table{border-collapse:collapse;margin:.6rem 0}th,td{border-bottom:1px solid #ddd;"
    "padding:.25rem .7rem;text-align:right}th:first-child,td:first-child{text-align:left}caption{text-align:left;"
    "font-weight:600;padding:.3rem 0}th{white-space:nowrap}h2{margin-top:1.8rem;border-bottom:2px solid #0072B2}"
)


@dataclass(frozen=True)
class Block:
    """One part of a document: ``kind`` is h1, h2, p, li or table."""

    kind: str
    text: str = ""
    frame: pd.DataFrame | None = None


class Document:
    """Collects blocks and writes them as HTML and Markdown; every text is escaped."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.blocks = [Block("h1", title)]

    def heading(self, text: str) -> None:
        """A section."""
        self.blocks.append(Block("h2", text))

    def say(self, text: str) -> None:
        """A paragraph."""
        self.blocks.append(Block("p", text))

    def item(self, text: str) -> None:
        """A line of a list."""
        self.blocks.append(Block("li", text))

    def table(self, frame: pd.DataFrame, caption: str, labels: Mapping[str, str]) -> None:
        """A table of the columns in ``labels``, under their words."""
        shown = frame[[c for c in labels if c in frame.columns]].rename(columns=dict(labels))
        self.blocks.append(Block("table", caption, shown.map(cell)))

    def markdown(self) -> str:
        """The document as Markdown."""
        out = []
        for b in self.blocks:
            if b.kind == "table" and b.frame is not None:
                head = "| " + " | ".join(map(_bar, b.frame.columns)) + " |"
                rule = "|" + "---|" * len(b.frame.columns)
                rows = ["| " + " | ".join(map(_bar, r)) + " |" for r in b.frame.itertuples(index=False)]
                out.append("\n".join([f"**{b.text}**", "", head, rule, *rows]))
            else:
                out.append({"h1": "# ", "h2": "## ", "li": "- "}.get(b.kind, "") + b.text)
        return "\n\n".join(out) + "\n"

    def html(self) -> str:
        """The document as a page that loads nothing."""
        parts = [self._html(b) for b in self.blocks]
        return (
            f'<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>{escape(self.title)}</title>'
            f"<style>{STYLE}</style></head><body>\n" + "\n".join(parts) + "\n</body></html>\n"
        )

    @staticmethod
    def _html(b: Block) -> str:
        if b.kind == "table" and b.frame is not None:
            head = "".join(f"<th>{escape(str(c))}</th>" for c in b.frame.columns)
            rows = "".join(
                "<tr>" + "".join(f"<td>{escape(str(v))}</td>" for v in r) + "</tr>"
                for r in b.frame.itertuples(index=False)
            )
            return f"<table><caption>{escape(b.text)}</caption><tr>{head}</tr>{rows}</table>"
        if b.kind == "li":
            return f"<ul><li>{escape(b.text)}</li></ul>"
        return f"<{b.kind}>{escape(b.text)}</{b.kind}>"


def cell(value: object) -> str:
    """A cell for reading.

    >>> cell(12345.678), cell(0.1234), cell(float("nan")), cell(True), cell(2128)
    ('12,346', '0.123', '—', '是', '2,128')
    """
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, Integral):
        return f"{value:,d}"
    if isinstance(value, float):
        if value != value:
            return "—"
        return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"
    return str(value)


def _bar(text: object) -> str:
    return str(text).replace("|", "\\|").replace("\n", " ")

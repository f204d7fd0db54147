"""Readable pages out of executed notebooks: code folded away, nothing loaded from outside, every text escaped.

Written by nbconvert with our own template; what a notebook shows as HTML goes through a list of allowed tags, so a
page holds no script and no picture from elsewhere whatever the data say.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from workbench.params import RunParams
from workbench.run.plan import Stage
from workbench.store.atomic import write_text
from workbench.words import STEPS

TEMPLATES = Path(__file__).parent / "template"
_TAGS = {
    *("p", "br", "strong", "em", "ul", "ol", "li", "h1", "h2", "h3", "h4", "blockquote", "code", "pre", "hr", "a"),
    *("table", "caption", "thead", "tbody", "tr", "th", "td", "div", "span", "small", "b"),
}
_ATTRIBUTES = {"th": ["scope", "class"], "td": ["class", "colspan"], "table": ["class"], "p": ["class"], "a": ["href"]}


def css() -> str:
    """The style of all pages, written into each of them."""
    return (TEMPLATES / "report.css").read_text("utf-8")


def write_page(folder: Path, stages: list[Stage], stage: Stage, params: RunParams) -> None:
    """Writes ``folder/NN_step.html`` from the executed notebook beside it."""
    from nbformat.notebooknode import from_dict

    to_notebook: Any = from_dict
    notebook = to_notebook(json.loads((folder / stage.notebook).read_text("utf-8")))
    place = stages.index(stage)
    told = {
        "title": stage.question,
        "css": css(),
        "run": params.name,
        "step": STEPS[stage.step],
        "as_of": params.as_of.isoformat(),
        "before": _link(stages[place - 1]) if place else None,
        "after": _link(stages[place + 1]) if place + 1 < len(stages) else None,
    }
    body, _ = _exporter().from_notebook_node(notebook, resources={"report": told})
    write_text(folder / page_name(stage), body if body.endswith("\n") else body + "\n")


def page_name(stage: Stage) -> str:
    """The page of a step.

    >>> from workbench.run.plan import PLAN
    >>> page_name(PLAN[0])
    '01_import.html'
    """
    return stage.notebook.removesuffix(".ipynb") + ".html"


def _link(stage: Stage) -> dict[str, str]:
    return {"page": page_name(stage), "words": STEPS[stage.step]}


def cleaned(html: str) -> str:
    """HTML with the allowed tags alone; all others are shown to the letter.

    >>> cleaned('<p class="x" onclick="y">a<img src="http://x"></p>')
    '<p class="x">a&lt;img src="http://x"&gt;</p>'
    """
    from bleach import clean

    safe: Any = clean(html, tags=_TAGS, attributes=_ATTRIBUTES, protocols={"file"})
    return str(safe)


@cache
def _exporter() -> Any:
    from nbconvert.exporters.html import HTMLExporter

    exporter: Any = HTMLExporter
    made = exporter(
        sanitize_html=True,
        exclude_input_prompt=True,
        exclude_output_prompt=True,
        exclude_anchor_links=True,
        template_name="report",
        extra_template_basedirs=[str(TEMPLATES)],
    )
    made.register_filter("clean_html", cleaned)
    return made

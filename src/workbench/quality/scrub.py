"""Makes a page of Great Expectations fit to be kept: offline, plain, in Chinese, the same bytes twice.

The page is read as HTML and written again from a list of allowed elements and attributes, so what is not on the list
(scripts, outside styles, images, event handlers, forms) is gone whatever it is called.  A link stays only where it
leads to another page of the same folder.  The library's own English labels, a closed list, are put into Chinese.
"""

from __future__ import annotations

import html
import posixpath
import re
from collections.abc import Mapping
from html.parser import HTMLParser
from pathlib import PurePosixPath

_DROPPED = {"script", "style", "head", "svg", "button", "form", "noscript", "iframe", "object", "footer", "video"}
"""Elements that go with all that stands in them."""
_FURNITURE = {"navbar", "col-lg-2"}
"""Classes of the library's bars for navigating, which are dead without its scripts."""
_KEPT = {
    *("body", "div", "nav", "section", "span", "p", "pre", "code", "h1", "h2", "h3", "h4", "h5", "h6", "br"),
    *("a", "b", "em", "i", "u", "small", "strong", "sub", "sup", "ul", "ol", "li", "dl", "dt", "dd"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}
_VOID = {"br", "hr", "img", "input", "link", "meta", "source", "col", "wbr", "embed", "area", "base", "track"}
_ATTRIBUTES = {"class", "colspan", "rowspan"}
_UUID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")
_HOLLOW = re.compile(
    r"<thead>\s*<tr>(?:\s*<th>\s*</th>)*\s*</tr>\s*</thead>|<li>\s*</li>|<p[^>]*>\s*</p>|<br>(?=\s*<br>)"
)
"""What the removed left empty."""
_CLOCK = re.compile(r"\b(\d{4})-?(\d{2})-?(\d{2})T\d{2}:?\d{2}:?\d{2}(?:\.\d+)?(?:Z|\+00:?00)?")

_WORDS = {
    "Status": "结果",
    "Expectation": "要求",
    "Observed Value": "发现",
    "Overview": "概况",
    "Statistics": "统计",
    "Evaluated Expectations": "核对的要求",
    "Successful Expectations": "达到",
    "Unsuccessful Expectations": "未达到",
    "Success Percent": "达到的份额",
    "Table-Level Expectations": "整张表",
    "Expectation Suite:": "要求清单：",
    "Expectation Suite": "要求清单",
    "Expectation Suite Name": "要求清单",
    "Status:": "结果：",
    "Failed": "未达到",
    "Succeeded": "达到",
    "Data asset: None": "",
    "Notes": "说明",
    "Notes:": "怎么办：",
    "Info": "说明",
    "Great Expectations Version": "Great Expectations 版本",
}
_UNEXPECTED = re.compile(r"≈?([\d.]+)% unexpected")
_CONTAINS = re.compile(r"This Expectation suite currently contains (\d+) total Expectations across (\d+) columns?\.")
_FOUND = re.compile(r"([\d,]+) unexpected values found\. ([≈\d.]+)% of ([\d,]+) total rows\.")


def chinese(text: str) -> str:
    """A label of the library in Chinese; any other text as it stands.

    >>> chinese("3 unexpected values found. ≈33.33% of 9 total rows.")
    '9 行中有 3 行不符（≈33.33%）'
    """
    bare = text.strip()
    if bare in _WORDS:
        return text.replace(bare, _WORDS[bare])
    text = _CONTAINS.sub(r"共 \1 项要求，涉及 \2 列。", text)
    text = _FOUND.sub(r"\3 行中有 \1 行不符（\2%）", text)
    return _UNEXPECTED.sub(lambda m: "全部符合" if float(m.group(1)) == 0 else f"{m.group(1)}% 不符", text)


def scrubbed(text: str, page: PurePosixPath, names: Mapping[str, str], *, result: bool) -> str:
    """The body of the page: ``names`` gives the new name of every page by its old path, ``result`` whether it shows
    what was found (its folds hold the library's version and clock, and go) or what is asked (they hold the notes)."""
    reader = _Rewriter(page, names, _FURNITURE | ({"collapse"} if result else set()))
    reader.feed(text)
    reader.close()
    body = _CLOCK.sub(lambda m: "-".join(m.group(1, 2, 3)), "".join(reader.out))
    body = _HOLLOW.sub("", body)
    seen: dict[str, str] = {}
    body = _UUID.sub(lambda m: seen.setdefault(m.group(), f"n{len(seen) + 1}"), body)
    return re.sub(r"\n\s*(?=\n)", "", re.sub(r"[ \t]+\n", "\n", body)).strip()


class _Rewriter(HTMLParser):
    """Writes allowed elements again, with text escaped."""

    def __init__(self, page: PurePosixPath, names: Mapping[str, str], dropped: set[str]) -> None:
        super().__init__(convert_charrefs=True)
        self.page, self.names, self.dropped = page, names, dropped
        self.out: list[str] = []
        self._within: list[str] = []
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _VOID:
            self.out += [f"<{tag}>"] if tag in _KEPT and not self._within else []
            return
        if self._within or tag in _DROPPED or self._is_furniture(dict(attrs)):
            self._within.append(tag)
            return
        if tag in _KEPT and tag != "body":
            self._open.append(tag)
            self.out.append(f"<{tag}{self._attributes(attrs)}>")

    def handle_endtag(self, tag: str) -> None:
        if self._within:
            if tag in self._within:
                while self._within.pop() != tag:
                    pass
            return
        if tag in self._open:
            while True:
                last = self._open.pop()
                self.out.append(f"</{last}>")
                if last == tag:
                    break

    def handle_data(self, data: str) -> None:
        if not self._within:
            self.out.append(html.escape(chinese(data)))

    def close(self) -> None:
        """Closes what the page left open."""
        super().close()
        self.out += [f"</{tag}>" for tag in reversed(self._open)]

    def _is_furniture(self, attrs: dict[str, str | None]) -> bool:
        classes = set((attrs.get("class") or "").split())
        return bool(classes & self.dropped) or attrs.get("data-toggle") == "collapse"

    def _attributes(self, attrs: list[tuple[str, str | None]]) -> str:
        kept = [(k, v) for k, v in attrs if k in _ATTRIBUTES and v]
        target = self._target(dict(attrs).get("href"))
        kept += [("href", target)] if target else []
        return "".join(f' {k}="{html.escape(str(v))}"' for k, v in kept)

    def _target(self, href: str | None) -> str | None:
        """A page of the same folder under its new name; nothing for a fragment, whose place is not kept."""
        if not href or href.startswith("#"):
            return None
        path, _, _ = href.partition("#")
        return self.names.get(posixpath.normpath(posixpath.join(self.page.parent.as_posix(), path.split("?")[0])))

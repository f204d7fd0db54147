"""Makes a page of Great Expectations fit to be kept: offline, plain, the same bytes twice.

The page is read as HTML and written again from a list of allowed elements and attributes, so what is not on the list
(scripts, outside styles, images, event handlers, forms) is gone whatever it is called.  A link stays only where it
leads to another page of the same folder or to a place within the page.
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
_KEPT = {
    *("body", "div", "nav", "section", "span", "p", "pre", "code", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "br"),
    *("a", "b", "em", "i", "u", "small", "strong", "sub", "sup", "ul", "ol", "li", "dl", "dt", "dd"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}
_EMPTY = {"br", "hr"}
_VOID = {"br", "hr", "img", "input", "link", "meta", "source", "col", "wbr", "embed", "area", "base", "track"}
_ATTRIBUTES = {"class", "colspan", "rowspan"}
_UUID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")
_CLOCK = re.compile(r"\b(\d{4})-?(\d{2})-?(\d{2})T\d{2}:?\d{2}:?\d{2}(?:\.\d+)?(?:Z|\+00:?00)|\b\d{8}T\d{6}\.\d+Z?\b")

STYLE = """
body{margin:0 auto;max-width:1080px;padding:24px 16px 48px;color:#222;background:#fff;
 font:15px/1.6 "Noto Sans CJK SC","Microsoft YaHei","PingFang SC",sans-serif}
h1,h2,h3,h4,h5{line-height:1.3;margin:1.2em 0 .4em} h1{font-size:1.5em} h2{font-size:1.25em} h3,h4,h5{font-size:1.05em}
a{color:#0072B2} table{border-collapse:collapse;width:100%;margin:.6em 0}
th,td{border-bottom:1px solid #e6e6e6;padding:.4em .6em;text-align:left;vertical-align:top}
th{color:#666;font-weight:normal;background:#f7f7f7} ul{padding-left:1.4em} p{margin:.3em 0}
.badge{padding:0 .4em;border-radius:3px;background:#f0f0f0} .text-danger,.failed-icon{color:#D55E00}
.text-success,.success-icon{color:#009E73} .m-0{margin:0} .top{color:#666;margin:0 0 1em}
"""


def scrubbed(text: str, page: PurePosixPath, names: Mapping[str, str], title: str) -> str:
    """The page under its new name: ``names`` gives the new name of every page by its old path."""
    reader = _Rewriter(page, names)
    reader.feed(text)
    reader.close()
    body = _CLOCK.sub(lambda m: "-".join(m.group(1, 2, 3)) if m.group(1) else "", "".join(reader.out))
    seen: dict[str, str] = {}
    body = _UUID.sub(lambda m: seen.setdefault(m.group(), f"n{len(seen) + 1}"), body)
    body = re.sub(r"\n\s*\n+", "\n", body)
    heading = html.escape(title)
    back = "" if names[str(page)] == "index.html" else '<p class="top"><a href="index.html">数据质量检查</a></p>'
    return (
        f'<!DOCTYPE html>\n<html lang="zh-CN"><head><meta charset="utf-8"><title>{heading}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{STYLE}</style></head>\n'
        f"<body>\n<h1>{heading}</h1>\n{back}\n{body}\n</body></html>\n"
    )


class _Rewriter(HTMLParser):
    """Writes allowed elements again, with text escaped."""

    def __init__(self, page: PurePosixPath, names: Mapping[str, str]) -> None:
        super().__init__(convert_charrefs=True)
        self.page, self.names = page, names
        self.out: list[str] = []
        self._within: list[str] = []
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _VOID:
            self.out += [f"<{tag}>"] if tag in _EMPTY and not self._within else []
            return
        if self._within or tag in _DROPPED:
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
            self.out.append(html.escape(data))

    def close(self) -> None:
        """Closes what the page left open."""
        super().close()
        self.out += [f"</{tag}>" for tag in reversed(self._open)]

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

"""The pages of a run in a real Chromium: they open offline, without an error, and survive a move of the folder."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from harness import Run

CHROMIUM = next((p for p in map(shutil.which, ("chromium", "chromium-browser", "google-chrome")) if p), None)


class Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [v for k, v in attrs if k in ("href", "src") and v]


@pytest.fixture(scope="module")
def moved(tiny_run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copytree(tiny_run.folder, tmp_path_factory.mktemp("moved") / "搬到 别处"))


def pages(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.html"))


def test_every_local_link_leads_somewhere_and_none_to_the_network(moved: Path) -> None:
    wrong = []
    for page in pages(moved):
        links = Links()
        links.feed(page.read_text("utf-8"))
        for link in links.found:
            if link.startswith(("data:", "#")):
                continue
            if re.match(r"([a-z]+:)?//", link) or not (page.parent / unquote(re.split(r"[?#]", link)[0])).exists():
                wrong.append((page.name, link))
    assert len(pages(moved)) > 9
    assert wrong == []


def test_every_page_is_chinese_first_and_says_what_it_is(moved: Path) -> None:
    for page in moved.glob("*.html"):
        text = page.read_text("utf-8")
        assert '<html lang="zh-CN">' in text
        assert re.search(r"<h1[^>]*>[^<]*？", text), page.name
        assert "<script" not in text


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as started:
        made = started.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield made
        made.close()


@pytest.mark.browser
def test_pages_open_offline_without_an_error(moved: Path, browser: Any) -> None:
    page = browser.new_page()
    asked: list[str] = []
    errors: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda fault: errors.append(str(fault)))
    for path in [*sorted(moved.glob("*.html")), moved / "docs" / "index.html"]:
        page.goto(path.as_uri())
        assert page.locator("h1").first.is_visible()
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 1, f"{path.name} is wider than the window"
        broken = page.evaluate("[...document.images].filter(i => !i.complete || !i.naturalWidth).length")
        assert broken == 0, path.name
    page.close()
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert errors == []


@pytest.mark.browser
def test_the_first_page_leads_to_every_step(moved: Path, browser: Any) -> None:
    page = browser.new_page()
    page.goto((moved / "index.html").as_uri())
    assert page.locator(".figures b").count() == 5
    names = [link.get_attribute("href") for link in page.locator("ol.pages a").all()]
    assert len(names) == 8
    page.locator("ol.pages a").first.click()
    assert page.url.endswith("01_import.html")
    page.close()


@pytest.mark.browser
def test_no_heading_stands_alone_at_the_foot_of_a_printed_page(moved: Path, browser: Any, tmp_path: Path) -> None:
    reader = shutil.which("pdftotext")
    if reader is None:
        pytest.skip("no pdftotext on this machine")
    page, alone, sides = browser.new_page(), [], 0
    for path in pages(moved):
        page.goto(path.as_uri())
        heads = {"".join(text.split()) for text in page.locator("h1, h2, h3, h4, caption").all_text_contents()}
        paper = tmp_path / "page.pdf"
        paper.write_bytes(page.pdf(prefer_css_page_size=True))
        said = subprocess.run([reader, "-layout", str(paper), "-"], capture_output=True, text=True, check=True).stdout
        for side in said.split("\f"):
            lines = ["".join(line.split()) for line in side.splitlines() if line.strip()]
            sides += bool(lines)
            alone += [(path.name, lines[-1])] if lines and lines[-1] in heads else []
    page.close()
    assert sides > 20
    assert alone == []

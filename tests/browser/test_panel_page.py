"""The village page in a real Chromium: it opens offline, sorts, filters, opens a household and prints on A4."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "unit" / "reconcile"))
from village_page import make_page

CHROMIUM = next((p for p in map(shutil.which, ("chromium", "chromium-browser", "google-chrome")) if p), None)
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")]


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Any, list[str]]]:
    """The page, opened, and what it asked for or complained of."""
    playwright = pytest.importorskip("playwright.sync_api")
    from workbench.plots import font_file

    folder = tmp_path_factory.mktemp("page")
    (folder / "fonts.conf").write_text(
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">'
        f"<fontconfig><dir>{font_file().parent}</dir><cachedir>{folder}/cache</cachedir></fontconfig>"
    )
    page_file = make_page(folder)
    said: list[str] = []
    with playwright.sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path=CHROMIUM, args=QUIET, env={**os.environ, "FONTCONFIG_FILE": str(folder / "fonts.conf")}
        )
        page = browser.new_page(viewport={"width": 1000, "height": 1200})
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: said.append(request.url) if not request.url.startswith("file:") else None)
        page.goto(page_file.as_uri())
        yield page, said
        browser.close()


def test_it_opens_without_a_request_or_an_error(opened: tuple[Any, list[str]]) -> None:
    page, said = opened
    assert "测试村" in page.title()
    assert page.locator("tbody tr:visible").count() == 30
    assert said == []


def test_it_filters_by_name_and_by_action(opened: tuple[Any, list[str]]) -> None:
    page, _ = opened
    page.fill("#find", "0007")
    assert page.locator("tbody tr:visible").count() == 1
    page.fill("#find", "")
    page.select_option("#action", "review")
    assert page.text_content("#count") == "12 / 30"
    page.select_option("#action", "")


def test_it_sorts_numbers_as_numbers(opened: tuple[Any, list[str]]) -> None:
    page, _ = opened
    page.click("th:nth-child(5) button")
    page.click("th:nth-child(5) button")
    amounts = [int(t.replace(",", "")) for t in page.locator("tbody td:nth-child(5)").all_text_contents()]
    assert amounts == sorted(amounts, reverse=True)


def test_a_household_opens_and_prints_on_one_side(opened: tuple[Any, list[str]]) -> None:
    page, _ = opened
    page.click("a[href='#h-0000000000000000']")
    sheet = page.locator("section.sheet:visible")
    assert sheet.count() == 1
    assert "户主（签字）" in (sheet.text_content() or "")
    assert sheet.locator("svg rect").count() >= 3
    page.evaluate("document.body.classList.add('one')")
    paper = page.pdf(format="A4", print_background=True)
    page.evaluate("document.body.classList.remove('one')")
    assert paper[:4] == b"%PDF"
    assert paper.count(b"/Type /Page\n") + paper.count(b"/Type /Page/") + paper.count(b"/Type /Page ") == 1


@pytest.mark.parametrize("width", [390, 768, 1000])
def test_no_screen_has_to_be_pushed_sideways(opened: tuple[Any, list[str]], width: int) -> None:
    """On a telephone or a tablet the list scrolls in its own place, the page does not."""
    page, _ = opened
    page.set_viewport_size({"width": width, "height": 900})
    try:
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.locator("#homes").is_visible()
    finally:
        page.set_viewport_size({"width": 1000, "height": 1200})


def test_the_letters_are_drawn(opened: tuple[Any, list[str]]) -> None:
    page, _ = opened
    width = page.evaluate(
        "() => { const c = document.createElement('canvas').getContext('2d');"
        " c.font = getComputedStyle(document.body).font;"
        " return [c.measureText('村').width, c.measureText('i').width]; }"
    )
    assert width[0] > 2 * width[1]


def test_every_printed_page_of_the_list_has_its_heads_and_a_line_a_household(
    opened: tuple[Any, list[str]], tmp_path: Path
) -> None:
    """Buttons are not drawn again where a table goes on: the heads on paper are text."""
    reader = shutil.which("pdftotext")
    if reader is None:
        pytest.skip("no pdftotext here")
    page, _ = opened
    page.goto(make_page(tmp_path, homes=90, outside=40).as_uri())
    paper = tmp_path / "list.pdf"
    paper.write_bytes(page.pdf(prefer_css_page_size=True))
    said = subprocess.run([reader, "-layout", str(paper), "-"], capture_output=True, text=True, check=True).stdout
    pages = [text for text in said.split("\f") if text.strip()]
    assert len(pages) >= 2
    assert all("户主" in text and "建议额度" in text for text in pages)
    assert sum(text.count("建议确认") + text.count("需要复核") for text in pages) == 90

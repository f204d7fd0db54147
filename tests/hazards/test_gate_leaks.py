"""Neither the gate's table, its message, nor its Data Docs repeat a cell, call out, or show a clock."""

from __future__ import annotations

import errno
import json
import re
import socket
import tempfile
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pandas as pd
import pytest

from workbench.errors import RunFailed
from workbench.quality.docs import write_docs
from workbench.quality.gate import run_gate
from workbench.store.tables import checked

DAY = date(2021, 12, 31)
SECRET = "abcdef0123456789"
MARK = 444444.0


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    """A gate over limits whose cells are marked, with expectations of every kind that would quote a cell."""
    asked = [
        ("expect_column_values_to_be_between", {"column": "model_limit", "max_value": 1}),
        ("expect_column_max_to_be_between", {"column": "model_limit", "max_value": 1}),
        ("expect_column_min_to_be_between", {"column": "model_limit", "max_value": 1}),
        ("expect_column_median_to_be_between", {"column": "model_limit", "max_value": 1}),
        ("expect_column_most_common_value_to_be_in_set", {"column": "household", "value_set": ["x"]}),
        ("expect_column_distinct_values_to_be_in_set", {"column": "household", "value_set": ["x"]}),
        ("expect_column_distinct_values_to_equal_set", {"column": "household", "value_set": ["x"]}),
        ("expect_column_values_to_match_regex", {"column": "household", "regex": "^z"}),
        ("expect_column_values_to_be_unique", {"column": "source"}),
        ("expect_compound_columns_to_be_unique", {"column_list": ["village", "source"]}),
        ("expect_column_quantile_values_to_be_between",
         {"column": "model_limit", "quantile_ranges": {"quantiles": [0.5], "value_ranges": [[0, 1]]}}),
        ("expect_column_mean_to_be_between", {"column": "pd", "max_value": 0.001}),
    ]  # fmt: skip
    expectations = [
        {"table": "limits", "type": kind, "kwargs": kwargs, "severity": "critical", "description": f"要求<b>{n}</b>"}
        for n, (kind, kwargs) in enumerate(asked)
    ]
    folder = tmp_path_factory.mktemp("expectations")
    (folder / "mine.json").write_text(json.dumps({"name": "mine", "expectations": expectations}), "utf-8")
    n = 12
    limits = pd.DataFrame({
        "village": "甲村", "household": [SECRET[:-2] + f"{i:02d}" for i in range(n)], "eligible": 1, "why_not": None,
        "rating": "A", "pd": 0.01, "rate": 0.05, "raw_limit": MARK, "model_limit": MARK, "low": MARK, "high": MARK,
        "new": False, "source": "model",
    })  # fmt: skip
    return run_gate({"limits": checked("limits", limits)}, suites=folder, as_of=DAY)


def pages(folder: Path) -> dict[str, str]:
    return {p.relative_to(folder).as_posix(): p.read_text("utf-8") for p in sorted(folder.rglob("*")) if p.is_file()}


def test_no_cell_in_gates_message_or_docs(result, tmp_path):
    assert result.stopped
    write_docs(result.results, tmp_path / "docs", "题")
    told = [result.gates.to_csv(), result.message, repr(result.results), *pages(tmp_path / "docs").values()]
    for text in told:
        assert SECRET[:-2] not in text
        assert "444444" not in text
        assert "444,444" not in text


def test_the_same_results_make_the_same_bytes_anywhere(result, tmp_path):
    write_docs(result.results, tmp_path / "a", "题")
    write_docs(result.results, tmp_path / "elsewhere" / "b", "题")
    assert pages(tmp_path / "a") == pages(tmp_path / "elsewhere" / "b")


class Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.targets: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.targets += [v or "" for k, v in attrs if k in ("href", "src", "data", "action", "poster", "srcset")]
        assert not [k for k, _ in attrs if k.startswith("on")]


def test_pages_are_offline_escaped_and_without_clock(result, tmp_path):
    write_docs(result.results, tmp_path / "docs", "题<script>")
    for name, text in pages(tmp_path / "docs").items():
        assert name.endswith(".html")
        links = Links()
        links.feed(text)
        assert not links.tags & {"script", "link", "img", "iframe", "form", "object"}
        assert "<b>0</b>" not in text
        assert not re.search(r"https?:|//|url\(|@import", re.sub(r"</?\w[^>]*>", "", text)), name
        for target in links.targets:
            assert (tmp_path / "docs" / unquote(target)).is_file(), (name, target)
        assert not re.search(r"\d{8}T\d{6}|T\d\d:\d\d:\d\d", text)
        assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}", text)
        assert not re.search(r"[0-9a-f]{32}", text)
        assert str(Path.home()) not in text or str(Path.home()) == "/"


def test_nothing_is_called(result, tmp_path, monkeypatch):
    tried = []  # told afterwards: a library may swallow what is raised here

    def refused(*args, **kwargs):
        tried.append(args)
        raise OSError("no network")

    monkeypatch.setattr(socket.socket, "connect", refused)
    monkeypatch.setattr(socket, "getaddrinfo", refused)
    index = write_docs(result.results, tmp_path / "docs", "题")
    assert index.is_file()
    assert tried == []


def test_a_page_that_cannot_be_written_or_drawn_is_told(result, tmp_path, monkeypatch):
    from great_expectations.render.renderer import ValidationResultsPageRenderer

    write = Path.write_bytes

    def full(self, content):
        if "limits" in self.name:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(self, content)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", full)
        with pytest.raises(RunFailed, match="cannot be written"):
            write_docs(result.results, tmp_path / "docs", "题")
    assert not (tmp_path / "docs" / "index.html").exists()
    with monkeypatch.context() as patch:
        patch.setattr(ValidationResultsPageRenderer, "render", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            write_docs(result.results, tmp_path / "docs", "题")
    assert write_docs(result.results, tmp_path / "docs", "题").is_file()


def test_nothing_is_written_but_the_pages(result, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "mkdtemp", lambda *_, **__: pytest.fail("a folder elsewhere"))
    write_docs(result.results, tmp_path / "docs", "题")
    assert sorted(pages(tmp_path / "docs")) == ["index.html", "mine-limits.html", "suite-mine-limits.html"]

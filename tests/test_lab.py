"""``workbench lab`` answers on this machine alone, serves the notebooks, in Chinese, and fetches no news."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from harness import PROJECT, clean_environment


def free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    place = tmp_path_factory.mktemp("lab")
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "workbench.cli", "lab", "--no-browser", "--port", str(port)],
        env=clean_environment(place / "home", place / "temporary") | {"JUPYTER_TOKEN": "t"},
        cwd=place,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(240):
            try:
                with urlopen(f"{address}/api?token=t") as answer:
                    assert answer.status == 200
                break
            except (URLError, ConnectionError):
                assert process.poll() is None, "the server ended"
                time.sleep(0.25)
        yield address
    finally:
        process.terminate()
        process.wait(20)


def ask(server: str, path: str) -> str:
    with urlopen(f"{server}{path}{'&' if '?' in path else '?'}token=t") as answer:
        return str(answer.read().decode("utf-8"))


def test_it_serves_the_first_page_and_every_notebook(server: str) -> None:
    listed = json.loads(ask(server, "/api/contents/notebooks"))
    names = {entry["name"] for entry in listed["content"]}
    assert {p.name for p in (PROJECT / "notebooks").glob("*.ipynb")} <= names
    first = json.loads(ask(server, "/api/contents/notebooks/00-start.ipynb"))
    assert "从这里开始" in json.dumps(first, ensure_ascii=False)


def test_it_is_chinese_and_fetches_no_news(server: str) -> None:
    settings = json.loads(ask(server, "/lab/api/settings/@jupyterlab/translation-extension:plugin"))
    assert settings["settings"]["locale"] == "zh_CN"
    page = ask(server, "/lab")
    assert '"disabledExtensions": ["@jupyterlab/apputils-extension:announcements"]' in page


def test_it_listens_on_loopback_alone(server: str) -> None:
    port = int(server.rsplit(":", 1)[1])
    rows = [line.split() for name in ("tcp", "tcp6") for line in Path(f"/proc/net/{name}").read_text().splitlines()[1:]]
    heard = {row[1].split(":")[0] for row in rows if row[3] == "0A" and int(row[1].split(":")[1], 16) == port}
    assert heard == {"0100007F"}

"""The script that a bank schedules, taken out of its page and run: each exit status is mailed in words, once."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[2] / "docs" / "schedule.md"
STUB = """#!/bin/sh
echo "$@" >> calls
mkdir -p "$4"
[ "$STATUS" = 0 ] && echo {} > "$4/manifest.json"
echo said
exit "$STATUS"
"""


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    (found,) = re.findall(r"```sh\n(.*?)```", PAGE.read_text("utf-8"), re.S)
    tools = {"quarter.sh": found, "bin/workbench": STUB, "bin/mail": '#!/bin/sh\necho "$2|$3|$(cat)" >> mails\n'}
    for name, text in tools.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
        path.chmod(0o755)
    (tmp_path / "outputs").mkdir()
    (tmp_path / "params").mkdir()
    (tmp_path / "params" / "quarter.yaml").write_text("name: quarter\nas_of: 2000-01-01   # day\nseed: 1\n", "utf-8")
    return tmp_path


def run(desk: Path, status: int, today: str) -> int:
    environment = {"PATH": f"{desk}/bin:{os.environ['PATH']}", "WORKBENCH_DESK": str(desk), "STATUS": str(status)}
    environment |= {"WORKBENCH_TODAY": today, "WORKBENCH_TO": "officer"}
    return subprocess.run([str(desk / "quarter.sh")], env=environment, check=False, capture_output=True).returncode


@pytest.mark.parametrize(
    ("today", "quarter", "last"),
    [
        ("2022-01-05", "2021Q4", "2021-12-31"),
        ("2020-04-05", "2020Q1", "2020-03-31"),
        ("2021-10-07", "2021Q3", "2021-09-30"),
    ],
)
def test_the_quarter_before_with_two_parameters_changed(desk: Path, today: str, quarter: str, last: str) -> None:
    assert run(desk, 0, today) == 0
    assert (desk / "params" / f"{quarter}.yaml").read_text("utf-8") == f"name: {quarter}\nas_of: {last}\nseed: 1\n"
    assert (desk / "calls").read_text("utf-8") == f"run params/{quarter}.yaml --out outputs/{quarter}\n"


@pytest.mark.parametrize(
    ("status", "word"), [(0, "已完成"), (2, "参数或文件有误"), (3, "关口停止"), (1, "可以再次运行")]
)
def test_each_exit_status_is_mailed_in_words(desk: Path, status: int, word: str) -> None:
    assert run(desk, status, "2022-01-05") == status
    mail = (desk / "mails").read_text("utf-8")
    assert word in mail
    assert mail.endswith("|officer|said\n")


def test_a_finished_quarter_is_left_alone_and_a_stopped_one_is_run_again(desk: Path) -> None:
    assert run(desk, 3, "2022-01-05") == 3
    assert run(desk, 0, "2022-01-06") == 0
    assert run(desk, 0, "2022-01-07") == 0
    assert len((desk / "calls").read_text("utf-8").splitlines()) == 2


def test_the_timer_means_what_it_says() -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("no systemd-analyze here")
    (calendar,) = re.findall(r"OnCalendar=(.*)", PAGE.read_text("utf-8"))
    said = subprocess.run(["systemd-analyze", "calendar", calendar], capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr
    assert "*-01,04,07,10-05 06:00:00" in said.stdout

"""The script that a bank schedules, taken out of its page and run: each exit status is mailed in words, once.

First with a stand-in for the command, for the days and the words; then with the command itself, which is given wrong
input, an empty form, no room and a sudden death, one night after the other, until the quarter is done.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from harness import clean_environment
from roster_forms import csv_text, person

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


REAL = f"""#!/bin/sh
case "$NIGHT" in
  full) ulimit -f 30; export PYTHONDONTWRITEBYTECODE=1 ;;
  death)
    "{sys.executable}" -m workbench.cli "$@" &
    while [ ! -e "$4/.workbench-run" ]; do sleep 0.02; done
    kill -9 $!
    wait $!
    exit $? ;;
esac
exec "{sys.executable}" -m workbench.cli "$@"
"""
"""The command itself; by night without room for a file of 15 KB (compiled modules of the checkout apart), or ended at
once when it has taken its folder."""
QUARTER = "name: quarter\nas_of: 2000-01-01   # day\ndataset: ../data\nsteps: [import]\ncompare_with: previous\n"


def night(desk: Path, kind: str = "", today: str = "2022-01-05") -> int:
    """The script as cron gives it, with the command itself."""
    more = {"PATH": f"{desk}/bin:{os.environ['PATH']}", "WORKBENCH_DESK": str(desk), "NIGHT": kind}
    environment = clean_environment(desk / "home", desk / "tmp", **more, WORKBENCH_TODAY=today, WORKBENCH_TO="officer")
    done = subprocess.run(["sh", str(desk / "quarter.sh")], env=environment, check=False, capture_output=True)
    assert b"Traceback" not in done.stdout + done.stderr
    return done.returncode


def mailed(desk: Path) -> list[str]:
    """Subjects and texts of the mails so far."""
    text = (desk / "mails").read_text("utf-8") if (desk / "mails").exists() else ""
    return [part for part in re.split(r"(?m)^(?=整村授信)", text) if part]


def test_a_quarter_that_goes_wrong_in_every_way_and_is_done_in_the_end(desk: Path) -> None:
    (desk / "bin" / "workbench").write_text(REAL, "utf-8")
    (desk / "params" / "quarter.yaml").write_text(QUARTER, "utf-8")
    roster, agreements = desk / "data" / "rosters" / "竹溪村.csv", desk / "data" / "agreements.csv"
    roster.parent.mkdir(parents=True)
    out = desk / "outputs" / "2021Q4"
    empty, filled = csv_text([]), csv_text([person()])

    roster.write_text(empty, "utf-8")
    agreements.write_text("单位,协议编号,签订日期,到期日期\n竹溪村,1,2019-07-01,\n", "utf-8")
    assert night(desk) == 2
    assert "参数或文件有误" in mailed(desk)[-1]
    assert "agreements.csv: 提供单位" in mailed(desk)[-1]
    assert not out.exists()

    agreements.write_text("提供单位,协议编号,签订日期,到期日期\n竹溪村,1,2019-07-01,\n", "utf-8")
    assert night(desk) == 3
    assert "outputs/2021Q4/docs/index.html" in mailed(desk)[-1]
    assert (out / "docs" / "index.html").is_file()
    assert not (out / "manifest.json").exists()

    roster.write_text(filled, "utf-8")
    assert night(desk, "full") == 1
    assert "失败（状态 1）" in mailed(desk)[-1]
    assert "make room" in mailed(desk)[-1]
    assert night(desk, "death") == 137
    assert "失败（状态 137）：同一命令可以再次运行" in mailed(desk)[-1]
    assert not (out / "manifest.json").exists()

    assert night(desk) == 0
    assert "2021Q4 已完成" in mailed(desk)[-1]
    assert (out / "manifest.json").is_file()
    assert night(desk) == 0
    assert len(mailed(desk)) == 5
    told = "".join(mailed(desk))
    assert not any(cell in told for cell in (str(person()["身份证"]), "王甲子", "13800000001", "0101"))

    # the next quarter knows the one before by itself
    assert night(desk, today="2022-04-05") == 0
    facts = json.loads((desk / "outputs" / "2022Q1" / "manifest.json").read_text("utf-8"))
    assert (facts["params"]["as_of"], facts["params"]["compare_with"]) == ("2022-03-31", "../outputs/2021Q4")

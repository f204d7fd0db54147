"""The HTTP gateway against a real server on loopback, over TLS, that fails, repeats and times out."""

from __future__ import annotations

import json
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from workbench.errors import InputError, RunFailed
from workbench.notify.deliver import deliver
from workbench.notify.gateway import Message
from workbench.notify.journal import open_journal
from workbench.notify.online import HttpGateway

MESSAGES = [Message(f"{i:016x}", f"1380000{i:04d}", f"额度{i}元") for i in range(6)]


class Platform(ThreadingHTTPServer):
    """A platform that takes each idempotency key once; ``plan`` says what it does with the next requests."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.plan: list[str] = []
        self.requests: list[str] = []
        self.delivered: dict[str, dict[str, Any]] = {}
        self.headers_seen: list[dict[str, str]] = []

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that gave up is no error of the platform."""


class Handler(BaseHTTPRequestHandler):
    server: Platform
    protocol_version = "HTTP/1.1"

    def log_message(self, *args: Any) -> None:
        """Nothing on stderr."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path.endswith("/receipts"):
            known = [{"id": i, "state": "delivered"} for i in body["ids"] if i in self.server.delivered]
            return self.answer(200, {"receipts": [*known, {"id": "stranger", "state": "sent"}]})
        key = self.headers["Idempotency-Key"]
        self.server.requests.append(key)
        self.server.headers_seen.append(dict(self.headers))
        act = self.server.plan.pop(0) if self.server.plan else "ok"
        if act in ("ok", "lost answer", "slow"):
            self.server.delivered.setdefault(key, body)
        if act == "slow":
            time.sleep(0.6)
        if act == "lost answer":
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
            return None
        if act == "not json":
            return self.answer(200, None)
        return self.answer(200 if act in ("ok", "slow") else int(act), {"id": key, "state": "accepted"})

    def answer(self, status: int, body: Any) -> None:
        content = b"<html>" if body is None else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Location", "http://127.0.0.1:1/elsewhere")
        self.end_headers()
        self.wfile.write(content)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("openssl") is None:
        pytest.skip("no openssl to make a certificate with")
    folder = tmp_path_factory.mktemp("tls")
    made = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")]
    names = ["-subj", "/CN=platform", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"]
    kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    subprocess.run(
        ["openssl", "req", "-x509", *kind, *names, *made],
        check=True,
        capture_output=True,
    )
    return folder


@pytest.fixture
def platform(certificate: Path) -> Iterator[Platform]:
    server = Platform()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def gateway(platform: Platform, certificate: Path, **more: Any) -> HttpGateway:
    given: dict[str, Any] = {"ca_file": certificate / "cert.pem", "timeout": 5.0, "wait": 0.0, "token": "t0ken"}
    return HttpGateway(f"https://127.0.0.1:{platform.server_address[1]}/sms", **(given | more))


def test_each_message_goes_once_whatever_the_platform_does(
    platform: Platform, certificate: Path, tmp_path: Path
) -> None:
    platform.plan = ["ok", "503", "lost answer", "ok", "429", "500", "ok"]
    way = gateway(platform, certificate)
    with open_journal(tmp_path / "j") as journal:
        deliver(MESSAGES, journal, way)
        deliver(MESSAGES, journal, way)
        assert {journal.state[m.message_id] for m in MESSAGES} == {"queued"}
    assert [platform.delivered[m.message_id]["to"] for m in MESSAGES] == [m.number for m in MESSAGES]
    assert len(platform.requests) == len(MESSAGES) + 4
    assert platform.headers_seen[0]["Authorization"] == "Bearer t0ken"


def test_a_timeout_is_tried_again_under_the_same_key(platform: Platform, certificate: Path, tmp_path: Path) -> None:
    platform.plan = ["slow", "ok"]
    with open_journal(tmp_path / "j") as journal:
        deliver(MESSAGES[:1], journal, gateway(platform, certificate, timeout=0.2))
    assert platform.requests == [MESSAGES[0].message_id] * 2
    assert len(platform.delivered) == 1


def test_what_was_taken_stays_taken_when_the_platform_goes_down(
    platform: Platform, certificate: Path, tmp_path: Path
) -> None:
    platform.plan = ["ok", "ok", *["503"] * 3]
    way = gateway(platform, certificate, tries=3)
    with open_journal(tmp_path / "j") as journal, pytest.raises(RunFailed, match="answered 503, 3 times"):
        deliver(MESSAGES, journal, way)
    with open_journal(tmp_path / "j") as journal:
        deliver(MESSAGES, journal, way)
    assert sorted(platform.requests) == sorted([m.message_id for m in MESSAGES] + [MESSAGES[2].message_id] * 3)
    assert len(platform.delivered) == len(MESSAGES)


def test_receipts_are_asked_for(platform: Platform, certificate: Path, tmp_path: Path) -> None:
    way = gateway(platform, certificate)
    with open_journal(tmp_path / "j") as journal:
        deliver(MESSAGES[:2], journal, way)
    ids = [m.message_id for m in MESSAGES[:3]]
    assert way.receipts(ids) == {ids[0]: "sent", ids[1]: "sent"}


@pytest.mark.parametrize("act", ["400", "401", "302", "not json"])
def test_other_answers_end_it_in_words_and_are_not_repeated(
    platform: Platform, certificate: Path, tmp_path: Path, act: str
) -> None:
    platform.plan = [act]
    with open_journal(tmp_path / "j") as journal, pytest.raises(RunFailed) as failed:
        deliver(MESSAGES, journal, gateway(platform, certificate))
    assert len(platform.requests) == 1
    assert "1380000" not in str(failed.value)
    assert "t0ken" not in str(failed.value)


def test_a_certificate_that_nobody_vouches_for(platform: Platform, certificate: Path, tmp_path: Path) -> None:
    way = gateway(platform, certificate, ca_file=None)
    with open_journal(tmp_path / "j") as journal, pytest.raises(RunFailed, match="certificate is not trusted"):
        deliver(MESSAGES, journal, way)
    assert platform.requests == []


def test_nobody_there(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    waited: list[float] = []
    way = HttpGateway(f"http://127.0.0.1:{port}/", tries=4, wait=0.5, sleep=waited.append)
    with open_journal(tmp_path / "j") as journal, pytest.raises(RunFailed, match="could not be reached"):
        deliver(MESSAGES, journal, way)
    assert waited == [0.5, 1.0, 2.0]


@pytest.mark.parametrize("url", ["http://example.com/sms", "ftp://127.0.0.1/", "platform", "https:///x"])
def test_addresses_that_are_refused(url: str) -> None:
    with pytest.raises(InputError, match="notice gateway"):
        HttpGateway(url)

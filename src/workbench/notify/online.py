"""Decides how messages leave by HTTP: JSON over TLS, one request a message, tried again under the same key.

Each message is posted by itself with ``Idempotency-Key: <message id>``, so a request that is tried again (after a
failure, a timeout, a crash of ours) is the same message for the platform, which must take a key once.  What is tried
again: no connection, a timeout, 408, 425, 429, 5xx; what is not: any other answer.  Certificates are checked; plain
http is refused but for a loopback address.  Redirects are not followed, proxies are not used.
"""

from __future__ import annotations

import http.client
import ipaddress
import json
import ssl
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from workbench.errors import InputError, RunFailed
from workbench.notify.gateway import Message, Taken
from workbench.notify.journal import FAILED, QUEUED, SENT

AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
LARGEST_ANSWER = 1_000_000
STATES = {"accepted": QUEUED, "queued": QUEUED, "sent": SENT, "delivered": SENT, "failed": FAILED}
ASKED_AT_ONCE = 200


class HttpGateway:
    """The bank's SMS platform by HTTP.

    ``url``: where messages are posted; receipts are asked of ``url/receipts``.  ``token`` goes into the Authorization
    header.  ``wait`` (seconds) doubles from one try to the next.
    """

    def __init__(
        self,
        url: str,
        *,
        token: str | None = None,
        tries: int = 5,
        timeout: float = 10.0,
        wait: float = 0.5,
        ca_file: Path | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("https", "http") or not parts.hostname:
            raise InputError("notice gateway", "is no https address", "write it as https://host/path")
        if parts.scheme == "http" and not _loopback(parts.hostname):
            raise InputError("notice gateway", "would send numbers in clear", "write an https address")
        self.host, self.port, self.path = parts.hostname, parts.port, parts.path.rstrip("/") or "/"
        if ca_file is not None and not ca_file.is_file():
            raise InputError("notice.ca_file", "there is no such file", "give the CA file of the SMS platform (PEM)")
        self.context = (
            ssl.create_default_context(cafile=str(ca_file) if ca_file else None) if parts.scheme == "https" else None
        )
        self.headers = {"Content-Type": "application/json; charset=utf-8"}
        if token:
            self.headers["Authorization"] = f"Bearer {token}"
        self.tries, self.timeout, self.wait, self.sleep = tries, timeout, wait, sleep
        self.place = f"{parts.scheme}://{self.host}"

    def __repr__(self) -> str:
        return f"HttpGateway({self.place})"

    def send(self, batch: str, messages: Sequence[Message], taken: Taken) -> list[Path]:
        """Posts each message; ``RunFailed`` where the platform cannot be reached: what was taken stays taken."""
        for message in messages:
            body = {"id": message.message_id, "batch": batch, "to": message.number, "text": message.text}
            answer = self._ask("POST", self.path, body, key=message.message_id)
            taken(message.message_id, STATES.get(str(answer.get("state", "accepted")), QUEUED))
        return []

    def left(self, batch: str, place: str) -> bool:
        """Never known, and it need not be: the same key goes again, and the platform takes it once."""
        return False

    def receipts(self, ids: Sequence[str]) -> dict[str, str]:
        """States that the platform knows of these messages."""
        out: dict[str, str] = {}
        for start in range(0, len(ids), ASKED_AT_ONCE):
            some = list(ids[start : start + ASKED_AT_ONCE])
            answer = self._ask("POST", f"{self.path.rstrip('/')}/receipts", {"ids": some})
            for receipt in answer.get("receipts", []):
                if isinstance(receipt, dict) and receipt.get("id") in some and receipt.get("state") in STATES:
                    out[str(receipt["id"])] = STATES[str(receipt["state"])]
        return out

    def _ask(self, method: str, path: str, body: dict[str, Any], key: str | None = None) -> dict[str, Any]:
        """One request, tried again while that may help; the answer as an object."""
        headers = self.headers | ({"Idempotency-Key": key} if key else {})
        said = "gave no answer"
        for attempt in range(self.tries):
            if attempt:
                self.sleep(self.wait * 2 ** (attempt - 1))
            try:
                status, content = self._once(method, path, json.dumps(body, ensure_ascii=False).encode(), headers)
            except ssl.SSLCertVerificationError:
                raise RunFailed(
                    "SMS platform: its certificate is not trusted\n    give the bank's CA file; nothing more was sent"
                ) from None
            except (OSError, http.client.HTTPException) as fault:
                said = f"could not be reached ({type(fault).__name__})"
                continue
            if status in AGAIN:
                said = f"answered {status}"
                continue
            return _object(status, content)
        raise RunFailed(
            f"SMS platform: {said}, {self.tries} times\n    give the same command again later: no message goes twice"
        )

    def _once(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        if self.context is not None:
            connection: http.client.HTTPConnection = http.client.HTTPSConnection(
                self.host, self.port, timeout=self.timeout, context=self.context
            )
        else:
            connection = http.client.HTTPConnection(self.host, self.port, timeout=self.timeout)
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            return response.status, response.read(LARGEST_ANSWER)
        finally:
            connection.close()


def _object(status: int, content: bytes) -> dict[str, Any]:
    if not 200 <= status < 300:
        raise RunFailed(
            f"SMS platform: answered {status}\n    ask the platform's keeper; then give the same command again"
        )
    try:
        answer = json.loads(content or b"{}")
    except ValueError:
        raise RunFailed("SMS platform: its answer is no JSON\n    check the address of the gateway") from None
    return answer if isinstance(answer, dict) else {}


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"

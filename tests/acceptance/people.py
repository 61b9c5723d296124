"""The people and the meters of a story: a browser with cookies, a kit that speaks, an operator's shell."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import time
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self
from uuid import uuid4

import httpx2
import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from tests.acceptance.conftest import await_true
from tests.documents.pdf_reading import read_pdf
from tests.documents.qr_reading import read_qr
from tests.storage.workshops import good_lines

if TYPE_CHECKING:
    from types import TracebackType

    from tests.acceptance.conftest import Service

HERE = {"sec-fetch-site": "same-origin", "accept-language": "en"}


class Browser(httpx2.Client):
    """Somebody's phone: it keeps cookies, follows links and sends forms as a browser does."""

    def __init__(self, service: Service) -> None:
        super().__init__(base_url=service.web_url, headers=HERE, timeout=30, follow_redirects=True)

    def open(self, path: str) -> str:
        answer = self.get(path)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text[:200]}"
        return answer.text

    def submit(self, path: str, **form: Any) -> httpx2.Response:
        answer = self.post(path, data=form)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text[-900:]}"
        return answer


@dataclass(frozen=True, slots=True)
class Label:
    """What the two codes on a printed label lead to."""

    maker_path: str
    claim_code: str


def read_labels(sheet: bytes) -> list[Label]:
    """Scan every label of a sheet, as a phone does."""
    urls = [read_qr(code) for page in read_pdf(sheet) for code in page.codes]
    paths = [url.split("/", 3)[3] for url in urls]
    makers = [f"/{path}" for path in paths if path.startswith("l/")]
    claims = [path.split("code=")[1] for path in paths if path.startswith("claim")]
    return [Label(*pair) for pair in zip(makers, claims, strict=True)]


@dataclass(frozen=True, slots=True)
class Handover:
    """What the operator's archive holds."""

    labels: list[Label]
    meters: list[dict[str, str]]
    facilitator_path: str
    passphrase: str

    @classmethod
    def unpacked(cls, content: bytes) -> Handover:
        archive = zipfile.ZipFile(io.BytesIO(content))
        note = archive.read("facilitator.txt").decode()
        link, phrase = re.findall(r":\n(.+)", note)
        return cls(
            labels=read_labels(archive.read("labels.pdf")),
            meters=json.loads(archive.read("meters.json"))["meters"],
            facilitator_path="/" + link.split("/", 3)[3],
            passphrase=phrase.strip(),
        )


class Kit:
    """The program of one kit, on the real broker; it connects when the broker knows its name."""

    def __init__(self, service: Service, serial: str, secret: str) -> None:
        self.serial = serial
        self.n = 0
        self.client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=serial)
        self.client.username_pw_set(serial, secret)
        self.client.reconnect_delay_set(1, 1)
        self.client.connect(*service.address)
        self.client.loop_start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.client.disconnect()
        self.client.loop_stop()

    def say(self, kind: str, **body: Any) -> None:
        await_true(self.client.is_connected)
        payload = json.dumps({"v": 1, "id": self.serial, **body})
        self.client.publish(f"cw/v1/{self.serial}/{kind}", payload, qos=1).wait_for_publish(10)

    def test_itself(self) -> None:
        told = [
            {"k": t.key, "ok": t.ok} | ({} if t.value is None else {"val": t.value})
            for t in good_lines()
        ]
        run = {"fw": "commonwatt-meter 0.1.0", "run": str(uuid4()), "bench": "bench-1"}
        self.say("selftest", **run, tests=told, ok=True)

    def press_button(self) -> None:
        self.say("event", boot=1, up_s=9, code="button")

    def measure(self, register_wh: int, ago_s: int = 0) -> None:
        """A minute's record that ended a while ago."""
        self.n += 1
        ended_s = int(time.time()) - ago_s
        record = {"n": self.n, "t": ended_s, "tq": 2, "up_s": 60 * self.n, "d_s": 60}
        record["e_wh"] = register_wh
        self.say("readings", log="9f3a61c2", boot=1, src="led", r=[record])

    def tell_power(self, power_w: int) -> None:
        topic = f"cw/v1/{self.serial}/live"
        body = json.dumps({"v": 1, "t": int(time.time()), "p_w": power_w})
        self.client.publish(topic, body, qos=1).wait_for_publish(10)


def run_command(service: Service, *words: str) -> str:
    environment = {**os.environ, "COMMONWATT_DATABASE_URL": service.postgres.url}
    command = [sys.executable, "-m", "commonwatt", *words]
    done = subprocess.run(command, env=environment, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout

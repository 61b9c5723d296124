"""Teaches amqtt to obey the same password and ACL files as mosquitto.

The methods are coroutines because amqtt awaits them; nothing in them waits.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from amqtt.contexts import Action
from amqtt.plugins.base import BaseAuthPlugin, BaseTopicPlugin

from commonwatt.servers.credentials import verify_secret

if TYPE_CHECKING:
    from amqtt.contexts import BaseContext
    from amqtt.session import Session

READ = "read"
WRITE = "write"


def covers(rule: str, topic: str) -> bool:
    """Whether every topic that `topic`, itself maybe a filter, stands for is meant by `rule`."""
    wanted, levels = rule.split("/"), topic.split("/")
    for index, level in enumerate(wanted):
        if level == "#":
            return True
        if index >= len(levels) or levels[index] == "#":
            return False
        if level not in {"+", levels[index]}:
            return False
    return len(wanted) == len(levels)


def parse_passwords(text: str) -> dict[str, str]:
    """The hash of each user."""
    lines = (line.partition(":") for line in text.splitlines())
    return {user: hashed for user, colon, hashed in lines if colon}


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the ACL file; without user it is a pattern and speaks of whoever asks."""

    user: str | None
    access: str
    topic: str

    def allows(self, user: str, access: str, topic: str) -> bool:
        if self.access != access or self.user not in {None, user}:
            return False
        return covers(self.topic.replace("%u", user) if self.user is None else self.topic, topic)


def parse_acl(text: str) -> list[Rule]:
    """The lines `user`, `topic` and `pattern` in the form that `render_acl` writes."""
    rules: list[Rule] = []
    user: str | None = None
    for line in text.splitlines():
        word, *rest = line.split()[:3] or [""]
        if word == "user":
            user = rest[0]
        elif word in {"topic", "pattern"}:
            rules.append(Rule(user if word == "topic" else None, rest[0], rest[1]))
    return rules


class Credentials:
    """Both files as they are on disk now."""

    def __init__(self, passwords: Path, acl: Path) -> None:
        self._files = (passwords, acl)
        self._seen: tuple[tuple[int, int], ...] = ()
        self._hashes: dict[str, str] = {}
        self._rules: list[Rule] = []
        self._accepted: set[tuple[str, str]] = set()

    def accept(self, user: str | None, secret: str | None) -> bool:
        """Whether this user and secret are known; remembered until the files change."""
        self._refresh()
        if not user or secret is None or user not in self._hashes:
            return False
        if (user, secret) in self._accepted:
            return True
        known = verify_secret(secret, self._hashes[user])
        if known:
            self._accepted.add((user, secret))
        return known

    def allow(self, user: str, access: str, topic: str) -> bool:
        self._refresh()
        return any(rule.allows(user, access, topic) for rule in self._rules)

    def _refresh(self) -> None:
        status = [path.stat() for path in self._files]
        seen = tuple((entry.st_ino, entry.st_mtime_ns) for entry in status)
        if seen != self._seen:
            passwords, acl = (path.read_text(encoding="utf-8") for path in self._files)
            self._hashes, self._rules = parse_passwords(passwords), parse_acl(acl)
            self._accepted.clear()
            self._seen = seen


@dataclass
class FileNames:
    """What the configuration says to both plugins."""

    passwords: str
    acl: str

    def open(self) -> Credentials:
        return Credentials(Path(self.passwords), Path(self.acl))


class FilePasswords(BaseAuthPlugin):  # type: ignore[misc] # amqtt has no types
    """Lets in who has the right password, its own name as client id and a will it may publish."""

    Config = FileNames

    def __init__(self, context: BaseContext) -> None:
        super().__init__(context)
        self._credentials: Credentials = self.config.open()

    async def authenticate(self, *, session: Session) -> bool:
        user, will = session.username, session.will_topic
        if not self._credentials.accept(user, session.password) or session.client_id != user:
            return False
        return will is None or self._credentials.allow(user, WRITE, will)


class FileTopics(BaseTopicPlugin):  # type: ignore[misc] # amqtt has no types
    """Lets pass what the ACL allows, as long as the password still holds."""

    Config = FileNames

    def __init__(self, context: BaseContext) -> None:
        super().__init__(context)
        self._credentials: Credentials = self.config.open()

    async def topic_filtering(
        self,
        *,
        session: Session | None = None,
        topic: str | None = None,
        action: Action | None = None,
    ) -> bool:
        if session is None or topic is None:
            return False
        user: str = session.username or ""
        if not self._credentials.accept(user, session.password):
            return False
        access = WRITE if action is Action.PUBLISH else READ
        return self._credentials.allow(user, access, topic)

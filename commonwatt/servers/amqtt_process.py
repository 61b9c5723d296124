"""The program that runs amqtt with one of our configurations: `python -m ... CONFIGURATION`.

It is asynchronous because amqtt is.
"""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from amqtt.broker import Broker

from commonwatt.servers.amqtt_plugins import FileNames, FilePasswords

if TYPE_CHECKING:
    from amqtt.session import Session

    from commonwatt.servers.amqtt_plugins import Credentials

_LOOK_AGAIN_S = 1.0


class DiscreetBroker(Broker):  # type: ignore[misc] # amqtt has no types
    """Gives retained messages only to those who subscribed to them.

    amqtt 0.12.1 gives each client that connects the retained messages of all subscriptions.
    """

    async def _publish_retained_messages_for_subscription(
        self, subscription: tuple[str, int], session: Session
    ) -> None:
        holders = self._subscriptions.get(subscription[0], [])
        if any(holder.client_id == session.client_id for holder, _ in holders):
            await super()._publish_retained_messages_for_subscription(subscription, session)

    async def cut_revoked(self, credentials: Credentials) -> None:
        """End the live connection of whoever may no longer speak; amqtt asks at the door alone."""
        while True:
            await asyncio.sleep(_LOOK_AGAIN_S)
            for session, handler in list(self._sessions.values()):
                known = credentials.accept(session.username, session.password)
                if session.transitions.is_connected() and not known:
                    await handler.handle_connection_closed()


async def serve(configuration: dict[str, Any]) -> None:
    """Until SIGTERM."""
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    files = FileNames(**configuration["plugins"][f"{FilePasswords.__module__}.FilePasswords"])
    broker = DiscreetBroker(configuration)
    await broker.start()
    cutting = asyncio.create_task(broker.cut_revoked(files.open()))
    await stopped.wait()
    cutting.cancel()
    await broker.shutdown()


if __name__ == "__main__":
    logging.basicConfig(level=logging.ERROR)
    asyncio.run(serve(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))))

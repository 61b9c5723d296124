"""Ports are found free, and a taken one is named."""

from __future__ import annotations

import socket

import pytest

from commonwatt.errors import PortInUseError
from commonwatt.servers.ports import free_port, is_answered, require_free


def test_free_port_can_be_listened_on() -> None:
    port = free_port()
    require_free(port)
    assert not is_answered(port)
    with socket.create_server(("127.0.0.1", port)):
        assert is_answered(port)


@pytest.mark.parametrize("address", ["127.0.0.1", "0.0.0.0"])
def test_a_taken_port_is_refused_in_one_sentence(address: str) -> None:
    with socket.create_server((address, 0)) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(PortInUseError, match=f"port {port} .*stop it or choose another port$"):
            require_free(port)


def test_a_port_bound_but_not_answering_is_refused() -> None:
    with socket.socket() as owner:
        owner.bind(("127.0.0.1", 0))
        with pytest.raises(PortInUseError):
            require_free(owner.getsockname()[1])

"""Figures are told in Prometheus' format, at their own address and nowhere else."""

from __future__ import annotations

import socket
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from commonwatt.errors import PortInUseError
from commonwatt.operations.exposition import Metric, gauge, render, serve_figures
from commonwatt.servers.ports import LOOPBACK, free_port, is_answered
from tests.operations.scraping import scrape


def test_the_page_is_what_prometheus_reads() -> None:
    """Written by hand from the format's own description."""
    told: dict[tuple[str, ...], float] = {('a"b', "c\\d\ne"): 2.0, ("plain", ""): 0.5}
    metrics = [
        Metric("things_total", "counter", "Things.", told, ("kind", "why")),
        gauge("age_seconds", "Age.", 1e12),
        Metric("nothing", "gauge", "Empty.", {}, ("kind",)),
    ]
    assert render(metrics) == (
        "# HELP things_total Things.\n"
        "# TYPE things_total counter\n"
        'things_total{kind="a\\"b",why="c\\\\d\\ne"} 2.0\n'
        'things_total{kind="plain",why=""} 0.5\n'
        "# HELP age_seconds Age.\n"
        "# TYPE age_seconds gauge\n"
        "age_seconds 1000000000000.0\n"
        "# HELP nothing Empty.\n"
        "# TYPE nothing gauge\n"
    )


def test_figures_are_those_of_the_moment() -> None:
    ages_s = iter((1.0, 2.0))
    port = free_port()
    with serve_figures(LOOPBACK, port, lambda: [gauge("age_seconds", "Age.", next(ages_s))]):
        assert scrape(port) == {("age_seconds", ()): 1.0}
        assert scrape(port) == {("age_seconds", ()): 2.0}
        with pytest.raises(HTTPError, match="404"):
            urlopen(f"http://{LOOPBACK}:{port}/")
    assert not is_answered(port)


def test_who_asks_nothing_holds_nobody_up() -> None:
    port = free_port()
    with (
        serve_figures(LOOPBACK, port, lambda: [gauge("age_seconds", "Age.", 1.0)]),
        socket.create_connection((LOOPBACK, port)),
    ):
        assert scrape(port) == {("age_seconds", ()): 1.0}


def test_a_port_that_is_taken_is_told() -> None:
    with socket.socket() as other:
        other.bind((LOOPBACK, 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(PortInUseError, match=str(port)), serve_figures(LOOPBACK, port, list):
            pass


def test_port_0_tells_nobody() -> None:
    with serve_figures(LOOPBACK, 0, lambda: pytest.fail("nobody asks")):
        pass

"""Asks for figures as Prometheus does, and reads its rules as far as they are simple."""

from __future__ import annotations

import operator
import re
from typing import TYPE_CHECKING
from urllib.request import urlopen

from commonwatt.operations.exposition import render

if TYPE_CHECKING:
    from collections.abc import Iterable

    from commonwatt.operations.exposition import Metric

Figures = dict[tuple[str, tuple[tuple[str, str], ...]], float]
_SAMPLE = re.compile(r"^([a-z_]+)(?:\{(.*)\})? (\S+)$")
_PAIR = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
_RULE = re.compile(r"^([a-z_]+) (==|>|<) (\d+)$")


def read(page: str) -> Figures:
    """Every sample of a page; each has its HELP and TYPE before it."""
    found: Figures = {}
    typed: set[str] = set()
    for line in page.splitlines():
        if line.startswith("#"):
            _, word, name, text = line.split(" ", 3)
            assert (word == "HELP" and text) or (word == "TYPE" and text in {"gauge", "counter"})
            typed |= {name} if word == "TYPE" else set()
            continue
        sample = _SAMPLE.match(line)
        assert sample, line
        assert sample[1] in typed, line
        key = (sample[1], tuple(_PAIR.findall(sample[2] or "")))
        assert key not in found, line
        found[key] = float(sample[3])
    return found


def scrape(port: int) -> Figures:
    with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
        assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
        return read(answer.read().decode())


def shown(metrics: Iterable[Metric]) -> Figures:
    return read(render(metrics))


def names(figures: Figures) -> set[str]:
    return {name for name, _ in figures}


def moved(before: Figures, after: Figures) -> set[str]:
    """The names of the figures that changed; what was not there was 0."""
    keys = before.keys() | after.keys()
    return {key[0] for key in keys if before.get(key, 0.0) != after.get(key, 0.0)}


def fires(expression: str, figures: Figures) -> bool:
    """Whether a rule `name > number`, `name < number` or `name == number` holds for any of its figures."""
    rule = _RULE.match(expression)
    assert rule, expression
    values = [value for (name, _), value in figures.items() if name == rule[1]]
    limit = float(rule[3])
    compare = {"==": operator.eq, ">": operator.gt, "<": operator.lt}[rule[2]]
    return any(compare(value, limit) for value in values)

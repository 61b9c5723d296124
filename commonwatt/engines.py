"""Where a batch of like pieces of work runs: here, on several processes, or on machines that run Dask."""

from __future__ import annotations

from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from commonwatt.errors import SetupError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

Piece = TypeVar("Piece")
Result = TypeVar("Result")

CONNECT_WITHIN_S = 10
MOST_TRIES = 3
"""How often a piece is begun again after a process has died with it."""


class Engine(Protocol):
    """Does a piece of work for each of many things, and answers in their order.

    A piece may be done twice, if the process died that did it: the work must bear that. What is sent
    to it and what it answers must be such as `pickle` takes.
    """

    def run(self, work: Callable[[Piece], Result], pieces: Sequence[Piece]) -> list[Result]:
        """Do all the pieces; an error of one of them is raised."""
        ...


class Serial:
    """One piece after the other, in this process."""

    def run(self, work: Callable[[Piece], Result], pieces: Sequence[Piece]) -> list[Result]:
        return [work(piece) for piece in pieces]


@dataclass(frozen=True, slots=True)
class Processes:
    """On as many processes of this machine; one that dies is replaced, and its pieces begun again."""

    count: int

    def run(self, work: Callable[[Piece], Result], pieces: Sequence[Piece]) -> list[Result]:
        results: dict[int, Result] = {}
        for _ in range(MOST_TRIES):
            left = [number for number in range(len(pieces)) if number not in results]
            if not left:
                break
            results |= self._run_once(work, {number: pieces[number] for number in left})
        if len(results) < len(pieces):
            raise SetupError(f"{len(pieces) - len(results)} pieces of work died {MOST_TRIES} times")
        return [results[number] for number in range(len(pieces))]

    def _run_once(
        self, work: Callable[[Piece], Result], pieces: dict[int, Piece]
    ) -> dict[int, Result]:
        """What was done before a process died, if one did."""
        with ProcessPoolExecutor(self.count, mp_context=get_context("spawn")) as pool:
            begun = {number: pool.submit(work, piece) for number, piece in pieces.items()}
            return {number: each.result() for number, each in begun.items() if not _is_lost(each)}


def _is_lost(begun: Future[Result]) -> bool:
    return isinstance(begun.exception(), BrokenExecutor)


@dataclass(frozen=True, slots=True)
class Dask:
    """On the workers of a Dask scheduler, which begins lost pieces again; they have this package too."""

    address: str

    def run(self, work: Callable[[Piece], Result], pieces: Sequence[Piece]) -> list[Result]:
        with _dask_client(self.address) as client:
            begun = client.map(work, pieces, retries=MOST_TRIES, pure=False)
            return list(client.gather(begun))


@contextmanager
def _dask_client(address: str) -> Iterator[Any]:
    try:
        from distributed import Client  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise SetupError("Dask is not here: pip install commonwatt[dask]") from error
    try:
        client: Any = Client(address, timeout=CONNECT_WITHIN_S)
    except OSError as error:
        raise SetupError(f"no Dask scheduler answers at {address}") from error
    with client:
        yield client


def choose_engine(told: str) -> Engine:
    """`serial`, a number of processes, or the address of a Dask scheduler."""
    if told == "serial":
        return Serial()
    if told.isdigit() and int(told) > 0:
        return Processes(int(told))
    if told.startswith(("tcp://", "tls://")):
        return Dask(told)
    raise SetupError(
        f"an engine is serial, a number of processes, or tcp://host:port of Dask, not {told!r}"
    )

"""The names of what can be made to break."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """What breaks.

    The first four are killed by SIGKILL and start again. HUNG: ingest stops where it stands for
    some seconds. COMBO: PostgreSQL is away, then the broker is killed while messages wait in it.
    POINTS: ingest dies at each named point in turn. OUTAGE: PostgreSQL is away for as many seconds
    as faults were asked for. NETWORK: the line of the meters, or of ingest, to the broker is cut or held for some
    seconds. DISK: the disk of all servers is full for some seconds. BACKLOG: as OUTAGE, with a hundred meters
    that say a reading a second, wait for nothing and repeat nothing. SOAK: the same meters speak for as many
    seconds as were asked for, and every hour ingest or PostgreSQL is killed. PAYLOADS: nothing breaks but messages, as many as were asked for. FLOOD: one meter says as much as its
    line takes. SPOOF: as many meters as were asked for speak for each other.
    """

    INGEST = "ingest"
    POSTGRES = "postgres"
    BROKER = "broker"
    MIXED = "mixed"
    HUNG = "hung"
    COMBO = "combo"
    POINTS = "points"
    OUTAGE = "outage"
    NETWORK = "network"
    DISK = "disk"
    BACKLOG = "backlog"
    SOAK = "soak"
    PAYLOADS = "payloads"
    FLOOD = "flood"
    SPOOF = "spoof"

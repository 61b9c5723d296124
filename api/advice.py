"""For a household and its programs: the rate of the moment, one tip, its alerts, homes like its own."""

from __future__ import annotations

from fastapi import APIRouter

from api.advice_schemas import AdviceOut, RateOut, SimilarOut
from api.deps import Database, Now, Reader
from commonwatt.reports.advice import load_advice
from commonwatt.reports.household import load_live_power
from commonwatt.reports.moment import load_moment
from commonwatt.reports.similar_homes import load_similar

router = APIRouter(prefix="/api/v1/household", tags=["household"])


@router.get("/rate")
def rate(viewer: Reader, connection: Database, now_utc: Now) -> RateOut | None:
    """The rate of now and what is left below the subscribed power; null without a contract."""
    moment = load_moment(connection, viewer, load_live_power(connection, viewer), now_utc)
    return RateOut.model_validate(moment) if moment else None


@router.get("/advice")
def advice(viewer: Reader, connection: Database, now_utc: Now) -> AdviceOut:
    """One thing that is worth doing, what the household chose to be told of, and what it was told."""
    return AdviceOut.model_validate(load_advice(connection, viewer, now_utc))


@router.get("/similar-homes")
def similar_homes(viewer: Reader, connection: Database) -> SimilarOut:
    """Where the home stood among those like it in the last month that was compared."""
    return SimilarOut.model_validate(load_similar(connection, viewer))

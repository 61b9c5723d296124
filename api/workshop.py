"""For makers and facilitators: how far kits are, never what they measure."""

from __future__ import annotations

from fastapi import APIRouter

from api.deps import Reader, Workbench
from api.schemas import BoardOut, JudgedTestOut, KitOut, WorkshopOut
from commonwatt.errors import AccessError
from commonwatt.reports.kit import KitReport, load_own_kit
from commonwatt.reports.workshop import load_board

router = APIRouter(prefix="/api/v1", tags=["workshop"])


@router.get("/kit")
def kit(viewer: Reader, connection: Workbench) -> KitOut:
    """The maker's own kit: stage, steps, self-test, badges."""
    report = load_own_kit(connection, viewer)
    if report is None:
        raise AccessError
    return _kit(report)


@router.get("/workshop")
def workshop(viewer: Reader, connection: Workbench) -> BoardOut:
    """The facilitator's workshop as it hangs on the wall."""
    board = load_board(connection, viewer)
    told = WorkshopOut.model_validate(board.workshop)
    return BoardOut(workshop=told, kits=[_kit(report) for report in board.kits])


def _kit(report: KitReport) -> KitOut:
    return KitOut(
        serial=report.kit.serial,
        number=report.kit.number,
        nickname=report.kit.nickname,
        stage=report.kit.stage,
        steps_done=report.steps_done,
        steps=len(report.steps),
        tests=[JudgedTestOut.model_validate(test) for test in report.tests],
        test_passed=report.test_passed,
        last_seen_utc=report.last_seen_utc,
        badges=sorted(report.badges),
        has_passport=report.has_passport,
        repair=report.ticket.cause if report.ticket else None,
    )

"""Each question about a viewer is answered for its own and refused to everybody else."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from commonwatt.access import (
    Audience,
    Facilitator,
    Guest,
    HouseholdMember,
    Landlord,
    Maker,
    Operator,
    Paused,
    Role,
    Staff,
    Viewer,
    building_of,
    describe,
    member_of,
    meter_of,
    occupancy_of,
    require_operator,
    subject_of,
    viewer_of,
    workshop_of,
)
from commonwatt.errors import AccessError

VIEWERS: dict[str, Viewer | None] = {
    "maker": Maker(1),
    "household": HouseholdMember(2),
    "paused": Paused(3),
    "guest": Guest(4),
    "landlord": Landlord(5),
    "staff": Staff(6, may_change=True),
    "operator": Operator(),
    "facilitator": Facilitator(8),
    "nobody": None,
}
Question = Callable[[Viewer | None], object]
ANSWERS: dict[Question, dict[str, object]] = {
    meter_of: {"maker": 1},
    occupancy_of: {"household": 2, "guest": 4},
    member_of: {"household": 2, "paused": 3},
    building_of: {"landlord": 5},
    workshop_of: {"facilitator": 8},
    require_operator: {"operator": None},
}


@pytest.mark.parametrize("name", VIEWERS)
@pytest.mark.parametrize("question", ANSWERS)
def test_a_question_is_answered_for_its_own_alone(question: Question, name: str) -> None:
    known = ANSWERS[question]
    if name in known:
        assert question(VIEWERS[name]) == known[name]
    else:
        with pytest.raises(AccessError):
            question(VIEWERS[name])


@pytest.mark.parametrize(
    ("name", "subject"),
    [
        ("maker", ("maker", 1)),
        ("household", ("household", 2)),
        ("paused", ("household", 3)),
        ("guest", ("guest", 4)),
        ("landlord", ("landlord", 5)),
        ("staff", ("staff", 6)),
        ("operator", ("operator", 0)),
        ("facilitator", ("facilitator", 8)),
        ("nobody", ("", 0)),
    ],
)
def test_the_database_is_told_who_looks(name: str, subject: tuple[str, int]) -> None:
    assert subject_of(VIEWERS[name]) == subject
    assert describe(VIEWERS[name]) == (f"{subject[0]} {subject[1]}" if subject[0] else "nobody")


@pytest.mark.parametrize("audience", Audience)
def test_a_link_lets_in_whom_it_is_for(audience: Audience) -> None:
    viewer = viewer_of(audience, 7)
    told = {Audience.PAUSED: "household"}.get(audience, audience.value)
    assert subject_of(viewer) == (told, 0 if audience is Audience.OPERATOR else 7)


@pytest.mark.parametrize(
    ("role", "viewer"),
    [
        (Role.LANDLORD_MANAGER, Staff(7, may_change=True)),
        (Role.LANDLORD_READER, Staff(7, may_change=False)),
        (Role.OPERATOR, Operator()),
    ],
)
def test_an_account_lets_in_whom_its_role_is_for(role: Role, viewer: Viewer) -> None:
    assert viewer_of(role, 7) == viewer


def test_an_unknown_audience_lets_nobody_in() -> None:
    with pytest.raises(AccessError):
        viewer_of("burglar", 7)

"""The API's description is kept in the repository and changes on purpose alone."""

from __future__ import annotations

from pathlib import Path

import api
from api.app import describe_api


def test_the_description_is_the_one_that_is_kept() -> None:
    kept = Path(api.__file__).with_name("openapi.json").read_text("utf-8")
    assert describe_api() == kept, "on purpose? then: make openapi"

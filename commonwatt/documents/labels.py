"""The A4 sheet of labels: for each kit what sticks on the meter, and what is kept folded for the home."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal

from commonwatt.documents.typesetting import qr_svg, set_pages

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, slots=True, repr=False)
class Label:
    """One kit; a label printed again has no `password`: it is in the meter and nowhere else."""

    number: int
    serial: str
    maker_url: str
    claim_code: str
    claim_url: str
    password: str | None


@dataclass(frozen=True, slots=True)
class LabelWords:
    """What a label says in the reader's language."""

    heading: str
    scan: str
    number: str
    serial: str
    secret_part: str
    home: str
    claim_code: str
    password: str
    password_kept: str
    warning: str


def label_sheet(
    labels: Sequence[Label],
    words: LabelWords,
    *,
    language: str,
    stamp_s: int,
    form: Literal["pdf", "png"] = "pdf",
) -> list[bytes]:
    """Six labels a page, in the order given."""
    facts = {
        "language": language,
        "words": asdict(words),
        "labels": [_facts(label) for label in labels],
    }
    return set_pages("labels", facts, _pictures(labels), stamp_s=stamp_s, form=form)


def _facts(label: Label) -> Mapping[str, object]:
    return {
        "number": label.number,
        "serial": label.serial,
        "claim_code": label.claim_code,
        "password": label.password,
        "maker_qr": f"maker-{label.number}.svg",
        "home_qr": f"home-{label.number}.svg",
    }


def _pictures(labels: Sequence[Label]) -> dict[str, bytes]:
    makers = {f"maker-{label.number}.svg": qr_svg(label.maker_url) for label in labels}
    homes = {f"home-{label.number}.svg": qr_svg(label.claim_url) for label in labels}
    return makers | homes

"""When an acknowledgement ends, whatever is written on it."""

from datetime import UTC, datetime, timedelta

import pytest

from consumers.alerts.acknowledgements import LONGEST, USUAL, ends_at
from schemas.events import Acknowledgement

MADE = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("ends", "expected"),
    [
        (None, MADE + USUAL),
        (MADE + timedelta(hours=2), MADE + timedelta(hours=2)),
        (MADE + timedelta(days=400), MADE + LONGEST),
    ],
)
def test_it_ends_when_it_says_but_before_its_stream_forgets_it(ends: datetime | None, expected: datetime) -> None:
    assert ends_at(_acknowledgement(MADE, ends)) == expected


def test_one_from_the_end_of_time_has_an_end_too() -> None:
    assert ends_at(_acknowledgement(datetime(9999, 12, 20, tzinfo=UTC))) > MADE


def _acknowledgement(made: datetime, ends: datetime | None = None) -> Acknowledgement:
    return Acknowledgement(id="k", emitted_at=MADE, alert_id="a", acknowledged_at=made, by="desk", ends_at=ends)

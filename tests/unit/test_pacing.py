"""Which fetch responses count as empty."""

from types import SimpleNamespace
from typing import Any

import pytest

from newsriver.kafka.pacing import is_empty

NONE, UNKNOWN_TOPIC = 0, 3


def response(*partitions: tuple[Any, ...]) -> Any:
    return SimpleNamespace(topics=[("news", list(partitions)), ("other", [])])


@pytest.mark.parametrize(
    ("partitions", "empty"),
    [
        pytest.param([], True, id="nothing asked"),
        pytest.param([(0, NONE, 7, 7, None, b""), (1, NONE, 0, 0, [], b"")], True, id="no records"),
        pytest.param([(0, NONE, 7, 7, None, b""), (1, NONE, 0, 0, [], b"batch")], False, id="records in one"),
        pytest.param([(0, UNKNOWN_TOPIC, -1, -1, None, b"")], False, id="an error is to be heard at once"),
        pytest.param([(0, NONE, 7, b"")], True, id="oldest form of the response"),
        pytest.param([(0, NONE, 7, 7, 0, None, -1, b"")], True, id="newest form of the response"),
    ],
)
def test_a_response_is_empty_when_it_has_neither_records_nor_errors(
    partitions: list[tuple[Any, ...]], empty: bool
) -> None:
    assert is_empty(response(*partitions)) is empty

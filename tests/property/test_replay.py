"""A task that dies after any record and is restored from a compacted changelog writes what it would have written."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsriver.testing.kit import START, StageKit
from tests.chaos.ledger import BOOKED, Ledger, Numbered


def _entry(number: int) -> Numbered:
    return Numbered(id=str(number), emitted_at=START, number=number)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 20), max_size=30), st.sets(st.integers(0, 30)))
def test_crashes_change_nothing(numbers: list[int], crashes: set[int]) -> None:
    steady, tried = StageKit(Ledger()), StageKit(Ledger())
    for index, number in enumerate(numbers):
        steady.feed(_entry(number))
        tried.feed(_entry(number))
        if index in crashes:
            tried.restart()
    assert tried.written(BOOKED) == steady.written(BOOKED)


def test_a_transaction_that_fails_leaves_nothing_behind() -> None:
    kit = StageKit(Ledger())
    kit.feed(_entry(1))
    kit.broker.fail_next = True
    with pytest.raises(Exception, match="asked to fail"):
        kit.feed(_entry(2))
    assert [entry.number for entry in kit.written(BOOKED)] == [1]
    kit.restart()
    kit.feed(_entry(3))
    assert [entry.number for entry in kit.written(BOOKED)] == [1, 2, 3]


def test_a_poison_record_becomes_a_dead_letter_and_the_next_one_goes_on() -> None:
    kit = StageKit(Ledger())
    kit.feed_raw(b"bad", b'{"id": "x"}')
    kit.feed(_entry(1))
    assert [entry.number for entry in kit.written(BOOKED)] == [1]
    [letter] = kit.dead_letters
    assert (letter.stage, letter.offset, letter.error) == ("ledger", 0, "DecodeError")

"""What is kept of a record that cannot be processed."""

from newsriver.kafka.deadletters import MAX_KEPT_BYTES, dead_letter
from newsriver.kafka.records import RawRecord
from newsriver.testing.kit import START, StageKit
from schemas.codec import encode
from tests.chaos.ledger import BOOKED, ENTERED, Ledger, Numbered


def test_a_value_that_is_too_large_stays_at_its_origin() -> None:
    record = RawRecord("s", 0, 7, 0, b"k", b"x" * (MAX_KEPT_BYTES + 1))
    letter = dead_letter("ledger", record, ValueError("odd"), START)
    assert letter.value is None
    assert "not copied" in letter.detail


def test_text_without_an_encoding_is_readable_in_the_detail() -> None:
    letter = dead_letter("ledger", RawRecord("s", 0, 7, 0, b"k", b"v"), ValueError("\ud800 is odd"), START)
    assert letter.detail == "\\ud800 is odd"
    assert encode(letter)


def test_headers_without_a_value_harm_neither_a_record_nor_its_dead_letter() -> None:
    kit = StageKit(Ledger())
    stream = ENTERED.full_name(kit.broker.prefix)
    headers = (("traceparent", None), ("who", None))
    kit.broker.publish(stream, b"good", encode(Numbered(id="1", emitted_at=START, number=1)), 0, headers)
    kit.feed_raw(b"bad", b"{not json")
    kit.broker.publish(stream, b"bad", b"{not json", 0, headers)
    kit.feed(Numbered(id="2", emitted_at=START, number=2))
    assert [entry.number for entry in kit.written(BOOKED)] == [1, 2]
    assert [letter.headers for letter in kit.dead_letters] == [{}, {"traceparent": "", "who": ""}]

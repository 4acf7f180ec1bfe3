"""What a log line looks like, whoever writes it, and how many of them a library gets to write."""

import asyncio
import io
import json
import logging
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from newsriver.logs import bound, configure
from newsriver.ratelimit import RateLimit
from newsriver.testing.clock import ManualClock

log = structlog.get_logger("river")


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level
    logging.captureWarnings(False)
    structlog.reset_defaults()


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_is_an_event_name_and_fields() -> None:
    stream = io.StringIO()
    configure(form="json", stream=stream)
    log.info("feed.polled", status=304, feed="über", when=ManualClock().now())
    (line,) = lines(stream)
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "feed.polled", "level": "info", "logger": "river", "status": 304, "feed": "über",
        "when": "2030-01-01T00:00:00Z",
    }  # fmt: skip


def test_what_cannot_be_json_is_written_as_text() -> None:
    stream = io.StringIO()
    configure(form="json", stream=stream)
    log.info("odd", value=ValueError("no"), keys={1: 2})
    assert lines(stream)[0]["value"] == "no"
    assert lines(stream)[0]["keys"] == {"1": 2}
    log.info("odder", text="\ud800", number=2**70)
    assert lines(stream)[1]["text"] == "\ud800"


async def test_context_is_on_every_line_of_its_task_and_on_no_other() -> None:
    stream = io.StringIO()
    configure(form="json", stream=stream)

    async def work(partition: int) -> None:
        with bound(stage="dedup", partition=partition):
            await asyncio.sleep(0)
            log.info("worked")
            logging.getLogger("library").warning("said %s", "something")

    await asyncio.gather(work(1), work(2))
    log.info("after")
    written = lines(stream)
    assert [(line["event"], line.get("partition")) for line in written] == [
        ("worked", 1), ("library", 1), ("worked", 2), ("library", 2), ("after", None),
    ]  # fmt: skip
    assert written[1]["message"] == "said something"
    assert written[1]["logger"] == "library"


def test_an_exception_comes_with_its_traceback() -> None:
    stream = io.StringIO()
    configure(form="json", stream=stream)
    try:
        raise ValueError("broken")
    except ValueError as error:
        log.error("failed", exc_info=error)
        logging.getLogger("library").exception("lost")
    for line in lines(stream):
        assert "ValueError: broken" in line["exception"]
        assert "Traceback" in line["exception"]


def test_lines_below_the_level_are_not_written() -> None:
    stream = io.StringIO()
    configure(level="warning", form="json", stream=stream)
    log.info("quiet")
    logging.getLogger("library").info("quiet")
    log.warning("loud")
    assert [line["event"] for line in lines(stream)] == ["loud"]


@pytest.mark.parametrize(("level", "heard"), [("info", ["loud"]), ("debug", ["quiet", "loud"])])
def test_the_broker_client_is_heard_on_warnings_and_when_somebody_looks_for_a_fault(
    level: str, heard: list[str]
) -> None:
    stream = io.StringIO()
    configure(level=level, form="json", stream=stream)
    client = logging.getLogger("aiokafka.consumer.group_coordinator")
    client.info("quiet")
    client.warning("loud")
    assert [line["message"] for line in lines(stream)] == heard


def test_what_people_look_for_comes_first_in_a_line() -> None:
    stream = io.StringIO()
    configure(form="json", stream=stream)
    with bound(stage="dedup"):
        log.info("worked", records=3)
    assert list(lines(stream)[0])[:3] == ["timestamp", "level", "event"]


def test_warnings_are_lines_too() -> None:
    stream = io.StringIO()
    configure(form="json", stream=stream)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("old-fashioned", DeprecationWarning, stacklevel=1)
    assert "old-fashioned" in lines(stream)[0]["message"]


def test_the_console_form_is_plain_text_where_there_is_no_terminal() -> None:
    stream = io.StringIO()
    configure(form="console", stream=stream)
    log.info("feed.polled", status=304)
    text = stream.getvalue()
    assert "feed.polled" in text
    assert "status=304" in text
    assert "\x1b" not in text


def test_configuring_again_replaces_the_former_output() -> None:
    first, second = io.StringIO(), io.StringIO()
    configure(form="json", stream=first)
    configure(form="json", stream=second)
    log.info("once")
    assert (len(lines(first)), len(lines(second))) == (0, 1)


def test_a_library_that_repeats_itself_is_cut_short_and_counted() -> None:
    stream, clock = io.StringIO(), ManualClock()
    configure(form="json", stream=stream, clock=clock)
    library = logging.getLogger("aiokafka.conn")
    for attempt in range(17_000):
        library.error("Unable connect to node with id %s: %s", attempt % 3, OSError(attempt))
    library.error("Something else")
    for _ in range(20):
        log.info("ours")
    assert sum(line["event"] == "library" for line in lines(stream)) == 6
    assert sum(line["event"] == "ours" for line in lines(stream)) == 20
    clock.advance(61)
    log.info("later")
    summary, later = lines(stream)[-2:]
    assert summary["message"] == "16995 more lines like this one: Unable connect to node with id %s: %s"
    assert later["event"] == "later"


def test_after_its_window_a_kind_may_pass_again() -> None:
    limit: RateLimit[str] = RateLimit(2, 60)
    assert [limit.allow("a", now) for now in (0, 1, 2)] == [True, True, False]
    assert limit.allow("b", 2)
    assert limit.expired(59) == []
    assert limit.expired(60) == [("a", 1)]
    assert [limit.allow("a", now) for now in (60, 61, 62)] == [True, True, False]


def test_a_kind_that_was_never_cut_short_is_not_mentioned() -> None:
    limit: RateLimit[str] = RateLimit(2, 60)
    limit.allow("a", 0)
    assert limit.expired(100) == []


def test_the_memory_of_a_limit_is_bounded() -> None:
    limit: RateLimit[int] = RateLimit(1, 60, max_kinds=10)
    assert all(limit.allow(kind, 0) for kind in range(1000))
    assert not limit.allow(3, 0)

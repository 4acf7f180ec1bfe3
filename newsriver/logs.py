"""Logs: an event name and fields, to stderr, as JSON lines or for people.

    log = structlog.get_logger(__name__)
    log.info("feed.polled", status=304, elapsed_ms=12)

What a unit of work has in common is bound once (`with bound(stage="dedup", partition=3):`) and is on every line written
in it, those of libraries included, whose lines come out in the same form and at a bounded rate.
"""

import json
import logging
import sys
from contextlib import AbstractContextManager
from typing import Any, Literal, TextIO

import orjson
import structlog
from structlog.types import EventDict, Processor

from newsriver.clock import Clock, SystemClock
from newsriver.ratelimit import RateLimit

Format = Literal["auto", "console", "json"]

_LIBRARY_LINES = 5
"""Lines of one kind that a library may write in a minute; a broker's restart of 3 s makes aiokafka write 17,000."""
_LIBRARY_WINDOW_S = 60.0
_TALKATIVE = (
    *("aiohttp.access", "aiokafka.conn", "asyncio", "courlan", "htmldate", "oauthlib", "requests_oauthlib"),
    *("trafilatura", "urllib3"),
)
"""Libraries of which warnings are enough; those that speak to brokers and hosts would write out requests with all their
passwords and tokens."""

_CLIENT = "aiokafka"
"""Tells at info what our own lines say in fewer words: it is heard when somebody looks for a fault, at debug."""
_FIRST = ("timestamp", "level", "event")


def configure(
    level: str = "info", form: Format = "auto", stream: TextIO | None = None, clock: Clock | None = None
) -> None:
    """Set up logging for this process; `auto` is `console` on a terminal and `json` elsewhere."""
    stream = stream or sys.stderr
    terminal = stream.isatty()
    before: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*before, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        cache_logger_on_first_use=False,  # loggers of modules are used before and after this call
    )
    handler = _Handler(stream, clock or SystemClock())
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*before, structlog.stdlib.PositionalArgumentsFormatter(), _library_line],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_last(form, terminal)],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    quiet = max(logging.WARNING, root.level)
    logging.getLogger(_CLIENT).setLevel(quiet if root.level > logging.DEBUG else logging.NOTSET)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(quiet)
    logging.captureWarnings(True)


def bound(**context: Any) -> AbstractContextManager[None]:
    """Put these fields on every line logged in this block, by this task and the tasks it starts."""
    return structlog.contextvars.bound_contextvars(**context)


def _last(form: Format, terminal: bool) -> list[Processor]:
    if form == "console" or (form == "auto" and terminal):
        return [
            structlog.dev.ConsoleRenderer(colors=terminal, exception_formatter=structlog.dev.plain_traceback),
        ]
    return [structlog.processors.format_exc_info, _ordered, structlog.processors.JSONRenderer(serializer=_json)]


def _ordered(_: Any, __: str, event: EventDict) -> EventDict:
    """What people look for first comes first."""
    return {name: event[name] for name in _FIRST if name in event} | dict(event)


def _json(event: EventDict, **_: Any) -> str:
    try:
        return orjson.dumps(event, default=str, option=orjson.OPT_NON_STR_KEYS | orjson.OPT_UTC_Z).decode()
    except TypeError:  # lone surrogates of a page that claims a wrong encoding, integers beyond 64 bits
        return json.dumps({str(name): str(value) for name, value in event.items()})


def _library_line(_: Any, __: str, event: EventDict) -> EventDict:
    """A library's sentence is a field; the event name says that it is one."""
    return {**event, "event": "library", "message": event["event"]}


class _Handler(logging.StreamHandler[TextIO]):
    """Writes lines; of each kind of line that a library writes, only so many a minute, and then how many there were."""

    def __init__(self, stream: TextIO, clock: Clock) -> None:
        super().__init__(stream)
        self._limit: RateLimit[tuple[str, str]] = RateLimit(_LIBRARY_LINES, _LIBRARY_WINDOW_S)
        self._clock = clock

    def emit(self, record: logging.LogRecord) -> None:
        now = self._clock.monotonic()
        for (name, template), count in self._limit.expired(now):
            super().emit(_summary(name, template, count))
        ours = isinstance(record.msg, dict)
        if ours or self._limit.allow((record.name, str(record.msg)), now):
            super().emit(record)


def _summary(name: str, template: str, count: int) -> logging.LogRecord:
    return logging.LogRecord(name, logging.WARNING, "", 0, "%d more lines like this one: %s", (count, template), None)

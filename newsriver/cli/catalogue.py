"""The stages and streams of a river, by name; for commands that build none of them."""

from difflib import get_close_matches
from typing import Any

from newsriver.errors import NotFoundError, UsageError
from newsriver.kafka.admin import StreamSpec, wanted_streams
from newsriver.kafka.names import Names
from newsriver.settings import Settings
from schemas.streams import CATALOGUE, Stream, by_name, dead_letter_stream

STAGES = ("poller", "scraper", "revisions", "dedup", "stories", "topics", "watcher", "bursts", "alerts", "notifier")
SINK = "sink"
ALL = (*STAGES, SINK)


def check_stages(names: list[str]) -> list[str]:
    """The named stages in the order of the river, each once. An unknown one is a UsageError."""
    for name in names:
        if name not in ALL:
            near = get_close_matches(name, ALL, n=1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(ALL)}"
            raise UsageError(f"there is no stage {name}; {hint}")
    return [name for name in ALL if name in names]


def specs(settings: Settings, names: Names) -> list[StreamSpec]:
    """Every stream that a river needs before its rules are known."""
    extra = [dead_letter_stream(SINK)]
    return wanted_streams(names, STAGES, extra, settings.partitions, settings.replication_factor)


def stream_named(text: str, names: Names) -> Stream[Any]:
    """The stream of a short name (`articles`, `topics.summit`) or of its full one. NotFoundError if there is none."""
    stream = known_stream(text, names)
    if stream is None:
        near = get_close_matches(text, [stream.name for stream in CATALOGUE], n=1)
        hint = f"did you mean {near[0]}?" if near else "`newsriver streams list` shows them"
        raise NotFoundError(f"there is no stream {text}; {hint}")
    return stream


def known_stream(text: str, names: Names) -> Stream[Any] | None:
    """As `stream_named`, None if there is none (a changelog, somebody else's)."""
    short = text.removeprefix(f"{names.prefix}.").rpartition(".v")[0] if text.startswith(f"{names.prefix}.") else text
    try:
        stream = by_name(short)
    except KeyError:
        return None
    return stream if text in (short, names.stream(stream)) else None

"""`docs/benchmarks.md`: one section a benchmark, written by the benchmark itself with what it ran on."""

import os
import platform
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "benchmarks.md"


def write_section(title: str, lines: Iterable[str], packages: Sequence[str]) -> None:
    """Put `lines` under the heading `title`, in place of what stood there, and name machine, load and versions.

    What stands above the first heading of level two is the page's own text. Notes that follow a section's line
    `Notes:` are kept, because they are written by people.
    """
    head, sections = _read()
    before = sections.get(title, "")
    notes = before[before.index("\nNotes:") :].rstrip() if "\nNotes:" in before else ""
    body = "\n".join((*lines, "", conditions(packages)))
    sections[title] = f"\n{body}\n{notes}\n" if notes else f"\n{body}\n"
    PAGE.write_text(
        head + "".join(f"## {name}\n{text.rstrip()}\n\n" for name, text in sections.items()).rstrip() + "\n"
    )


def conditions(packages: Sequence[str]) -> str:
    """What a run saw: date, processor, cores, load average of the last minute, versions."""
    versions = ", ".join(f"{package} {version(package)}" for package in packages)
    return (
        f"Seen on {datetime.now(UTC):%Y-%m-%d}: {_processor()}, {len(os.sched_getaffinity(0))} cores shared with other "
        f"work (load {os.getloadavg()[0]:.1f}), Python {platform.python_version()}, {versions}."
    )


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _read() -> tuple[str, dict[str, str]]:
    head, *parts = PAGE.read_text().split("\n## ")
    sections = {}
    for part in parts:
        title, _, text = part.partition("\n")
        sections[title] = text
    return head.rstrip("\n") + "\n\n", sections

"""The whole river on the sample newsroom: what arrives is what was published, on both brokers."""

from pathlib import Path
from typing import Any

import pytest

from newsriver.cli.demonstration import demonstrate
from newsriver.settings import Settings


async def _run(settings: Settings, directory: Path) -> tuple[list[str], list[dict[str, Any]]]:
    written: list[dict[str, Any]] = []
    return await demonstrate(settings, 100, written.append, directory), written


@pytest.mark.embedded
@pytest.mark.timeout(180)
async def test_all_that_the_newsroom_publishes_arrives_as_it_was_published(tmp_path: Path) -> None:
    differences, written = await _run(Settings(), tmp_path)
    assert differences == []
    summary = written[-1]["summary"]
    assert summary["articles"] >= 55
    assert summary["duplicates"] == 5
    assert summary["revisions"] == 2


@pytest.mark.kafka
@pytest.mark.timeout(180)
async def test_the_same_on_apache_kafka(tmp_path: Path, kafka_bootstrap: str) -> None:
    settings = Settings.model_validate({"kafka": {"bootstrap_servers": kafka_bootstrap}})
    differences, _ = await _run(settings, tmp_path)
    assert differences == []

"""A notifier whose process dies in the middle of a delivery."""

import asyncio
import threading
from pathlib import Path

import pytest
from aiohttp import web

from schemas.streams import ALERTS, DELIVERIES
from tests.integration.test_alert_commands import River, notifier, settled, webhook
from tests.notices import notice
from tests.receiver import Hook, Receiver


@pytest.mark.kafka
def test_a_notifier_that_is_killed_while_it_delivers_is_followed_by_one_that_delivers_under_the_same_id(
    kafka_bootstrap: str, unique_prefix: str, tmp_path: Path
) -> None:
    river = River(tmp_path, kafka_bootstrap, unique_prefix)
    asked, died = threading.Event(), threading.Event()

    async def answer(hook: Hook) -> web.Response:
        asked.set()
        while not died.is_set():  # noqa: ASYNC110 - the test's own thread sets it
            await asyncio.sleep(0.05)
        return web.Response(status=204)

    with Receiver(answer) as receiver:
        river.command.environment |= webhook("desk", receiver)
        river.write(ALERTS, notice("n1"))
        with notifier(river) as first:
            assert asked.wait(60)
            first.kill()
        died.set()
        assert river.events(DELIVERIES) == []
        with notifier(river):
            assert settled(river)["deliveries"] == ["desk delivered"]
    assert [hook.headers["webhook-id"] for hook in receiver.got] == ["n1/desk"] * 2
    assert [delivery.outcome for delivery in river.events(DELIVERIES)] == ["delivered"]

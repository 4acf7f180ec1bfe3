"""Parts of the process that are no stages."""

import asyncio
from contextlib import suppress

from newsriver.broker import EmbeddedBroker
from newsriver.health import Health


class BrokerService:
    """Watches the embedded broker: without it nothing can go on, so its end is the end of the river."""

    name = "broker"

    def __init__(self, broker: EmbeddedBroker, health: Health | None = None) -> None:
        self._broker = broker
        self._health = health
        if health is not None:
            health.report(self.name, True, f"embedded, at {broker.bootstrap_servers}")

    async def run(self, stop: asyncio.Event) -> None:
        watching, stopping = asyncio.create_task(self._broker.watch()), asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({watching, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if watching.done():
                watching.result()
        except Exception as error:
            if self._health is not None:
                self._health.failed(self.name, str(error))
            raise
        finally:
            for task in (watching, stopping):
                task.cancel()
                with suppress(asyncio.CancelledError, Exception):
                    await task

"""The console channel: notices as lines for whoever watches the process."""

from collections.abc import Callable

from consumers.alerts.channels import wording
from consumers.alerts.channels.message import Message


class ConsoleChannel:
    """Hands each notice, as one line of text, to `write`."""

    address = "console"

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write

    async def send(self, message: Message) -> str:
        """Write the lines. Never fails unless writing does."""
        for notice in message.notices:
            self._write(wording.line(notice))
        if message.omitted:
            self._write(f"ALERT and {message.omitted} more notices of {message.notices[0].title}")
        return "written"

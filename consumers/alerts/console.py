"""The console channel: an alert as a line for whoever watches the process."""

from collections.abc import Callable

from schemas.events import AlertRaised


class ConsoleChannel:
    """Hands each alert, as one line of text, to `write`."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write

    async def send(self, alert: AlertRaised, idempotency_key: str) -> str:
        """Write the line. Never fails unless writing does."""
        self._write(alert_line(alert))
        return "written"


def alert_line(alert: AlertRaised) -> str:
    """`ALERT warning Sanctions: Parliament backs fuel embargo (nordhavn-courier.example, en) https://…`."""
    return f"ALERT {alert.severity} {alert.title}: {alert.summary} ({alert.source}, {alert.language}) {alert.url}"

"""Mail and chat through Apprise, which knows more than a hundred services by their URLs.

Apprise blocks, so it has threads of its own; it says whether a service took a message, but not, in words fit to be
shown, why not.
"""

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from apprise import Apprise, AppriseAsset, NotifyFormat, NotifyType

from consumers.alerts.channels import wording
from consumers.alerts.channels.message import DeliveryError, Message
from schemas.identity import stable_id

MAX_THREADS = 4
_TYPES = {"info": NotifyType.INFO, "warning": NotifyType.WARNING, "critical": NotifyType.FAILURE}


class UnknownServiceError(ValueError):
    """A URL that Apprise cannot use; the message does not name it."""


class AppriseChannel:
    """One Apprise URL. Close it when it is not needed any more."""

    def __init__(self, url: str, *, timeout: timedelta) -> None:
        logging.getLogger("apprise").disabled = True  # its lines name URLs with the passwords in them
        self._url = url
        self._timeout_s = timeout.total_seconds()
        self._apprise = Apprise(asset=AppriseAsset(async_mode=False, app_id="newsriver", app_desc="News alerts"))
        if not self._apprise.add(url):
            raise UnknownServiceError("not a URL that Apprise can use; its documentation has one for each service")
        self._service = str(self._apprise[0].service_name)
        # Apprise makes most services a pause between two messages: no time in which one could have been taken.
        self._pause_s = float(self._apprise[0].request_rate_per_sec)
        self._rested_at = 0.0
        self._turn = asyncio.Lock()
        self._threads = ThreadPoolExecutor(MAX_THREADS, "apprise")

    @property
    def address(self) -> str:
        return stable_id("apprise", self._url)

    async def send(self, message: Message) -> str:
        """Hand the message over as plain text. Raises DeliveryError; it may arrive in spite of one, if time was up."""
        try:
            async with self._turn:
                taken = await self._send(message)
        except TimeoutError:
            detail = f"{self._service} did not answer within {self._timeout_s:g} s"
            raise DeliveryError(detail, unanswered=True) from None
        except Exception as error:  # noqa: BLE001 - of a hundred plugins, each may fail in a way of its own
            raise DeliveryError(f"{self._service} failed: {type(error).__name__}") from None
        if not taken:
            raise DeliveryError(f"{self._service} did not take it")
        return f"{self._service} took it"

    async def _send(self, message: Message) -> bool:
        loop = asyncio.get_running_loop()
        pause = max(0.0, self._rested_at - loop.time())
        try:
            async with asyncio.timeout(pause + self._timeout_s):
                return await loop.run_in_executor(self._threads, self._notify, message)
        finally:
            self._rested_at = loop.time() + self._pause_s

    def _notify(self, message: Message) -> bool:
        kind = _TYPES.get(message.notices[0].severity, NotifyType.INFO)
        title, body = wording.subject(message), wording.text(message)
        return bool(self._apprise.notify(body, title, kind, body_format=NotifyFormat.TEXT))

    def close(self) -> None:
        """Take no more messages; one that is under way is not waited for."""
        self._threads.shutdown(wait=False, cancel_futures=True)

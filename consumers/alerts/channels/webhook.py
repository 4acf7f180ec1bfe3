"""Webhooks as Standard Webhooks describes them: signed POSTs of JSON, https://www.standardwebhooks.com.

An operator names the URL, but what its host's name stands for may change, so connections are guarded as in fetching.
Redirects are not followed and of the answer nothing but the head is read.
"""

import os
from collections.abc import Sequence
from datetime import timedelta
from math import floor
from types import TracebackType
from typing import Any, Self

import aiohttp
from aiohttp import ClientSession, ClientTimeout, DummyCookieJar, TCPConnector
from standardwebhooks.webhooks import Webhook

from consumers.alerts.channels.message import DeliveryError, Message
from newsriver.clock import Clock
from newsriver.net.addresses import Network, RefusedAddressError, causes, guarded_socket
from newsriver.net.fields import retry_after
from schemas.codec import encode
from schemas.identity import stable_id

CONNECT_SECONDS = 10
_ASKS_FOR_TIME = frozenset((429, 503))


class WebhookChannel:
    """One endpoint, an async context manager. Several `secrets` make several signatures, so they can be changed."""

    def __init__(
        self, url: str, secrets: Sequence[str], clock: Clock, *, user_agent: str, timeout: timedelta,
        allowed_networks: Sequence[Network] = (),
    ) -> None:  # fmt: skip
        self._url = url
        self._signers = [Webhook(secret) for secret in secrets]
        self._clock = clock
        self._user_agent = user_agent
        self._timeout = timeout
        self._allowed = tuple(allowed_networks)
        self._session: ClientSession | None = None

    @property
    def address(self) -> str:
        return stable_id("webhook", self._url)

    async def __aenter__(self) -> Self:
        seconds = self._timeout.total_seconds()
        self._session = ClientSession(
            connector=TCPConnector(ttl_dns_cache=60, socket_factory=guarded_socket(self._allowed)),
            cookie_jar=DummyCookieJar(),
            trust_env=False,
            auto_decompress=False,
            timeout=ClientTimeout(total=seconds, sock_connect=min(seconds, CONNECT_SECONDS)),
            headers={"User-Agent": self._user_agent},
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def send(self, message: Message) -> str:
        """POST the message. Raises DeliveryError unless the answer is a 2xx."""
        if self._session is None:
            raise RuntimeError("the channel is not open")
        body = encode(payload(message))
        try:
            async with self._session.post(
                self._url, data=body, headers=self._headers(message.key, body), allow_redirects=False
            ) as response:
                status = response.status
                headers = {name.lower(): value for name, value in response.headers.items()}
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise self._translated(error) from None  # the cause's text may name the URL
        if 200 <= status < 300:
            return f"HTTP {status}"
        detail = f"HTTP {status}; redirects are not followed" if 300 <= status < 400 else f"HTTP {status}"
        asked = retry_after(headers, self._clock.now()) if status in _ASKS_FOR_TIME else None
        raise DeliveryError(detail, gone=status == 410, retry_after=asked)

    def _headers(self, key: str, body: bytes) -> dict[str, str]:
        now = self._clock.now()
        return {
            "content-type": "application/json",
            "webhook-id": key,
            "webhook-timestamp": str(floor(now.timestamp())),
            "webhook-signature": " ".join(signer.sign(key, now, body.decode()) for signer in self._signers),
        }

    def _translated(self, error: BaseException) -> DeliveryError:
        for cause in causes(error):
            if isinstance(cause, RefusedAddressError):
                return DeliveryError(f"not sent: {cause}; the channel's allow_networks may allow it", final=True)
            if isinstance(cause, aiohttp.ClientConnectorDNSError):
                return DeliveryError("the host's name could not be resolved")
        match error:
            case TimeoutError():
                return DeliveryError(f"no answer within {self._timeout.total_seconds():g} s", unanswered=True)
            case aiohttp.ClientSSLError():
                return DeliveryError("TLS failed: the host's certificate or protocol is not accepted")
            case OSError(errno=int(number)):  # the system's word for it, for asyncio's names the address
                return DeliveryError(f"no connection: {os.strerror(number)}")
            case _:
                return DeliveryError(f"no answer that is HTTP: {type(error).__name__}")


def payload(message: Message) -> dict[str, Any]:
    """The body as a value: `data` is the AlertRaised event, of a digest a list of them and what they have in common."""
    return {"type": message.type, "timestamp": message.occurred_at, "data": _data(message)}


def _data(message: Message) -> Any:
    first = message.notices[0]
    if not message.digest:
        return first
    return {
        "rule_id": first.rule_id,
        "severity": first.severity,
        "title": first.title,
        "deliver_at": first.deliver_at,
        "count": len(message.notices) + message.omitted,
        "omitted": message.omitted,
        "notices": message.notices,
    }

"""Requests to the byte: aiohttp writes header values as UTF-8, which does not hold every value that it may read."""

import asyncio
from typing import cast

from aiohttp import ClientRequest, ClientResponse
from aiohttp.connector import Connection


class ByteRequest(ClientRequest):
    """A request without a body, whose header values are sent with one byte a character."""

    async def send(self, conn: Connection) -> ClientResponse:
        protocol = conn.protocol
        transport = None if protocol is None else protocol.transport
        if protocol is None or transport is None or all(value.isascii() for value in self.headers.values()):
            return await super().send(conn)
        protocol.transport = cast(asyncio.Transport, _ByteWriter(transport))
        try:
            return await super().send(conn)
        finally:
            protocol.transport = transport


class _ByteWriter:
    """What aiohttp writes the head of a request to: makes bytes of its UTF-8 again."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self.is_closing = transport.is_closing

    def write(self, head: bytes) -> None:
        self._transport.write(head.decode().encode("latin-1", "replace"))

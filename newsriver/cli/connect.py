"""The broker of a command: the one that is configured, the embedded one of a running river, or one for this command."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from newsriver.broker import EmbeddedBroker, running_at
from newsriver.broker.embedded import STOP_SECONDS
from newsriver.errors import NewsriverError, NotFoundError
from newsriver.kafka.clients import Clients, Connection
from newsriver.kafka.names import Names
from newsriver.settings import KafkaSettings, Settings
from newsriver.tls import client_context


class UnreachableError(NewsriverError):
    """The broker does not answer, or does not let us in."""


@dataclass(frozen=True, slots=True)
class Access:
    """A broker that answered, and what things are called on it. `started` is the embedded one of this process."""

    clients: Clients
    names: Names
    bootstrap_servers: str
    started: EmbeddedBroker | None = None


@asynccontextmanager
async def connected(
    settings: Settings, *, start: bool, alone: bool = False, stop_s: float = STOP_SECONDS
) -> AsyncIterator[Access]:
    """Access to the river's broker. With `start`, the embedded one is run for as long as this block if none runs.

    `alone` is for running stages: the embedded broker serves one river, so that of another one is refused. `stop_s` is
    what the embedded one may take to save and end.
    """
    embedded = settings.kafka.bootstrap_servers is None
    servers = settings.kafka.bootstrap_servers
    if servers is None and not alone:
        servers = running_at(settings.broker_dir)
    broker = None
    if servers is None:
        if not start:
            raise NotFoundError(
                f"no river is running in {settings.data_dir} and no broker is configured: start `newsriver up` first, "
                "or set NEWSRIVER_KAFKA__BOOTSTRAP_SERVERS"
            )
        broker = EmbeddedBroker(settings.broker_dir)
        servers = await broker.start()
    try:
        clients = Clients(connection(settings.kafka, servers, embedded=embedded))
        await _reach(clients, servers)
        yield Access(clients, Names(settings.app, settings.stream_prefix), servers, broker)
    finally:
        if broker is not None:
            await broker.stop(stop_s)


def connection(kafka: KafkaSettings, bootstrap_servers: str, *, embedded: bool) -> Connection:
    """How to reach the broker at `bootstrap_servers`; the embedded one wants neither password nor certificate."""
    if embedded:
        return Connection(bootstrap_servers, kafka.client_id, fresh_producer_ids=True)
    secure = "SSL" in kafka.security_protocol
    return Connection(
        bootstrap_servers,
        kafka.client_id,
        security_protocol=kafka.security_protocol,
        sasl_mechanism=kafka.sasl_mechanism,
        sasl_username=kafka.sasl_username,
        sasl_password=None if kafka.sasl_password is None else kafka.sasl_password.get_secret_value(),
        ssl_context=client_context(
            kafka.ssl_ca_file, kafka.ssl_cert_file, kafka.ssl_key_file, verify=kafka.ssl_verify
        ) if secure else None,
    )  # fmt: skip


async def _reach(clients: Clients, servers: str) -> None:
    reason = await clients.refusal()
    if reason is not None:
        raise UnreachableError(
            f"cannot use the broker at {servers}: {str(reason) or type(reason).__name__}; "
            "see kafka in `newsriver config show`"
        )

"""What can be set, and where from: the environment, files with secrets, newsriver.toml. Nothing else reads these.

A value is looked for in this order: `NEWSRIVER_KAFKA__BOOTSTRAP_SERVERS` in the environment, for secrets the file that
`NEWSRIVER_KAFKA__SASL_PASSWORD_FILE` names, the TOML file (`[kafka]` `bootstrap_servers = …`), the default.
"""

import os
import re
from base64 import b64decode
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from newsriver.settings_sources import (
    CONFIG_VARIABLE,
    SettingsError,
    environment_layer,
    file_layer,
    merged,
    secrets_layer,
)
from newsriver.version import version
from schemas.streams import PARTITIONS

CONFIG_FILE = Path("newsriver.toml")


def _text(pattern: str, wanted: str) -> AfterValidator:
    """Text of a form; what does not have it is refused with what is wanted, in words."""

    def check(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise ValueError(f"not {wanted}")
        return value

    return AfterValidator(check)


KafkaName = Annotated[str, _text(r"[A-Za-z0-9._-]{1,100}", "a name of 1 to 100 letters, digits, dots, _ and -")]
_HOST = r"(\[[0-9A-Fa-f:.]+\]|[^\s,:\[\]]+)(:[0-9]{1,5})?"
Servers = Annotated[str, _text(rf"{_HOST}(,{_HOST})*", "host:port, or several as in host:port,host:port")]
Seconds = Annotated[float, Field(gt=0)]
Port = Annotated[int, Field(ge=0, le=65535)]


def _split(value: Any) -> Any:
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


Delays = Annotated[tuple[Seconds, ...], NoDecode, BeforeValidator(_split)]
"""Seconds: an array in the file, with commas between them in the environment."""
Networks = Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode, BeforeValidator(_split)]
"""Networks as in `10.0.0.0/8`: an array in the file, with commas between them in the environment."""
ChannelName = Annotated[
    str,
    _text(r"(?=.{1,50}$)[a-z0-9]+([_-][a-z0-9]+)*", "a name of 1 to 50 small letters and digits, with _ or - between"),
]
CONSOLE = "console"
"""The channel that always exists: a line of the notifier's output."""


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class KafkaSettings(_Section):
    """Where the broker is. Without `bootstrap_servers`, `newsriver up` starts the embedded one."""

    bootstrap_servers: Servers | None = None
    """Brokers to ask first, as `host:port,host:port`; without any, `newsriver up` starts the embedded broker."""
    client_id: str = "newsriver"
    """How the broker's logs and quotas name this process."""
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    """`PLAINTEXT`, `SSL`, `SASL_PLAINTEXT` or `SASL_SSL`."""
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "PLAIN"
    """`PLAIN`, `SCRAM-SHA-256` or `SCRAM-SHA-512`."""
    sasl_username: str | None = None
    """Who logs in; needed with SASL."""
    sasl_password: SecretStr | None = None
    """The password to that; needed with SASL."""
    ssl_ca_file: Path | None = None
    """Certificates (PEM) of whoever signed the broker's; those of the system unless set."""
    ssl_cert_file: Path | None = None
    """The client's own certificate (PEM), where the broker asks for one."""
    ssl_key_file: Path | None = None
    """The key to that, unless it is in the same file."""
    ssl_verify: bool = True
    """Whether the broker's certificate and host name are checked."""

    @model_validator(mode="after")
    def _fits_together(self) -> "KafkaSettings":
        if self.security_protocol.startswith("SASL") and (self.sasl_username is None or self.sasl_password is None):
            raise ValueError(f"security_protocol {self.security_protocol} needs sasl_username and sasl_password")
        if not self.security_protocol.startswith("SASL") and self.sasl_username is not None:
            raise ValueError("sasl_username is set, but security_protocol is neither SASL_PLAINTEXT nor SASL_SSL")
        if self.ssl_key_file is not None and self.ssl_cert_file is None:
            raise ValueError("ssl_key_file is set without ssl_cert_file")
        return self


class LogSettings(_Section):
    """What is logged to stderr, and how; `auto` is `console` on a terminal and `json` elsewhere."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    """The least that is logged: `debug`, `info`, `warning` or `error`; by commands that end, errors or `debug`."""
    format: Literal["auto", "console", "json"] = "auto"
    """`console` for people, `json` for programs, `auto`: as stderr is a terminal or not."""


class HttpSettings(_Section):
    """Where /livez, /readyz and /metrics are served; port 0 turns them off."""

    host: str = "127.0.0.1"
    """The address to listen at; `0.0.0.0` in a container."""
    port: Port = 9464
    """The port; each process on a machine needs its own, 0 is none."""


class FetchSettings(_Section):
    """How feeds and pages are fetched. Addresses that are not public are refused, except those in `allow_networks`."""

    user_agent: str = Field(default_factory=lambda: f"newsriver/{version()}")
    """Who asks, as sites and their robots.txt see it."""
    contact: str | None = None
    """An address for webmasters to turn to, sent along with it."""
    allow_networks: Networks = ()
    """Networks that are not public and may be fetched from all the same, as `10.0.0.0/8,fd00::/8`."""
    concurrency: Annotated[int, Field(ge=1)] = 32
    """Fetches at once, of all sites, in each of poller and scraper."""
    connect_timeout_s: Seconds = 10
    """How long to wait for a connection."""
    read_timeout_s: Seconds = 20
    """How long to wait for the next bytes."""
    total_timeout_s: Seconds = 60
    """How long a fetch may take, redirects included."""
    max_bytes: Annotated[int, Field(ge=1024)] = 20 * 1024 * 1024
    """The largest document that is read, unpacked."""
    host_delay_s: Annotated[float, Field(ge=0)] = 1
    """The least time between two requests to a site."""
    netrc_file: Path | None = None
    """User names and passwords of hosts (`machine HOST login USER password WORD`); an address never holds them."""

    @property
    def agent(self) -> str:
        """The User-Agent header: who asks, and whom to turn to about it."""
        return self.user_agent if self.contact is None else f"{self.user_agent} (+{self.contact})"


class PollSettings(_Section):
    """The bounds of a feed's interval."""

    min_interval_s: Seconds = 300
    """The least time between two polls of a feed."""
    max_interval_s: Seconds = 86_400
    """The most, while the feed works."""

    @model_validator(mode="after")
    def _ordered(self) -> "PollSettings":
        if self.min_interval_s > self.max_interval_s:
            raise ValueError("min_interval_s is greater than max_interval_s")
        return self


class ScrapeSettings(_Section):
    """When a page is looked at again for corrections, each time counted from the visit before."""

    recheck_s: Delays = (900, 3600, 21_600, 86_400)
    """When a page is looked at again for corrections, each time counted from the visit before: `900,3600`."""


class TopicsSettings(_Section):
    """A word model, learnt with `newsriver rules train`, that has to confirm the topics that rules find."""

    word_model: Path | None = None
    """A file written by `newsriver rules train`."""


class SinkSettings(_Section):
    """Where articles are stored to be searched; `<data_dir>/news.sqlite` unless set."""

    sqlite_path: Path | None = None
    """The file of the database; `<data_dir>/news.sqlite` unless set."""


class ChannelSettings(_Section):
    """A way to reach somebody with alerts; `url` is where to. It may hold passwords and tokens, so it is a secret.

    A webhook is signed with `secret`, `whsec_` and base64; while receivers change theirs there may be several, with
    spaces between. It goes to public addresses, and to those in `allow_networks`. `apprise` takes the URLs that Apprise
    knows, of mail and chat.
    """

    type: Literal["webhook", "apprise"]
    """`webhook` or `apprise`."""
    url: SecretStr
    """Where to: of http or https for a webhook, else what Apprise knows of mail and chat."""
    secret: SecretStr | None = None
    """What a webhook is signed with, `whsec_` and base64; several with spaces between."""
    timeout_s: Seconds = 15
    """How long the receiver may take to answer."""
    allow_networks: Networks = ()
    """Networks that are not public and that this webhook may go to, as `10.0.0.0/8`."""

    @property
    def secrets(self) -> tuple[str, ...]:
        """The secrets that a webhook is signed with, the one to be kept first."""
        return () if self.secret is None else tuple(self.secret.get_secret_value().split())

    @model_validator(mode="after")
    def _fits_together(self) -> "ChannelSettings":
        if self.type == "apprise":
            if self.secret is not None or self.allow_networks:
                raise ValueError("secret and allow_networks are for webhooks; the type is apprise")
            return self
        try:
            parts = urlsplit(self.url.get_secret_value())
            usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        except ValueError:
            usable = False
        if not usable:
            raise ValueError("url: not an http(s) URL")
        if not self.secrets:
            raise ValueError("secret: a webhook needs one to be signed with, whsec_ and base64")
        if not all(map(_is_webhook_secret, self.secrets)):
            raise ValueError("secret: not whsec_ and the base64 of 24 to 64 bytes")
        return self


def _is_webhook_secret(text: str) -> bool:
    try:
        return text.startswith("whsec_") and 24 <= len(b64decode(text.removeprefix("whsec_"), validate=True)) <= 64
    except ValueError:
        return False


class Settings(BaseSettings):
    """All settings. Building one by hand reads nothing; `load` reads the sources."""

    model_config = SettingsConfigDict(
        frozen=True, extra="forbid", use_attribute_docstrings=True,
        env_prefix="NEWSRIVER_", env_nested_delimiter="__", env_ignore_empty=True,
    )  # fmt: skip

    app: KafkaName = "newsriver"
    """The name of this river: what its groups, transactions and changelogs begin with. Never change it in operation."""
    stream_prefix: KafkaName = "news"
    """What the names of streams begin with: `news` in `news.articles.v1`."""
    data_dir: Path = Path(".newsriver")
    """Where the embedded broker and, unless told otherwise, the SQLite sink keep their files."""
    partitions: Annotated[int, Field(ge=1)] = PARTITIONS
    """Partitions of each stream, so the most processes that can share a stage; fixed when the streams are created."""
    replication_factor: Annotated[int, Field(ge=1)] = 1
    """On how many brokers a stream is kept; read when it is created. 3 on a cluster of three or more."""
    shutdown_s: Seconds = 15
    """How long stages may take to finish what is under way when the process is asked to stop."""
    kafka: KafkaSettings = KafkaSettings()
    log: LogSettings = LogSettings()
    http: HttpSettings = HttpSettings()
    fetch: FetchSettings = FetchSettings()
    poll: PollSettings = PollSettings()
    scrape: ScrapeSettings = ScrapeSettings()
    topics: TopicsSettings = TopicsSettings()
    sink: SinkSettings = SinkSettings()
    channels: dict[ChannelName, ChannelSettings] = {}

    @field_validator("channels")
    @classmethod
    def _leaves_the_console(cls, value: dict[str, ChannelSettings]) -> dict[str, ChannelSettings]:
        if CONSOLE in value:
            raise ValueError(f"{CONSOLE} is there of itself; give the channel another name")
        return value

    @property
    def channel_names(self) -> tuple[str, ...]:
        """What alert rules may name."""
        return (CONSOLE, *self.channels)

    @property
    def sqlite_path(self) -> Path:
        """The database of the SQLite sink."""
        return self.sink.sqlite_path or self.data_dir / "news.sqlite"

    @property
    def broker_dir(self) -> Path:
        """Where the embedded broker keeps its log."""
        return self.data_dir / "broker"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)


def load(config: Path | None = None) -> Settings:
    """The settings in force; `config` names the TOML file (else NEWSRIVER_CONFIG does, else ./newsriver.toml)."""
    return load_with_origins(config)[0]


def load_with_origins(config: Path | None = None) -> tuple[Settings, dict[str, str]]:
    """The settings in force, and for each of their dotted paths the place its value was read from."""
    layers = (
        file_layer(Settings, _config_file(config)),
        secrets_layer(Settings, os.environ),
        environment_layer(Settings, os.environ),
    )
    return merged(Settings, layers)


def _config_file(named: Path | None) -> Path | None:
    if named is None and os.environ.get(CONFIG_VARIABLE):
        named = Path(os.environ[CONFIG_VARIABLE])
    if named is None:
        return CONFIG_FILE if CONFIG_FILE.is_file() else None
    if not named.is_file():
        raise SettingsError(f"the configuration file {named} does not exist")
    return named

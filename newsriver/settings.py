"""What can be set, and where from: the environment, files with secrets, newsriver.toml. Nothing else reads these.

A value is looked for in this order: `NEWSRIVER_KAFKA__BOOTSTRAP_SERVERS` in the environment, for secrets the file that
`NEWSRIVER_KAFKA__SASL_PASSWORD_FILE` names, the TOML file (`[kafka]` `bootstrap_servers = …`), the default.
"""

import os
from base64 import b64decode
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
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
KafkaName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,100}$")]
_HOST = r"(\[[0-9A-Fa-f:.]+\]|[^\s,:\[\]]+)(:[0-9]{1,5})?"
Servers = Annotated[str, StringConstraints(pattern=rf"^{_HOST}(,{_HOST})*$")]
"""`host:port`, several with commas between."""
Seconds = Annotated[float, Field(gt=0)]
Port = Annotated[int, Field(ge=0, le=65535)]


def _split(value: Any) -> Any:
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


Networks = Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode, BeforeValidator(_split)]
"""Networks as in `10.0.0.0/8`: an array in the file, with commas between them in the environment."""
ChannelName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+([_-][a-z0-9]+)*$", max_length=50)]
CONSOLE = "console"
"""The channel that always exists: a line of the notifier's output."""


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class KafkaSettings(_Section):
    """Where the broker is. Without `bootstrap_servers`, `newsriver up` starts the embedded one."""

    bootstrap_servers: Servers | None = None
    client_id: str = "newsriver"
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "PLAIN"
    sasl_username: str | None = None
    sasl_password: SecretStr | None = None
    ssl_ca_file: Path | None = None
    ssl_cert_file: Path | None = None
    ssl_key_file: Path | None = None
    ssl_verify: bool = True

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
    format: Literal["auto", "console", "json"] = "auto"


class HttpSettings(_Section):
    """Where /livez, /readyz and /metrics are served; port 0 turns them off."""

    host: str = "127.0.0.1"
    port: Port = 9464


class FetchSettings(_Section):
    """How feeds and pages are fetched. Addresses that are not public are refused, except those in `allow_networks`."""

    user_agent: str = Field(default_factory=lambda: f"newsriver/{version()}")
    contact: str | None = None
    allow_networks: Networks = ()
    concurrency: Annotated[int, Field(ge=1)] = 32
    connect_timeout_s: Seconds = 10
    read_timeout_s: Seconds = 20
    total_timeout_s: Seconds = 60
    max_bytes: Annotated[int, Field(ge=1024)] = 20 * 1024 * 1024
    host_delay_s: Annotated[float, Field(ge=0)] = 1
    netrc_file: Path | None = None
    """User names and passwords of hosts (`machine HOST login USER password WORD`); an address never holds them."""

    @property
    def agent(self) -> str:
        """The User-Agent header: who asks, and whom to turn to about it."""
        return self.user_agent if self.contact is None else f"{self.user_agent} (+{self.contact})"


class PollSettings(_Section):
    """The bounds of a feed's interval."""

    min_interval_s: Seconds = 300
    max_interval_s: Seconds = 86_400

    @model_validator(mode="after")
    def _ordered(self) -> "PollSettings":
        if self.min_interval_s > self.max_interval_s:
            raise ValueError("min_interval_s is greater than max_interval_s")
        return self


class ScrapeSettings(_Section):
    """When a page is looked at again for corrections, each time counted from the visit before."""

    recheck_s: tuple[Seconds, ...] = (900, 3600, 21_600, 86_400)


class TopicsSettings(_Section):
    """A word model, learnt with `newsriver rules train`, that has to confirm the topics that rules find."""

    word_model: Path | None = None


class SinkSettings(_Section):
    """Where articles are stored to be searched; `<data_dir>/news.sqlite` unless set."""

    sqlite_path: Path | None = None


class ChannelSettings(_Section):
    """A way to reach somebody with alerts; `url` is where to. It may hold passwords and tokens, so it is a secret.

    A webhook is signed with `secret`, `whsec_` and base64; while receivers change theirs there may be several, with
    spaces between. It goes to public addresses, and to those in `allow_networks`. `apprise` takes the URLs that Apprise
    knows, of mail and chat.
    """

    type: Literal["webhook", "apprise"]
    url: SecretStr
    secret: SecretStr | None = None
    timeout_s: Seconds = 15
    allow_networks: Networks = ()

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
        frozen=True, extra="forbid", env_prefix="NEWSRIVER_", env_nested_delimiter="__", env_ignore_empty=True
    )

    app: KafkaName = "newsriver"
    stream_prefix: KafkaName = "news"
    data_dir: Path = Path(".newsriver")
    partitions: Annotated[int, Field(ge=1)] = PARTITIONS
    replication_factor: Annotated[int, Field(ge=1)] = 1
    shutdown_s: Seconds = 15
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

"""Where settings come from, which one wins, and what is said about those that cannot be."""

import os
from base64 import b64encode
from ipaddress import ip_network
from pathlib import Path

import pytest

from newsriver.settings import Settings, load, load_with_origins
from newsriver.settings_sources import SettingsError, rows


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("NEWSRIVER_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_without_sources_the_defaults_stand_and_say_so() -> None:
    settings, origins = load_with_origins()
    assert settings == Settings()
    assert settings.kafka.bootstrap_servers is None
    assert settings.sqlite_path == Path(".newsriver/news.sqlite")
    assert set(origins.values()) == {"default"}


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Settings().kafka.client_id = "other"


def test_the_environment_outranks_the_file_which_outranks_the_default(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    write(
        tmp_path / "newsriver.toml", '# ours\napp = "file"\n\n[kafka]\nclient_id = "file"\nsasl_mechanism = "PLAIN"\n'
    )
    monkeypatch.setenv("NEWSRIVER_KAFKA__CLIENT_ID", "environment")
    settings, origins = load_with_origins()
    assert (settings.app, settings.kafka.client_id, settings.stream_prefix) == ("file", "environment", "news")
    assert origins["app"] == "newsriver.toml:2"
    assert origins["kafka.sasl_mechanism"] == "newsriver.toml:6"
    assert origins["kafka.client_id"] == "NEWSRIVER_KAFKA__CLIENT_ID"
    assert origins["stream_prefix"] == "default"


@pytest.mark.parametrize("line", ['kafka.client_id = "x"', '[kafka]\nclient_id = "x"', 'kafka = { client_id = "x" }'])
def test_a_section_may_be_written_in_each_way_toml_knows(tmp_path: Path, line: str) -> None:
    settings, origins = load_with_origins(write(tmp_path / "other.toml", line))
    assert settings.kafka.client_id == "x"
    assert origins["kafka.client_id"].startswith(str(tmp_path / "other.toml"))


def test_the_file_may_be_named_by_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NEWSRIVER_CONFIG", str(write(tmp_path / "elsewhere.toml", "partitions = 7")))
    assert load().partitions == 7


def test_a_secret_is_read_from_its_file_and_never_shown(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    secret = write(tmp_path / "secret", "tr\u00f6te\n")
    monkeypatch.setenv("NEWSRIVER_KAFKA__SASL_PASSWORD_FILE", str(secret))
    monkeypatch.setenv("NEWSRIVER_KAFKA__SASL_USERNAME", "river")
    monkeypatch.setenv("NEWSRIVER_KAFKA__SECURITY_PROTOCOL", "SASL_SSL")
    settings, origins = load_with_origins()
    assert settings.kafka.sasl_password is not None
    assert settings.kafka.sasl_password.get_secret_value() == "tr\u00f6te"
    shown = {row.name: row for row in rows(settings, origins)}
    assert shown["kafka.sasl_password"].value == "********"
    assert shown["kafka.sasl_password"].origin == f"{secret} (NEWSRIVER_KAFKA__SASL_PASSWORD_FILE)"
    assert "tr\u00f6te" not in repr(settings)
    assert "tr\u00f6te" not in repr(list(shown.values()))


def test_every_setting_is_shown_with_its_value() -> None:
    shown = {row.name: row.value for row in rows(*load_with_origins())}
    assert shown["kafka.security_protocol"] == "PLAINTEXT"
    assert shown["poll.min_interval_s"] == 300
    assert shown["kafka.sasl_password"] is None
    assert len(shown) > 25


def test_every_setting_has_a_meaning_which_is_shown() -> None:
    shown = {row.name: row.meaning for row in rows(*load_with_origins())}
    assert [name for name, meaning in shown.items() if not meaning.endswith(".")] == []
    assert shown["app"].startswith("The name of this river")


def test_times_are_a_comma_separated_list_in_the_environment_and_an_array_in_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = write(tmp_path / "n.toml", "scrape.recheck_s = [900, 3600]")
    assert load(file).scrape.recheck_s == (900, 3600)
    monkeypatch.setenv("NEWSRIVER_SCRAPE__RECHECK_S", "60, 120.5")
    assert load().scrape.recheck_s == (60, 120.5)


def test_networks_are_a_comma_separated_list_in_the_environment_and_an_array_in_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    networks = (ip_network("127.0.0.0/8"), ip_network("fd00::/8"))
    file = write(tmp_path / "n.toml", 'fetch.allow_networks = ["127.0.0.0/8", "fd00::/8"]')
    assert load(file).fetch.allow_networks == networks
    monkeypatch.setenv("NEWSRIVER_FETCH__ALLOW_NETWORKS", "127.0.0.0/8, fd00::/8")
    assert load().fetch.allow_networks == networks


@pytest.mark.parametrize("name", ["NEWSRIVER_CONFIG", "NEWSRIVER_TEST_KAFKA"])
def test_variables_that_are_no_settings_are_left_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    monkeypatch.setenv(name, str(write(tmp_path / "empty.toml", "")))
    assert load() == Settings()


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("NEWSRIVER_KAFKA__BOOTSTRAP_SERVER", "x", "did you mean NEWSRIVER_KAFKA__BOOTSTRAP_SERVERS?"),
        ("NEWSRIVER_DATADIR", "x", "did you mean NEWSRIVER_DATA_DIR?"),
        ("NEWSRIVER_APP_FILE", "x", "NEWSRIVER_APP_FILE: there is no setting app_file"),
        ("NEWSRIVER_PARTITIONS", "many", r"partitions \(NEWSRIVER_PARTITIONS\): Input should be a valid integer"),
        ("NEWSRIVER_PARTITIONS", "0", r"partitions \(NEWSRIVER_PARTITIONS\): .* greater than or equal to 1"),
        ("NEWSRIVER_KAFKA", "kafka-1:9092", r"kafka is a section; .* are NEWSRIVER_KAFKA__BOOTSTRAP_SERVERS, "),
        ("NEWSRIVER_CHANNELS__DESK", "x", r"channels\.desk is a section; .* NEWSRIVER_CHANNELS__DESK__URL"),
        ("NEWSRIVER_APP", "a/b", r"app \(NEWSRIVER_APP\): not a name of 1 to 100 letters"),
        ("NEWSRIVER_KAFKA__BOOTSTRAP_SERVERS", "kafka-1:abc", r"\(NEWSRIVER_KAFKA__BOOTSTRAP_SERVERS\): not host:port"),
        (
            "NEWSRIVER_KAFKA__BOOTSTRAP_SERVERS",
            "kafka-1:9092, kafka-2:9092",
            r"servers .*: not host:port,? .*host:port",
        ),
        ("NEWSRIVER_SCRAPE__RECHECK_S", "900,soon", r"scrape\.recheck_s \(NEWSRIVER_SCRAPE__RECHECK_S\): Input should"),
        ("NEWSRIVER_HTTP__PORT", "70000", r"http\.port \(NEWSRIVER_HTTP__PORT\)"),
        ("NEWSRIVER_FETCH__ALLOW_NETWORKS", "127.0.0.1/8", r"fetch\.allow_networks \(NEWSRIVER_FETCH__ALLOW"),
        ("NEWSRIVER_KAFKA__SECURITY_PROTOCOL", "SASL_SSL", "needs sasl_username and sasl_password"),
        ("NEWSRIVER_KAFKA__SASL_USERNAME", "river", "security_protocol is neither"),
        ("NEWSRIVER_KAFKA__SSL_KEY_FILE", "key.pem", "without ssl_cert_file"),
        ("NEWSRIVER_POLL__MIN_INTERVAL_S", "90000", "min_interval_s is greater than max_interval_s"),
        ("NEWSRIVER_KAFKA__SASL_PASSWORD_FILE", "nowhere", "cannot read nowhere"),
        ("NEWSRIVER_CONFIG", "nowhere.toml", "nowhere.toml does not exist"),
    ],
)
def test_a_wrong_variable_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, message: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError, match=message):
        load()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[kafka]\nbootstrap = "x"', r"bad\.toml:2: there is no setting kafka\.bootstrap; did you mean kafka\.boot"),
        ("[kafak]\nclient_id = 1", r"bad\.toml:2: there is no setting kafak\.client_id; did you mean kafka\.client_id"),
        ("kafka = 5", r"bad\.toml:1: kafka is a section; the settings in it are kafka\.bootstrap_servers, "),
        ("partitions = [", r"cannot read .*bad\.toml"),
        ("[log]\nlevel = 'loud'", r"log\.level \(.*bad\.toml:2\): Input should be 'debug'"),
    ],
)
def test_a_wrong_line_in_the_file_is_refused_by_its_number(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        load(write(tmp_path / "bad.toml", text))


def test_a_secret_given_twice_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NEWSRIVER_KAFKA__SASL_PASSWORD_FILE", str(write(tmp_path / "s", "a")))
    monkeypatch.setenv("NEWSRIVER_KAFKA__SASL_PASSWORD", "b")
    with pytest.raises(SettingsError, match="both set"):
        load()


def test_an_empty_variable_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSRIVER_APP", "")
    assert load().app == "newsriver"


@pytest.mark.parametrize("servers", ["kafka-1:9092", "kafka-1.example:9092,10.0.0.7:9093", "kafka", "[::1]:9092"])
def test_servers_are_hosts_with_ports(monkeypatch: pytest.MonkeyPatch, servers: str) -> None:
    monkeypatch.setenv("NEWSRIVER_KAFKA__BOOTSTRAP_SERVERS", servers)
    assert load().kafka.bootstrap_servers == servers


@pytest.mark.parametrize(
    ("contact", "agent"),
    [(None, "newsriver/1"), ("https://outlet.example/bot", "newsriver/1 (+https://outlet.example/bot)")],
)
def test_the_user_agent_names_whom_to_turn_to(contact: str | None, agent: str) -> None:
    settings = Settings.model_validate({"fetch": {"user_agent": "newsriver/1", "contact": contact}})
    assert settings.fetch.agent == agent


SECRET = "whsec_" + b64encode(b"0" * 24).decode()
OTHER_SECRET = "whsec_" + b64encode(b"1" * 24).decode()


def test_channels_are_sections_with_names_of_the_users_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    hidden = write(tmp_path / "mail", "mailto://desk:hunter2@post.example\n")
    file = write(
        tmp_path / "newsriver.toml",
        f'[channels.desk]\ntype = "webhook"\nurl = "https://desk.example/hook?token=hunter2"\nsecret = "{SECRET}"\n'
        'allow_networks = ["10.0.0.0/8"]\n',
    )
    monkeypatch.setenv("NEWSRIVER_CHANNELS__DESK__SECRET", f"{OTHER_SECRET} {SECRET}")
    monkeypatch.setenv("NEWSRIVER_CHANNELS__DESK__TIMEOUT_S", "5")
    monkeypatch.setenv("NEWSRIVER_CHANNELS__NIGHT_DESK__TYPE", "apprise")
    monkeypatch.setenv("NEWSRIVER_CHANNELS__NIGHT_DESK__URL_FILE", str(hidden))
    settings, origins = load_with_origins(file)
    assert settings.channel_names == ("console", "desk", "night_desk")
    desk, night = settings.channels["desk"], settings.channels["night_desk"]
    assert (desk.secrets, desk.timeout_s) == ((OTHER_SECRET, SECRET), 5)
    assert desk.allow_networks == (ip_network("10.0.0.0/8"),)
    assert night.url.get_secret_value() == "mailto://desk:hunter2@post.example"
    shown = {row.name: row for row in rows(settings, origins)}
    assert shown["channels.desk.type"].origin.endswith("newsriver.toml:2")
    assert shown["channels.night_desk.url"].origin.endswith("(NEWSRIVER_CHANNELS__NIGHT_DESK__URL_FILE)")
    assert shown["channels.night_desk.timeout_s"].origin == "default"
    assert "channels.*.url" not in shown
    assert "hunter2" not in repr(settings) + repr(list(shown.values()))


def test_networks_of_a_channel_have_commas_between_them_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("TYPE", "webhook"), ("URL", "http://10.0.0.7/"), ("SECRET", SECRET)):
        monkeypatch.setenv(f"NEWSRIVER_CHANNELS__DESK__{name}", value)
    monkeypatch.setenv("NEWSRIVER_CHANNELS__DESK__ALLOW_NETWORKS", "10.0.0.0/8, fd00::/8")
    assert load().channels["desk"].allow_networks == (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("type = 'webhook'\nurl = 'https://desk.example/?token=hunter2'", r"channels\.desk.*needs one to be signed"),
        (f"type = 'webhook'\nurl = 'ftp://hunter2'\nsecret = '{SECRET}'", r"channels\.desk.*not an http"),
        (f"type = 'webhook'\nurl = 'http://[hunter2'\nsecret = '{SECRET}'", r"channels\.desk.*not an http"),
        ("type = 'webhook'\nurl = 'https://desk.example'\nsecret = 'hunter2'", r"channels\.desk.*not whsec_"),
        ("type = 'webhook'\nurl = 'https://desk.example'\nsecret = 'whsec_hunter2='", r"channels\.desk.*not whsec_"),
        (f"type = 'apprise'\nurl = 'mailto://hunter2'\nsecret = '{SECRET}'", r"channels\.desk.*for webhooks"),
        ("type = 'pigeon'\nurl = 'https://hunter2'", r"channels\.desk\.type \(.*n\.toml:2\): Input should be"),
        ("type = 'apprise'", r"channels\.desk\.url: Field required"),
        ("type = 'apprise'\nulr = 'x'", r"n\.toml:3: .*channels\.desk\.ulr; did you mean channels\.desk\.url"),
    ],
)  # fmt: skip
def test_a_channel_that_cannot_be_used_is_refused_without_its_secrets(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(SettingsError, match=message) as refused:
        load(write(tmp_path / "n.toml", f"[channels.desk]\n{text}\n"))
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize("name", ["console", "'Night Desk'", "'a/b'", "a--b", "a" * 51])
def test_a_channel_needs_a_name_of_its_own(tmp_path: Path, name: str) -> None:
    text = f"[channels.{name}]\ntype = 'apprise'\nurl = 'mailto://desk:hunter2@post.example'"
    with pytest.raises(SettingsError, match="channels"):
        load(write(tmp_path / "n.toml", text))


def test_a_wrong_variable_of_a_channel_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSRIVER_CHANNELS__DESK__ULR", "x")
    with pytest.raises(SettingsError, match=r"DESK__ULR: .*did you mean NEWSRIVER_CHANNELS__DESK__URL\?"):
        load()

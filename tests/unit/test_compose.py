"""docker-compose.yml fits the project: commands, settings, ports and dependencies are ones that exist."""

import ast
import re
from pathlib import Path
from typing import Any, TypeGuard

import pytest
import yaml
from typer.testing import CliRunner

ROOT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"].startswith("newsriver:")}
STAGES = {name: service for name, service in OURS.items() if service["command"][0] == "run"}
OWN = "${SETTINGS_DIR:-./ops/settings}:/etc/newsriver:ro"
"""The folder with settings and secrets of whoever runs this, and where services find it."""
DOCKERFILE = (ROOT / "ops" / "images" / "Dockerfile").read_text()


def is_understood(arguments: list[str]) -> bool:
    """Whether `newsriver` has such a command, by asking it for help on it."""
    from newsriver.cli.app import app

    return CliRunner().invoke(app, [*arguments, "--help"]).exit_code == 0


def stages_of_the_code() -> set[str]:
    """The names of all stages that producers and consumers define, and of the sink; read, so that nothing is loaded."""
    names = {"sink"}
    for package in ("producers", "consumers"):
        for module in (ROOT / package).rglob("*.py"):
            classes = [node for node in ast.walk(ast.parse(module.read_text())) if isinstance(node, ast.ClassDef)]
            for node in classes:
                if any(ast.unparse(base).startswith(("Transform[", "Working[")) for base in node.bases):
                    names |= {ast.literal_eval(line.value) for line in node.body if sets_name(line)}
    return names


def sets_name(line: ast.stmt) -> TypeGuard[ast.Assign]:
    return isinstance(line, ast.Assign) and ast.unparse(line.targets[0]) == "name"


@pytest.mark.parametrize("name", OURS)
def test_every_command_is_one_of_newsriver(name: str) -> None:
    assert is_understood(SERVICES[name]["command"])


def test_a_command_that_newsriver_does_not_have_would_be_noticed() -> None:
    assert not is_understood(["flow"])
    assert not is_understood(["streams", "flow"])


def test_every_stage_has_a_service_of_its_own_name() -> None:
    assert {name: service["command"] for name, service in STAGES.items()} == {
        name: ["run", name] for name in stages_of_the_code()
    }


@pytest.mark.parametrize("name", OURS)
def test_every_setting_is_known_and_has_a_value_it_can_have(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from newsriver.settings import load

    environment = OURS[name]["environment"] | image_environment()
    assert all(variable.startswith("NEWSRIVER_") and isinstance(value, str) for variable, value in environment.items())
    for variable, value in environment.items():
        monkeypatch.setenv(variable, value)
    settings = load()
    assert settings.kafka.bootstrap_servers == "kafka:9092"
    assert settings.shutdown_s < seconds(OURS[name]["stop_grace_period"])


def test_what_stages_publish_is_where_they_serve() -> None:
    for service in STAGES.values():
        (published,) = service["ports"]
        assert published.rpartition(":")[2] == service["environment"]["NEWSRIVER_HTTP__PORT"]


def test_ports_of_the_host_do_not_collide_and_are_on_loopback() -> None:
    published = [port.split(":") for service in SERVICES.values() for port in service.get("ports", ())]
    assert {address for address, _, _ in published} == {"127.0.0.1"}
    ports = [host for _, host, _ in published]
    assert len(ports) == len(set(ports))


def test_clients_inside_and_on_the_host_are_sent_to_addresses_they_can_reach() -> None:
    kafka = SERVICES["kafka"]
    advertised = dict(entry.split("://") for entry in kafka["environment"]["KAFKA_ADVERTISED_LISTENERS"].split(","))
    for service in OURS.values():
        assert service["environment"]["NEWSRIVER_KAFKA__BOOTSTRAP_SERVERS"] == advertised["INSIDE"]
    assert kafka["ports"] == [f"127.0.0.1:{advertised['HOST'].removeprefix('localhost:')}:29092"]


@pytest.mark.parametrize("name", SERVICES)
def test_what_a_service_waits_for_can_come_about(name: str) -> None:
    for needed, wait in SERVICES[name].get("depends_on", {}).items():
        other = SERVICES[needed]
        match wait["condition"]:
            case "service_healthy":
                assert "test" in other["healthcheck"]
            case "service_completed_successfully":
                assert other["restart"] == "on-failure"
            case condition:
                pytest.fail(f"{name} waits for {needed} to be {condition}")


def test_stages_start_when_the_streams_are_there_and_are_restarted() -> None:
    for service in STAGES.values():
        assert service["depends_on"]["streams"]["condition"] == "service_completed_successfully"
        assert service["restart"] == "unless-stopped"
        assert service["healthcheck"]["test"] == ["CMD", "newsriver-ready"]


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_has_a_memory_limit_above_its_heap(name: str) -> None:
    service = SERVICES[name]
    heap = re.search(r"-Xmx(\w+)", service["environment"].get("KAFKA_HEAP_OPTS", ""))
    assert size(service["mem_limit"]) > (size(heap[1]) if heap else 0)


def test_the_watcher_has_room_for_a_hundred_thousand_rules_twice_and_for_what_every_stage_needs() -> None:
    [engine] = re.findall(r"^\| 100,000 \|.* (\d+) MB \|$", (ROOT / "docs" / "benchmarks.md").read_text(), re.MULTILINE)
    watcher, usual = size(STAGES["watcher"]["mem_limit"]), size(STAGES["revisions"]["mem_limit"])
    assert watcher > 2 * size(f"{engine}m") + usual


def test_volumes_and_secrets_that_are_used_are_declared_and_the_other_way_round() -> None:
    volumes = [volume for service in SERVICES.values() for volume in service.get("volumes", ())]
    assert {volume.split(":")[0] for volume in volumes if volume != OWN} == set(COMPOSE["volumes"])
    used = {secret for service in SERVICES.values() for secret in service.get("secrets", ())}
    assert used == set(COMPOSE["secrets"])
    for secret in COMPOSE["secrets"].values():
        default = secret["file"].partition(":-")[2].removesuffix("}")
        assert (ROOT / default).is_file()


def test_no_password_is_written_into_the_file() -> None:
    for service in SERVICES.values():
        for variable in service["environment"]:
            assert "PASSWORD" not in variable or variable.endswith("_FILE")


@pytest.mark.parametrize("name", OURS)
def test_settings_and_secrets_of_ones_own_are_read_from_a_folder_beside_the_file(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from newsriver.settings import load
    from producers.http.logins import read_logins

    assert OWN in OURS[name]["volumes"]
    assert OURS[name]["working_dir"] == OWN.split(":")[2]
    (tmp_path / "newsriver.toml").write_text(
        'fetch.netrc_file = "netrc"\n\n[channels.desk]\ntype = "apprise"\nurl = "mailto://desk@post.example"\n'
    )
    (tmp_path / "netrc").write_text("machine feeds.ostwind.example login lesekreis password hafen\n")
    monkeypatch.chdir(tmp_path)
    for variable, value in (OURS[name]["environment"] | image_environment()).items():
        monkeypatch.setenv(variable, value)
    settings = load()
    assert settings.channel_names == ("console", "desk")
    assert settings.fetch.netrc_file is not None
    assert list(read_logins(settings.fetch.netrc_file)) == ["feeds.ostwind.example"]
    assert settings.data_dir.is_absolute()


def test_what_is_in_that_folder_comes_neither_into_git_nor_into_the_image() -> None:
    folder = ROOT / "ops" / "settings"
    assert (folder / ".gitignore").read_text().splitlines()[1:] == ["*", "!.gitignore"]
    ignored = (ROOT / "ops" / "images" / "Dockerfile.dockerignore").read_text().splitlines()
    assert "*" in ignored
    assert not [line for line in ignored if line.rstrip("/") in ("!ops", "!ops/settings")]


def test_images_of_others_are_of_an_exact_version() -> None:
    others = {service["image"] for name, service in SERVICES.items() if name not in OURS}
    bases = re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    assert len(set(bases)) == 1
    for image in others:
        assert re.fullmatch(r"[\w/]+:\d+\.\d+(\.\d+)?", image), image
    assert re.fullmatch(r"python:\d+\.\d+\.\d+-slim-\w+", bases[0])


def test_the_image_is_built_from_what_exists_and_does_not_run_as_root() -> None:
    for service in OURS.values():
        assert (ROOT / service["build"]["dockerfile"]).is_file()
    ignored = (ROOT / "ops" / "images" / "Dockerfile.dockerignore").read_text().splitlines()
    for line in ignored:
        if line.startswith("!"):
            assert (ROOT / line[1:]).exists(), f"{line[1:]} is sent to the builder but does not exist"
    assert re.search(r"^USER (?!root)\w+$", DOCKERFILE, re.MULTILINE)
    assert "constraints.txt" in DOCKERFILE


def image_environment() -> dict[str, str]:
    """Settings that the image itself makes."""
    return dict(re.findall(r"(NEWSRIVER_\w+)=(\S+)", DOCKERFILE))


def seconds(duration: str) -> int:
    return int(duration.removesuffix("s"))


def size(text: str) -> int:
    return int(text[:-1]) * {"k": 1 << 10, "m": 1 << 20, "g": 1 << 30}[text[-1].lower()]

"""A broker behind TLS, passwords and client certificates: settings let the command in, and wrong ones are named."""

import asyncio
import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme
from confluent_kafka.admin import (  # type: ignore[attr-defined]
    AdminClient,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from tests.chaos.broker import OwnKafka

COMMAND = str(Path(sys.executable).parent / "newsriver")
USER, PASSWORD, WRONG = "river", "harbour-at-dawn", "harbour-at-dusk"
MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")
PROPERTIES = """
listeners=PLAINTEXT://127.0.0.1:@PORT@,CONTROLLER://127.0.0.1:@CONTROLLER_PORT@,\\
  SASL_SSL://127.0.0.1:{sasl},SSL://127.0.0.1:{ssl}
advertised.listeners=PLAINTEXT://127.0.0.1:@PORT@,SASL_SSL://127.0.0.1:{sasl},SSL://127.0.0.1:{ssl}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL,SSL:SSL
ssl.keystore.type=PEM
ssl.keystore.location={directory}/broker.pem
ssl.truststore.type=PEM
ssl.truststore.location={directory}/authority.pem
listener.name.ssl.ssl.client.auth=required
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512
listener.name.sasl_ssl.plain.sasl.jaas.config=\\
  org.apache.kafka.common.security.plain.PlainLoginModule required user_{user}="{password}";
listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config=\\
  org.apache.kafka.common.security.scram.ScramLoginModule required;
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=\\
  org.apache.kafka.common.security.scram.ScramLoginModule required;
"""

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(300)]


@dataclass(frozen=True, slots=True)
class SecureKafka:
    """A node that lets in who has a password (`sasl`) or a certificate (`ssl`), and what lies ready for them."""

    sasl: str
    ssl: str
    directory: Path


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecureKafka]:
    if not (shutil.which("java") and shutil.which("mvn")):
        if os.environ.get("NEWSRIVER_TEST_KAFKA_REQUIRED") == "1":
            pytest.fail("java and mvn are required here", pytrace=False)
        pytest.skip("needs java and mvn")
    directory = tmp_path_factory.mktemp("secure")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(directory / "authority.pem")
    trustme.CA().cert_pem.write_to_path(directory / "stranger.pem")
    for name, identity in (("broker", "127.0.0.1"), ("client", "river.example")):
        (directory / f"{name}.pem").write_bytes(_key_and_chain(authority.issue_cert(identity)))
    for name, password in (("password", PASSWORD), ("wrong", WRONG)):
        (directory / name).write_text(f"{password}\n")
    sasl, ssl = _two_free_ports()
    properties = directory / "broker.properties"
    properties.write_text(
        PROPERTIES.format(sasl=sasl, ssl=ssl, directory=directory, user=USER, password=PASSWORD), encoding="ascii"
    )
    node = OwnKafka(directory / "node", properties)
    with asyncio.Runner() as runner:
        runner.run(node.__aenter__())
        try:
            _give_scram_passwords(node.bootstrap)
            yield SecureKafka(f"127.0.0.1:{sasl}", f"127.0.0.1:{ssl}", directory)
        finally:
            runner.run(node.__aexit__())


def _key_and_chain(issued: trustme.LeafCert) -> bytes:
    """One PEM text, its key in PKCS 8, the only form that Apache Kafka reads."""
    key = load_pem_private_key(issued.private_key_pem.bytes(), None)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return b"".join([pem, *(certificate.bytes() for certificate in issued.cert_chain_pems)])


def _two_free_ports() -> tuple[int, int]:
    with socket.socket() as one, socket.socket() as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1]), int(other.getsockname()[1])


def _give_scram_passwords(bootstrap: str) -> None:
    admin = AdminClient({"bootstrap.servers": bootstrap})
    for mechanism in (ScramMechanism.SCRAM_SHA_256, ScramMechanism.SCRAM_SHA_512):  # one a request, or it is refused
        wanted = UserScramCredentialUpsertion(USER, ScramCredentialInfo(mechanism, 4096), PASSWORD.encode())
        admin.alter_user_scram_credentials([wanted])[USER].result(30)


class Command:
    """Calls `newsriver` as somebody would who has only an environment and files with secrets."""

    def __init__(self, directory: Path, **kafka: str | Path) -> None:
        self._directory = directory
        self._environment = {
            "PATH": "/usr/bin:/bin",
            "NEWSRIVER_PARTITIONS": "1",
            **{f"NEWSRIVER_KAFKA__{name.upper()}": str(value) for name, value in kafka.items()},
        }

    def __call__(self, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        finished = subprocess.run(
            [COMMAND, *arguments], cwd=self._directory, env=self._environment | more, capture_output=True, text=True,
            timeout=120, check=False,
        )  # fmt: skip
        said = finished.stdout + finished.stderr
        assert "Traceback" not in said
        assert PASSWORD not in said
        assert WRONG not in said
        return finished

    def broker(self) -> tuple[bool, str]:
        """What `newsriver doctor` finds out about the broker."""
        rows = [json.loads(line) for line in self("doctor", "--json").stdout.splitlines()]
        [row] = [row for row in rows if row["check"] == "broker"]
        return row["ok"], row["detail"]


def with_password(
    secure: SecureKafka, directory: Path, mechanism: str, password: str = "password", authority: str = "authority.pem"
) -> Command:
    return Command(
        directory, bootstrap_servers=secure.sasl, security_protocol="SASL_SSL", sasl_mechanism=mechanism,
        sasl_username=USER, sasl_password_file=secure.directory / password, ssl_ca_file=secure.directory / authority,
    )  # fmt: skip


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_the_right_password_and_authority_let_in(secure: SecureKafka, tmp_path: Path, mechanism: str) -> None:
    command = with_password(secure, tmp_path, mechanism)
    assert command("streams", "apply").returncode == 0
    listed = command("streams", "list", "--json").stdout
    assert "news.articles.v1" in listed
    assert command.broker() == (True, f"configured, answers at {secure.sasl}")


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_a_wrong_password_is_named_and_not_shown(secure: SecureKafka, tmp_path: Path, mechanism: str) -> None:
    command = with_password(secure, tmp_path, mechanism, password="wrong")
    refused = command("streams", "apply")
    assert refused.returncode == 1
    assert len(refused.stderr.splitlines()) == 1
    assert f"cannot use the broker at {secure.sasl}: " in refused.stderr
    assert "SaslAuthenticationFailed" in refused.stderr
    ok, detail = command.broker()
    assert not ok
    assert "SaslAuthenticationFailed" in detail


def test_not_even_a_detailed_log_shows_the_password(secure: SecureKafka, tmp_path: Path) -> None:
    command = with_password(secure, tmp_path, "PLAIN")
    said = command("streams", "list", NEWSRIVER_LOG__LEVEL="debug").stderr
    assert '"level":"debug"' in said
    assert "********" in command("config", "show").stdout


def test_an_unknown_authority_is_named(secure: SecureKafka, tmp_path: Path) -> None:
    command = with_password(secure, tmp_path, "PLAIN", authority="stranger.pem")
    refused = command("streams", "apply")
    assert refused.returncode == 1
    assert "certificate verify failed" in refused.stderr
    assert command("streams", "list", NEWSRIVER_KAFKA__SSL_VERIFY="false").returncode == 0


def test_a_certificate_lets_in_where_the_broker_asks_for_one(secure: SecureKafka, tmp_path: Path) -> None:
    command = Command(
        tmp_path, bootstrap_servers=secure.ssl, security_protocol="SSL",
        ssl_ca_file=secure.directory / "authority.pem",
    )  # fmt: skip
    refused = command("streams", "list")
    assert refused.returncode == 1
    assert f"cannot use the broker at {secure.ssl}: " in refused.stderr
    certificate = str(secure.directory / "client.pem")
    assert command("streams", "apply", NEWSRIVER_KAFKA__SSL_CERT_FILE=certificate).returncode == 0

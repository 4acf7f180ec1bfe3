"""What arrives at the other end of a channel, and what is said when nothing does: real receivers on loopback."""

import asyncio
import json
import socket
from base64 import b64encode
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiohttp import web
from aiosmtpd.smtp import SMTP, Envelope
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from consumers.alerts.channels import wording
from consumers.alerts.channels.apprise import AppriseChannel, UnknownServiceError
from consumers.alerts.channels.console import ConsoleChannel
from consumers.alerts.channels.message import DeliveryError, Message
from consumers.alerts.channels.webhook import WebhookChannel
from newsriver.clock import SystemClock
from schemas.codec import encode
from schemas.events import AlertRaised, BurstFigures
from tests.notices import RAISED, notice
from tests.receiver import LOOPBACK, SECRET, Answer, Receiver

NEXT_SECRET = "whsec_" + b64encode(b"b" * 32).decode()


def message(*notices: AlertRaised, **changes: Any) -> Message:
    return Message(key="n1/desk", notices=notices or (notice(),), **changes)


def digest(count: int = 2, omitted: int = 0) -> Message:
    over = RAISED + timedelta(hours=7)
    notices = (notice(f"n{number}", deliver_at=over, summary=f"Tanker {number}") for number in range(count))
    return message(*notices, digest=True, omitted=omitted)


async def deliver(url: str, sent: Message, *, secrets: Sequence[str] = (SECRET,), timeout: float = 5,
                  allowed: Any = LOOPBACK) -> str:  # fmt: skip
    channel = WebhookChannel(
        url, secrets, SystemClock(), user_agent="river/1", timeout=timedelta(seconds=timeout), allowed_networks=allowed
    )
    async with channel:
        return await channel.send(sent)


async def test_a_webhook_carries_the_event_and_a_signature_that_the_library_of_receivers_accepts() -> None:
    with Receiver() as receiver:
        assert await deliver(receiver.url, message()) == "HTTP 204"
    [hook] = receiver.got
    body = Webhook(SECRET).verify(hook.body, dict(hook.headers))
    assert body == {"type": "alert.raised", "timestamp": "2026-03-02T09:00:00Z", "data": json.loads(encode(notice()))}
    headers = {name.lower(): value for name, value in hook.headers.items()}
    assert headers["webhook-id"] == "n1/desk"
    assert abs(int(headers["webhook-timestamp"]) - datetime.now(UTC).timestamp()) < 60
    assert headers["content-type"] == "application/json"
    assert headers["user-agent"] == "river/1"


async def test_while_secrets_are_changed_each_of_them_verifies_and_no_other() -> None:
    with Receiver() as receiver:
        await deliver(receiver.url, message(), secrets=(NEXT_SECRET, SECRET))
    [hook] = receiver.got
    for secret in (SECRET, NEXT_SECRET):
        assert Webhook(secret).verify(hook.body, dict(hook.headers))["type"] == "alert.raised"
    with pytest.raises(WebhookVerificationError):
        Webhook("whsec_" + b64encode(b"c" * 24).decode()).verify(hook.body, dict(hook.headers))


@pytest.mark.parametrize("change", ["raised", "updated", "repeated", "resent"])
async def test_the_type_says_why_it_is_sent(change: str) -> None:
    with Receiver() as receiver:
        await deliver(receiver.url, message(notice(change=change)))
    assert json.loads(receiver.got[0].body)["type"] == f"alert.{change}"


async def test_a_digest_lists_its_notices() -> None:
    with Receiver() as receiver:
        await deliver(receiver.url, digest(2, omitted=3))
    body = json.loads(receiver.got[0].body)
    assert (body["type"], body["timestamp"]) == ("alert.digest", "2026-03-02T16:00:00Z")
    assert (body["data"]["rule_id"], body["data"]["count"], body["data"]["omitted"]) == ("alert.oil", 5, 3)
    assert [each["summary"] for each in body["data"]["notices"]] == ["Tanker 0", "Tanker 1"]


async def failure(url: str, **options: Any) -> DeliveryError:
    with pytest.raises(DeliveryError) as failed:
        await deliver(url, message(), **options)
    assert "hook" not in str(failed.value), "an address may be a secret"
    assert failed.value.__suppress_context__ or failed.value.__context__ is None
    return failed.value


@pytest.mark.parametrize(
    ("answer", "detail", "gone", "asked_s"),
    [
        (lambda hook: web.Response(status=500), "HTTP 500", False, None),
        (lambda hook: web.Response(status=410), "HTTP 410", True, None),
        (lambda hook: web.Response(status=429, headers={"Retry-After": "120"}), "HTTP 429", False, 120),
        (lambda hook: web.Response(status=503, headers={"retry-after": "7"}), "HTTP 503", False, 7),
        (lambda hook: web.Response(status=503), "HTTP 503", False, None),
        (lambda hook: web.Response(status=400, headers={"Retry-After": "120"}), "HTTP 400", False, None),
        (lambda hook: web.Response(status=302, headers={"Location": "/else"}), "redirects are not", False, None),
        (lambda hook: web.Response(status=308, headers={"Location": "/else"}), "redirects are not", False, None),
    ],
)
async def test_an_answer_other_than_2xx_is_a_failure(
    answer: Answer, detail: str, gone: bool, asked_s: float | None
) -> None:
    with Receiver(answer) as receiver:
        error = await failure(receiver.url)
    assert detail in str(error)
    assert (error.gone, error.final) == (gone, False)
    assert error.retry_after == (None if asked_s is None else timedelta(seconds=asked_s))
    assert [hook.path for hook in receiver.got] == ["/hook"]


async def test_retry_after_may_be_a_date() -> None:
    with Receiver(lambda hook: web.Response(status=429, headers={"Retry-After": "Fri, 31 Dec 2999 23:59:59 GMT"})) as r:
        error = await failure(r.url)
    assert error.retry_after is not None
    assert error.retry_after > timedelta(days=365)


async def test_an_endless_body_is_not_read() -> None:
    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        try:
            while True:
                writer.write(b"10000\r\n" + b"x" * 65536 + b"\r\n")
                await writer.drain()
        except OSError:
            writer.close()

    async with raw_server(endless) as url:
        assert await deliver(url, message()) == "HTTP 200"


@asynccontextmanager
async def raw_server(serve: Any) -> AsyncIterator[str]:
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
    finally:
        server.close()


async def test_silence_nonsense_and_a_closed_port_are_failures_with_a_reason() -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async def nonsense(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"hook hook hook\r\n\r\n")
        writer.close()

    async with raw_server(silent) as url:
        assert str(await failure(url, timeout=0.2)) == "no answer within 0.2 s"
    async with raw_server(nonsense) as url:
        assert "no answer that is HTTP" in str(await failure(url))
    with closing(socket.socket()) as bound:
        bound.bind(("127.0.0.1", 0))
        refused = str(await failure(f"http://127.0.0.1:{bound.getsockname()[1]}/hook"))
        assert refused == "no connection: Connection refused"


@pytest.mark.parametrize(
    "url", ["http://169.254.169.254/hook", "http://127.0.0.1:1/hook", "http://localhost:1/hook", "http://[::1]:1/hook"]
)
async def test_the_inside_is_out_of_reach_unless_the_channel_allows_it(url: str) -> None:
    error = await failure(url, allowed=())
    assert error.final
    assert "not a public one" in str(error)


async def test_https_is_not_taken_from_just_anybody() -> None:
    with Receiver() as receiver:
        error = await failure(receiver.url.replace("http:", "https:"))
    assert "TLS" in str(error) or "no connection" in str(error)
    assert receiver.got == []


@asynccontextmanager
async def mail_sink() -> AsyncIterator[tuple[str, list[Envelope]]]:
    """The apprise URL of a mail server on loopback, and what it has got."""
    got: list[Envelope] = []

    class Keeping:
        async def handle_DATA(self, server: SMTP, session: object, envelope: Envelope) -> str:  # noqa: N802
            got.append(envelope)
            return "250 OK"

    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(Keeping(), hostname="post.example"), "127.0.0.1", 0
    )
    port = server.sockets[0].getsockname()[1]
    try:
        yield f"mailto://127.0.0.1:{port}/?from=river@ostwind.example&to=desk@ostwind.example&mode=insecure", got
    finally:
        server.close()


def mail(envelope: Envelope) -> tuple[str, str]:
    """Subject and text."""
    assert isinstance(envelope.content, bytes)
    found = message_from_bytes(envelope.content, _class=EmailMessage, policy=policy.default)
    body = found.get_body(("plain",))
    assert body is not None
    return str(found["subject"]), str(body.get_content())


async def test_mail_arrives_with_headline_passages_and_articles() -> None:
    async with mail_sink() as (url, got):
        with closing(AppriseChannel(url, timeout=timedelta(seconds=5))) as channel:
            burst = BurstFigures(window_s=3600, stories=9, sources=7, expected=1.5, score=6.2)
            told = notice(summary="Öltanker:\r\nBcc: x@y.example", suppressed=3, burst=burst)
            assert "took it" in await channel.send(message(told))
            await channel.send(digest(2, omitted=1))
    assert [envelope.rcpt_tos for envelope in got] == [["desk@ostwind.example"]] * 2
    subject, text = mail(got[0])
    assert subject == "[warning] Oil: Öltanker: Bcc: x@y.example"
    for said in (
        *("https://ostwind.example/tankers", "2 matches from 2 outlets, 3 earlier ones were not sent", "- tankers"),
        *(
            "Title of b (nordlicht.example) https://nordlicht.example/b",
            "Alert alert-of-n1",
            "9 stories from 7",
        ),
    ):
        assert said in text
    subject, text = mail(got[1])
    assert subject == "[warning] Oil: 3 notices"
    assert [text.count(said) for said in ("Tanker 0", "Tanker 1", "and 1 more")] == [1, 1, 1]


@pytest.mark.parametrize(("matches", "count"), [(0, "0 matches"), (2, "2 matches from 2 outlets")])
async def test_of_an_article_that_matches_no_more_people_are_told_so(matches: int, count: str) -> None:
    lines: list[str] = []
    told = message(notice(change="updated", lapsed=True, matches=matches, evidence=()))
    await ConsoleChannel(lines.append).send(told)
    assert lines[0].startswith("ALERT warning Oil (matches no more): Nineteen tankers sail (ostwind.example, en) https")
    assert wording.subject(told) == "[warning] Oil (matches no more): Nineteen tankers sail"
    assert "\nAs it reads now, this article does not match any more.\nhttps://" in wording.text(told)
    assert f"UTC: {count}" in wording.text(told)


async def test_what_apprise_could_not_deliver_is_a_failure_that_gives_nothing_away(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(0)
    async with mail_sink() as (url, _):
        pass
    url = url.replace("mailto://", "mailto://river:hunter2@")
    with (
        closing(AppriseChannel(url, timeout=timedelta(seconds=5))) as channel,
        pytest.raises(DeliveryError) as failed,
    ):
        await channel.send(message())
    assert str(failed.value) == "E-Mail did not take it"
    assert not failed.value.final
    assert "hunter2" not in caplog.text


async def test_a_mail_server_that_says_nothing_is_not_waited_for_longer_than_allowed() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        url = f"mailto://127.0.0.1:{listening.getsockname()[1]}/?from=a@b.example&to=c@d.example&mode=insecure"
        with (
            closing(AppriseChannel(url, timeout=timedelta(seconds=0.3))) as channel,
            pytest.raises(DeliveryError, match=r"did not answer within 0\.3 s"),
        ):
            await channel.send(message())


@pytest.mark.parametrize("url", ["mailto://river:hunter2@", "pigeon://hunter2", "hunter2"])
def test_a_url_that_apprise_does_not_know_is_refused_without_naming_it(
    url: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0)
    with pytest.raises(UnknownServiceError) as refused:
        AppriseChannel(url, timeout=timedelta(seconds=5))
    assert "hunter2" not in str(refused.value) + caplog.text


def test_an_address_changes_with_the_url_and_does_not_show_it() -> None:
    def address(url: str) -> str:
        return WebhookChannel(url, [SECRET], SystemClock(), user_agent="", timeout=timedelta(seconds=1)).address

    assert address("https://desk.example/hunter2") == address("https://desk.example/hunter2")
    assert address("https://desk.example/hunter2") != address("https://desk.example/hunter3")
    assert "hunter2" not in address("https://desk.example/hunter2")


async def test_the_console_gets_a_line_a_notice() -> None:
    lines: list[str] = []
    console = ConsoleChannel(lines.append)
    await console.send(message(notice(change="updated", summary="Two\nlines")))
    await console.send(digest(1, omitted=4))
    assert lines == [
        "ALERT warning Oil (updated): Two lines (ostwind.example, en) https://ostwind.example/tankers",
        "ALERT warning Oil: Tanker 0 (ostwind.example, en) https://ostwind.example/tankers",
        "ALERT and 4 more notices of Oil",
    ]

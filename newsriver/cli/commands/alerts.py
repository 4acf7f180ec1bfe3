"""`newsriver alerts`: what was raised and who was told; taking care of it, keeping it quiet, telling it again."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from newsriver.cli.context import AsJson, of, run_async
from newsriver.cli.output import write_error, write_line, write_rows
from newsriver.errors import UsageError

if TYPE_CHECKING:
    from consumers.alerts.history import AlertHistory

app = typer.Typer(help="Look at alerts, acknowledge, silence and resend them.", no_args_is_help=True)

ITS_ID = "Its id, or enough of its beginning."
By = Annotated[str, typer.Option(help="Who says so.")]
Comment = Annotated[str, typer.Option(help="Why, or what is done about it.")]


@app.command("list")
def list_(
    context: typer.Context,
    rule: Annotated[str | None, typer.Option(help="Only alerts of this rule.")] = None,
    since: Annotated[str, typer.Option(help="Only what was told since: a time, or how long ago.")] = "24h",
    as_json: AsJson = False,
) -> None:
    """Alerts with their notices and what came of each, the latest last."""
    from newsriver.cli import alertlog
    from newsriver.cli.times import since as moment_since
    from newsriver.clock import SystemClock

    now = SystemClock().now()
    found = run_async(alertlog.told_since(of(context).tool(), moment_since(since, "--since", now), now))
    wanted = [alert for alert in found if rule is None or alert.latest.rule_id in (rule, f"alert.{rule}")]
    columns = ("alert", "raised_at", "rule", "severity", "summary", "notices", "deliveries", "state")
    write_rows([_row(alert, now, whole=as_json) for alert in wanted], columns, as_json=as_json)


@app.command()
def ack(
    context: typer.Context,
    alert: Annotated[str, typer.Argument(help=ITS_ID)],
    lasting: Annotated[str, typer.Option("--for", help="How long, 30d at most.")] = "7d",
    by: By = "",
    comment: Comment = "",
) -> None:
    """Take care of an alert: it is not repeated for a time. A correction of what was told is told all the same."""
    from consumers.alerts.acknowledgements import LONGEST, ends_at
    from newsriver.cli import alertlog
    from newsriver.cli.times import duration

    if (asked := duration(lasting, "--for")) > LONGEST:
        raise UsageError(f"--for: {lasting} is more than the {LONGEST.days}d that acknowledgements are kept")
    made = run_async(alertlog.acknowledge(of(context).tool(), alert, asked, by, comment))
    write_line(f"acknowledged until {ends_at(made).isoformat(timespec='seconds')}: {made.alert_id}")


@app.command()
def unack(context: typer.Context, alert: Annotated[str, typer.Argument(help=ITS_ID)]) -> None:
    """Take care of an alert no more: matches are told as its rule says again, with what came meanwhile."""
    from newsriver.cli import alertlog

    write_line(f"not acknowledged any more: {run_async(alertlog.take_back(of(context).tool(), alert))}")


@app.command()
def silence(
    context: typer.Context,
    matchers: Annotated[list[str], typer.Argument(help="label=value, label!=value, label=~regex or label!~regex.")],
    lasting: Annotated[str | None, typer.Option("--for", help="How long, as in 2h.")] = None,
    until: Annotated[str | None, typer.Option(help="Until when.")] = None,
    by: By = "",
    comment: Comment = "",
) -> None:
    """Send no alert that meets all matchers, for a time. What they would have told is counted."""
    from consumers.alerts.silences import SilenceError, parse_matcher
    from newsriver.cli import alertlog
    from newsriver.cli.times import duration, moment
    from newsriver.clock import SystemClock

    now = SystemClock().now()
    if (lasting is None) == (until is None):
        raise UsageError("say either --for how long or --until when")
    ends_at = moment(until, "--until") if until is not None else now + duration(lasting or "", "--for")
    try:
        made = alertlog.new_silence([parse_matcher(text) for text in matchers], now, ends_at, by, comment)
        covered, alerts = run_async(alertlog.put_silence(of(context).tool(), made))
    except SilenceError as error:
        raise UsageError(str(error)) from error
    write_line(f"silenced until {ends_at.isoformat(timespec='seconds')}: {made.silence_id}")
    write_line(f"it covers {covered} of {alerts} alerts of the last {alertlog.OF_LATE.days} days")


@app.command()
def silences(context: typer.Context, as_json: AsJson = False) -> None:
    """The silences in force, and those to come."""
    from newsriver.cli import alertlog
    from newsriver.clock import SystemClock

    now = SystemClock().now()
    found = [silence for silence in run_async(alertlog.silences(of(context).tool())) if silence.ends_at > now]
    rows = [
        {
            "silence": silence.silence_id,
            "matchers": [f"{matcher.label}{matcher.op}{matcher.value}" for matcher in silence.matchers],
            "starts_at": silence.starts_at.isoformat(timespec="seconds"),
            "ends_at": silence.ends_at.isoformat(timespec="seconds"),
            "by": silence.created_by,
            "comment": silence.comment,
        }
        for silence in sorted(found, key=lambda silence: (silence.ends_at, silence.silence_id))
    ]
    write_rows(rows, ("silence", "matchers", "ends_at", "by", "comment"), as_json=as_json)


@app.command()
def unsilence(context: typer.Context, silence: Annotated[str, typer.Argument(help=ITS_ID)]) -> None:
    """Lift a silence before its time."""
    from newsriver.cli import alertlog

    write_line(f"lifted: {run_async(alertlog.lift(of(context).tool(), silence))}")


@app.command()
def resend(
    context: typer.Context,
    wanted: Annotated[str, typer.Argument(metavar="NOTICE_OR_ALERT", help=f"{ITS_ID} Of an alert, the latest notice.")],
    channel: Annotated[str | None, typer.Option(help="Through this channel only.")] = None,
) -> None:
    """Tell a notice again, at once. A channel that was closed because its address is gone is tried again."""
    from newsriver.cli import alertlog

    settings = of(context).tool()
    again = run_async(alertlog.resend(settings, wanted, channel))
    known = settings.channel_names
    for name in again.channels:
        if name not in known:
            write_error(f"warning: there is no channel {name} in the settings here; there are {', '.join(known)}")
    write_line(f"written again to {', '.join(again.channels)}: {again.id}")


def _row(alert: "AlertHistory", now: datetime, *, whole: bool) -> dict[str, Any]:
    from consumers.alerts.acknowledgements import ends_at

    latest = alert.told[-1]
    row = {
        "alert": alert.alert_id,
        "raised_at": latest.notice.raised_at.isoformat(timespec="seconds"),
        "rule": latest.notice.rule_id,
        "severity": latest.notice.severity,
        "title": latest.notice.title,
        "summary": latest.notice.summary,
        "url": latest.notice.url,
        "notices": len(alert.told),
        "deliveries": [f"{channel} {latest.outcome(channel, now)}" for channel in latest.deliveries],
        "state": [
            *(["lapsed"] if latest.notice.lapsed else []),
            *(["acknowledged"] if alert.acknowledgement is not None else []),
            *(["silenced"] if alert.silences else []),
        ],
    }
    if whole:
        acknowledgement = alert.acknowledgement
        row |= {
            "notices": [
                {
                    "notice": told.notice.id,
                    "change": told.notice.change,
                    "lapsed": told.notice.lapsed,
                    "raised_at": told.notice.raised_at,
                    "deliver_at": told.notice.deliver_at,
                    "matches": told.notice.matches,
                    "suppressed": told.notice.suppressed,
                    "deliveries": [
                        {
                            "channel": channel,
                            "outcome": told.outcome(channel, now),
                            "attempts": 0 if attempt is None else attempt.attempt,
                            "detail": None if attempt is None else attempt.detail,
                            "next_attempt_at": None if attempt is None else attempt.next_attempt_at,
                        }
                        for channel, attempt in told.deliveries.items()
                    ],
                }
                for told in alert.told
            ],
            "acknowledged": None if acknowledgement is None else {
                "by": acknowledgement.by, "comment": acknowledgement.comment, "at": acknowledgement.acknowledged_at,
                "until": ends_at(acknowledgement),
            },
            "silences": alert.silences,
        }  # fmt: skip
    return row

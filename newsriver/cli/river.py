"""What `up`, `run` and `demo` have in common: streams made ready, rules put into force, stages run together."""

from collections.abc import Callable, Mapping, Sequence

import structlog

from newsriver.cli.bootstrap import Surroundings, running_parts
from newsriver.cli.catalogue import specs
from newsriver.cli.connect import Access
from newsriver.cli.rulefiles import LoadedRule, as_events
from newsriver.cli.services import BrokerService
from newsriver.clock import Clock, SystemClock
from newsriver.errors import NewsriverError
from newsriver.health import Health
from newsriver.kafka.admin import create, create_like, plan
from newsriver.kafka.writing import put
from newsriver.lifecycle import Service, run_until_stopped
from newsriver.metrics import Metrics
from newsriver.opsserver import OpsServer
from newsriver.settings import Settings
from schemas.events import Rule
from schemas.streams import RULES, topic_stream

log = structlog.get_logger(__name__)


async def prepare_streams(settings: Settings, access: Access) -> None:
    """Create the streams that are missing; a stream with another number of partitions is an error."""
    admin = access.clients.admin()
    try:
        await admin.start()
        planned = await plan(admin, specs(settings, access.names))
        if planned.mismatched:
            wrong = ", ".join(f"{spec.name} has {found}" for spec, found in planned.mismatched)
            raise NewsriverError(
                f"{wrong} partitions, not {settings.partitions} as `partitions` says; the number never changes"
            )
        await create(admin, planned.create)
    finally:
        await admin.close()


async def apply_rules(
    access: Access, rules: Sequence[LoadedRule], in_force: Mapping[str, Rule], clock: Clock
) -> list[Rule]:
    """Put rules into force that are not, or are in another form, or in one that nobody can read; gives those."""
    wanted = as_events(rules, clock.now())
    stream = access.names.stream(RULES)
    present = {key: rule.definition for key, rule in in_force.items()}
    changed = [rule for rule in wanted if present.get(rule.rule_id) != rule.definition]
    topics = [topic_stream(rule.rule_id.removeprefix("topic.")) for rule in changed if rule.kind == "topic"]
    await create_like(access.clients, access.names, stream, topics)
    await put(access.clients, access.names, RULES, changed, "rules")
    return changed


async def run_stages(
    names: Sequence[str], settings: Settings, access: Access, *, write_line: Callable[[str], None],
    beside: Sequence[Service] = (),
) -> None:  # fmt: skip
    """Run stages, and services beside them, until a signal comes or one of them ends."""
    clock, metrics = SystemClock(), Metrics().with_process()
    health = Health(clock)
    around = Surroundings(settings, access, clock, metrics, health, write_line)
    services: list[Service] = list(beside)
    if access.started is not None:
        services.append(BrokerService(access.started, health))
    async with running_parts(names, around) as stages:
        if settings.http.port == 0:
            await run_until_stopped([*stages, *services], settings.shutdown_s)
            return
        async with OpsServer(health, metrics.registry, settings.http.host, settings.http.port) as ops:
            log.info("river.started", stages=list(names), ops=ops.address)
            await run_until_stopped([*stages, *services], settings.shutdown_s)

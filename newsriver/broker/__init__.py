"""The embedded broker: a river without Apache Kafka, to try newsriver with one command.

It is the program of the `noida-db` wheel, which speaks the Kafka protocol with transactions, run as a child on a
loopback port. A trial default, no place for news you want to keep. What it does not do (noida-db 0.2.3, measured):

- It keeps everything in memory and saves all of it to one JSON file, about once a second. Killed itself (-9), it loses
  what came after the last save. Some 100 MB are comfortable; at 1 GB a save takes ten seconds.
- It never evicts a member of a consumer group: one that vanishes without leaving blocks its group until the broker is
  restarted. So river and broker die together, and commands beside the river read without a group.
- It answers fetches at once and in full, whatever limits they name (`newsriver.kafka.pacing`).
- It does not enforce transaction time-outs, and after an abort hides what the same producer id commits later from
  those who start reading behind it, so each take-over of a task works under an id of its own.
- It creates streams that are merely asked about, and compacts late.
"""

from newsriver.broker.embedded import EmbeddedBroker, running_at
from newsriver.broker.errors import BrokerError

__all__ = ["BrokerError", "EmbeddedBroker", "running_at"]

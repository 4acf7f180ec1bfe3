"""A river reduced to its broker, as a process to be killed: starts one, commits what it is told to, and waits.

    python river.py DATA_DIRECTORY STREAM VALUE...

Prints one JSON line when everything is committed. An open transaction with one more value is left behind.
"""

import asyncio
import json
import os
import sys
from pathlib import Path

from aiokafka import AIOKafkaProducer

from newsriver import logs
from newsriver.broker import EmbeddedBroker
from newsriver.broker.lock import holder_of


async def main(directory: Path, stream: str, values: list[str]) -> None:
    servers = await EmbeddedBroker(directory).start()
    producer = AIOKafkaProducer(bootstrap_servers=servers, transactional_id="river")
    await producer.start()
    async with producer.transaction():
        for value in values:
            await producer.send(stream, value.encode(), partition=0)
    await producer.begin_transaction()
    await producer.send_and_wait(stream, b"never committed", partition=0)
    holder = holder_of(directory)
    assert holder is not None
    print(json.dumps({"river": os.getpid(), "broker": holder.broker}), flush=True)
    await asyncio.sleep(3600)


if __name__ == "__main__":
    logs.configure()
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2], sys.argv[3:]))

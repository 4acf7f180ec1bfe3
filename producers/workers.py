"""Worker processes for what may hang or blow up: parsing feeds and extracting articles from pages of strangers."""

import asyncio
import multiprocessing
from collections.abc import Callable
from concurrent.futures import TimeoutError as FutureTimeoutError
from typing import Any, TypeVar

from pebble import ProcessExpired, ProcessPool

R = TypeVar("R")

TASKS_PER_WORKER = 500
"""A worker is replaced after so many pages: libraries that parse HTML keep a little of each."""


class WorkerFailedError(Exception):
    """The work could not be done: it took too long, its process died, or it raised. `kind` says which."""

    def __init__(self, kind: str, detail: str) -> None:
        super().__init__(f"{kind}: {detail}")
        self.kind = kind
        self.detail = detail


class WorkerPool:
    """So many processes that run functions of modules and are killed when they take too long.

    Spawned, not forked: the parent has threads and an event loop, and a forked copy of a held lock never opens.
    """

    def __init__(self, workers: int) -> None:
        self._pool = ProcessPool(
            max_workers=workers, max_tasks=TASKS_PER_WORKER, context=multiprocessing.get_context("spawn")
        )

    async def run(self, function: Callable[..., R], *arguments: Any, timeout_s: float) -> R:
        """What `function(*arguments)` returns. Raises WorkerFailedError; the process is gone then, not the pool."""
        future = self._pool.schedule(function, args=arguments, timeout=timeout_s)
        try:
            return await asyncio.wrap_future(future)
        except (FutureTimeoutError, TimeoutError) as error:
            raise WorkerFailedError("timeout", f"{function.__name__} took longer than {timeout_s} s") from error
        except ProcessExpired as error:
            raise WorkerFailedError("crash", f"{function.__name__}: its process died: {error}") from error
        except asyncio.CancelledError:
            future.cancel()
            raise
        except Exception as error:
            raise WorkerFailedError("error", f"{function.__name__} raised {error!r}") from error

    def close(self) -> None:
        """End all workers at once, whatever they are doing."""
        self._pool.stop()
        self._pool.join(timeout=5)

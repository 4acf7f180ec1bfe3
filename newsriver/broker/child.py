"""A child process that ends when this process does, even when this process is killed."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

LAUNCHER = Path(__file__).with_name("launch.py")
_CHARACTERS_SHOWN = 4000
_LINES_SHOWN = 12


class Child:
    """One run of a program. Its output goes to a file, because a pipe would break when this process is killed, and a
    broken pipe could stop the program from saving."""

    def __init__(self, command: Sequence[str], *, output: Path, keep_open: Sequence[int]) -> None:
        self._command = command
        self._output = output
        self._keep_open = keep_open
        self._loop = asyncio.get_running_loop()
        self._started: asyncio.Future[int] = self._loop.create_future()
        self.ended: asyncio.Future[int] = self._loop.create_future()
        """The exit status, or the number of the signal that ended it, negated."""

    async def start(self) -> int:
        """Start the program and give its process id; descriptors in `keep_open` stay open in it."""
        # The kernel sends the signal when the starting thread ends, so that thread stays until the child has ended.
        threading.Thread(target=self._run, name="newsriver-broker", daemon=True).start()
        return await self._started

    def kill(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Send it a signal; the default asks it to save and end."""
        if not self.ended.done():
            with suppress(ProcessLookupError):
                os.kill(self._started.result(), number)

    def last_lines(self) -> str:
        """The end of what the program wrote."""
        try:
            text = self._output.read_text(errors="replace")
        except FileNotFoundError:
            return ""
        lines = [line for line in text[-_CHARACTERS_SHOWN:].splitlines() if not _is_linker_warning(line)]
        return "\n".join(lines[-_LINES_SHOWN:])

    def _run(self) -> None:
        launch = [sys.executable, "-I", "-S", str(LAUNCHER), str(os.getpid()), *self._command]
        try:
            with self._output.open("wb") as output:
                process = subprocess.Popen(
                    launch,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    pass_fds=self._keep_open,
                    start_new_session=True,  # Ctrl-C is for the river, which stops the broker last
                )
        except OSError as error:
            self._tell(self._started.set_exception, error)
            return
        self._tell(self._started.set_result, process.pid)
        self._tell(self.ended.set_result, process.wait())

    def _tell(self, settle: object, outcome: object) -> None:
        with suppress(RuntimeError):  # the event loop has been closed
            self._loop.call_soon_threadsafe(settle, outcome)  # type: ignore[arg-type]


def _is_linker_warning(line: str) -> bool:
    """glibc before 2.39 says this of a program that works all the same."""
    return "weak version `GLIBC_" in line

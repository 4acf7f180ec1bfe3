"""Run as a program: tie this process to its parent's life, then become the broker.

    python -I -S launch.py PARENT_PID PROGRAM ARGUMENT...

A program of its own because code between fork and exec is not safe in a process with threads. Imports nothing of
newsriver. SIGTERM and not SIGKILL, because the broker saves on SIGTERM: nothing is lost when its parent is killed.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
"""<linux/prctl.h>. The signal comes when the thread that started this process ends; exec keeps the setting."""


def main(arguments: list[str]) -> None:
    """Does not return."""
    parent, program = int(arguments[0]), arguments[1]
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0) != 0:
        sys.exit(f"cannot tie the broker to its parent: {os.strerror(ctypes.get_errno())}")
    if os.getppid() != parent:  # it died before the kernel was told
        sys.exit("the parent process is gone")
    os.execv(program, arguments[1:])


if __name__ == "__main__":
    main(sys.argv[1:])

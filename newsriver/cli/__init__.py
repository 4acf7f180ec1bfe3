"""The `newsriver` command: data on stdout, logs on stderr, one module a group of commands."""

from newsriver.cli.app import main

__all__ = ["main"]

"""The `newsriver` command: data on stdout, logs on stderr; `commands` has a module for each group of them."""

from newsriver.cli.app import main

__all__ = ["main"]

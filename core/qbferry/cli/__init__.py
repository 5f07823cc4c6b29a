"""The command line: ``qbferry``."""

from __future__ import annotations

from qbferry.cli.root import cli, main

__all__ = ["cli", "main"]

"""``python -m qbferry``."""

from __future__ import annotations

from qbferry.cli import main

if __name__ == "__main__":
    main()

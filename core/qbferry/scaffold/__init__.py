"""Writing a plugin to begin with: a distribution made from what qbXML says of a request."""

from __future__ import annotations

from qbferry.scaffold.writing import Wanted, write

__all__ = ["Wanted", "write"]

"""Records come in from sources by themselves: documents and cursor in one transaction, each once."""

from qbferry.sources.reader import Progress, Reader, reset
from qbferry.sources.taking import take

__all__ = ["Progress", "Reader", "reset", "take"]

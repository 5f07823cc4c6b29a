"""Records come in from sources by themselves: documents and cursor in one transaction, each once."""

from qbferry.sources.folder import Folder
from qbferry.sources.reader import Progress, Reader, reset
from qbferry.sources.taking import take

__all__ = ["Folder", "Progress", "Reader", "reset", "take"]

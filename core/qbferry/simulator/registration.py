"""A .qwc file, added to the Web Connector: what ties an application to a company file (facts A6)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from qbferry import xmldoor
from qbferry.errors import InputError

if TYPE_CHECKING:
    from qbferry.simulator.company import CompanyFile

__all__ = ["Registration"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """What the simulator needs of a .qwc file.

    Attributes:
        url: The AppURL.
        user: The UserName.
        owner_id: The application, ``{GUID}``.
        file_id: The connector, ``{GUID}``; kept in the company file under the OwnerID.
    """

    url: str
    user: str
    owner_id: str
    file_id: str

    @classmethod
    def read(cls, path: str | Path) -> Registration:
        """Read a .qwc file.

        Raises:
            InputError: It is missing, no XML, or lacks an element.
        """
        path = Path(path)
        try:
            root = xmldoor.parse(path.read_bytes())
        except OSError as error:
            raise InputError(f"The .qwc file {path} cannot be read: {error.strerror}.") from error
        except xmldoor.XmlError as error:
            raise InputError(f"{path} is no .qwc file; it {error}.") from error
        found = {
            name: root.findtext(name, "").strip() for name in ("AppURL", "UserName", "OwnerID", "FileID")
        }
        if missing := [name for name, text in found.items() if not text]:
            raise InputError(f"The .qwc file {path} lacks {', '.join(missing)}.")
        return cls(
            url=found["AppURL"],
            user=found["UserName"],
            owner_id=found["OwnerID"],
            file_id=found["FileID"],
        )

    def bind(self, company: CompanyFile) -> None:
        """Add the application to a company file; one that has its FileID keeps the one it has."""
        with company.write():
            known = company.get("applications", {})
            if self.owner_id.lower() not in known:
                company.put("applications", {**known, self.owner_id.lower(): self.file_id})

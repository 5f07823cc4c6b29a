"""Autotask's lists at hand: companies, resources, billing codes and so on, each row asked for once."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from qbferry_autotask.api import RefusedError, where

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from qbferry_autotask.api import Api

    Row = Mapping[str, Any]

__all__ = ["Known"]

FIELDS: Mapping[str, tuple[str, ...]] = {
    "Companies": (
        *("companyName", "phone", "isTaxExempt", "billToAttention", "billingAddress1", "billingAddress2"),
        *("billToCity", "billToState", "billToZipCode"),
    ),
    "Contacts": ("companyID", "emailAddress", "isActive"),
    "Resources": ("firstName", "lastName"),
    "BillingCodes": ("name",),
    "Roles": ("name",),
    "Products": ("name", "manufacturerProductName"),
    "ShippingTypes": ("name",),
    "Tickets": ("companyID",),
    "Tasks": ("projectID",),
    "Projects": ("companyID",),
    "Contracts": ("companyID",),
    "OrganizationalLevel1s": ("name",),
    "OrganizationalLevel2s": ("name",),
    "OrganizationalLevelAssociations": ("organizationalLevel1ID", "organizationalLevel2ID"),
}
"""What is read of each."""


class Known:
    """Rows by entity and id, for one part of one source.

    Args:
        api: Autotask.
    """

    def __init__(self, api: Api) -> None:
        self._api = api
        self._rows: dict[str, dict[int, Row | None]] = defaultdict(dict)

    def learn(self, entity: str, ids: Iterable[Any]) -> None:
        """Ask for rows that are not at hand, many at once."""
        there = self._rows[entity]
        lacking = {key for key in ids if key is not None and key not in there}
        if lacking:
            there.update(dict.fromkeys(lacking))
            for row in self._api.named(entity, "id", lacking, FIELDS[entity]):
                there[row["id"]] = row

    def learn_emails(self, companies: Iterable[Any]) -> None:
        """Ask for the addresses of companies' primary contacts, since companies have none themselves.

        An API user who may see no contacts gets the rest all the same.
        """
        primary = where("eq", "primaryContact", True)
        try:
            found = self._api.named("Contacts", "companyID", companies, FIELDS["Contacts"], primary)
        except RefusedError:
            return
        self._rows["Contacts"] = {row["companyID"]: row for row in found if row["isActive"]}

    def email(self, company: Any) -> str | None:
        """The address of a company's primary contact."""
        return self.text("Contacts", company, "emailAddress")

    def learn_classes(self, ids: Iterable[Any]) -> None:
        """Ask for lines of business."""
        wanted = [*ids]
        self.learn("OrganizationalLevelAssociations", wanted)
        rows = [row for key in wanted if (row := self.row("OrganizationalLevelAssociations", key))]
        for level in (1, 2):
            self.learn(f"OrganizationalLevel{level}s", (row[f"organizationalLevel{level}ID"] for row in rows))

    def learn_owners(self, rows: Iterable[Row]) -> None:
        """Ask for the companies behind tickets, tasks, projects and contracts."""
        given = [*rows]
        for entity, field in (("Tickets", "ticketID"), ("Tasks", "taskID"), ("Contracts", "contractID")):
            self.learn(entity, (row.get(field) for row in given))
        tasks = self._rows["Tasks"].values()
        projects = [row.get("projectID") for row in (*given, *(task for task in tasks if task))]
        self.learn("Projects", projects)
        self.learn("Companies", (self._owner(row) for row in given))

    def row(self, entity: str, key: Any) -> Row | None:
        """A row that was asked for."""
        return self._rows[entity].get(key)

    def text(self, entity: str, key: Any, field: str = "name") -> str | None:
        """A text of a row that was asked for."""
        row = self.row(entity, key)
        return (str(row[field]).strip() or None) if row and row.get(field) else None

    def company(self, key: Any) -> str | None:
        """The name of a company."""
        return self.text("Companies", key, "companyName")

    def owner(self, row: Row) -> str | None:
        """The company behind the ticket, task, project or contract of a row."""
        return self.company(self._owner(row))

    def resource(self, key: Any) -> str | None:
        """A person, as ``Smith, Ann``."""
        last, first = (self.text("Resources", key, field) for field in ("lastName", "firstName"))
        return ", ".join(filter(None, (last, first))) or None

    def class_(self, key: Any) -> str | None:
        """A line of business, as ``Division~Line``."""
        row = self.row("OrganizationalLevelAssociations", key)
        if row is None:
            return None
        levels = (
            self.text(f"OrganizationalLevel{level}s", row[f"organizationalLevel{level}ID"])
            for level in (1, 2)
        )
        return "~".join(filter(None, levels)) or None

    def learn_codes(self, rows: Iterable[Row], *fields: str) -> None:
        """Ask for the billing codes of rows."""
        self.learn("BillingCodes", (row.get(field) for row in rows for field in fields))

    def _owner(self, row: Row) -> Any:
        for entity, field in (
            ("Tickets", "ticketID"),
            ("Projects", "projectID"),
            ("Contracts", "contractID"),
        ):
            found = self.row(entity, row.get(field))
            if found is not None:
                return found["companyID"]
        task = self.row("Tasks", row.get("taskID"))
        project = self.row("Projects", task["projectID"]) if task else None
        return project["companyID"] if project else None

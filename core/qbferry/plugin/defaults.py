"""The framework's own behaviour, as hookimpls that step aside for any plugin's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qbferry.model import Noted, Rejected, Retry, Sent, Skip
from qbferry.plugin.answers import executed
from qbferry.plugin.markers import hookimpl
from qbferry.qbxml import check, status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from qbferry.model import AnyRecord, Connector, Entity, Request
    from qbferry.qbxml.render import Renderer
    from qbferry.qbxml.response import Response

__all__ = ["Defaults", "plain_meaning"]

NOT_PROCESSED = 3231
"""The status of requests after a refused one under stopOnError (facts B1)."""


class Defaults:
    """What happens where no plugin says otherwise."""

    def __init__(self, renderer: Callable[[], Renderer]) -> None:
        self._renderer = renderer

    @hookimpl(trylast=True)
    def check_retransfer(self, entity: Entity, record: AnyRecord) -> str:
        """Warn: QuickBooks will hold the record a second time."""
        number = f" as number {record.ref_number}" if record.ref_number else ""
        when = f" on {record.transfer_date:%Y-%m-%d %H:%M} UTC" if record.transfer_date else ""
        return (
            f"{entity.label} {record.id} was transferred{when}{number}; "
            "sending it again makes a duplicate in QuickBooks."
        )

    @hookimpl(trylast=True)
    def clear_number(self, entity: Entity, record: AnyRecord) -> Skip:
        """Refuse: there is no need."""
        return Skip(
            f"{entity.label} {record.id} can be sent again without clearing its number: set it ready again."
        )

    @hookimpl(trylast=True)
    def check_change(self) -> Noted:
        """Send nothing again by itself."""
        return Noted()

    @hookimpl(trylast=True)
    def render_request(self, entity: Entity, request: Request) -> str:
        """Render the request's template."""
        fields = {**request.fields, "marker": request.marker}
        return self._renderer().render(entity.name, entity.templates, request.name, fields)

    @hookimpl(trylast=True)
    def check_request(self, request: Request, xml: str, connector: Connector) -> Iterable[str]:
        """Hold the request against the qbXML schema."""
        return check.check_request(request.name, xml, connector.country or "US")

    @hookimpl(trylast=True)
    def handle_response(self, request: Request, response: Response) -> Sent | Rejected | Retry:
        """Read the object QuickBooks answered with."""
        return plain_meaning(request, response)


def plain_meaning(request: Request, response: Response) -> Sent | Rejected | Retry:
    """What an answer means by its status alone; a warning (500 to 999) usually carries the object."""
    if response.status_code == NOT_PROCESSED:
        return Retry("QuickBooks did not get to it, because an earlier request of the message failed.")
    if status.is_lock(response.status_code, response.message):
        return Retry(status.explain(response.status_code, response.message))
    if response.is_error:
        return Rejected(status.explain(response.status_code, response.message, response.lines))
    if not executed(request.name, response):
        return Rejected(status.explain(response.status_code, response.message), executed=False)
    objects = response.objects
    found = objects[0] if objects else response
    return Sent(
        txn_id=found.text("TxnID") or found.text("ListID"),
        ref_number=found.text("RefNumber"),
        edit_sequence=found.text("EditSequence"),
        note=response.message if response.status_code else None,
    )

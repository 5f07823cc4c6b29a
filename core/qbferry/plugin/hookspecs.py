"""The hooks: the whole contract between the framework and its plugins.

Two families. *Entity hooks* take an ``entity`` first and are scoped: only the entity's owner and the plugins
that own no entity (policies) are called. *Application hooks* are broadcast to all.

Rules for all of them: an implementation may take fewer arguments than its spec; ``None`` means "no opinion";
hooks are synchronous; what is annotated must agree with the spec, or the start stops. Hooks answer what is to
happen, and the framework does it: all fields of a record are read-only but for ``record.state``, which its
owner changes in the hooks that say so. Where a hook takes the first answer, the owner's comes before that of
policies, unless a policy is marked ``tryfirst``. Wrappers (``hookimpl(wrapper=True)``) work for every hook.

A hook that fails, or whose answer does not fit, ends that record's transfer with a reason that names plugin
and hook; what it changed is undone, and the run goes on. How long hooks take is measured: one that takes long
is logged and shown with its run, and when a call's time is spent the rest waits for the next one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import typer

from qbferry.model import (
    Already,
    AnyRecord,
    Cleared,
    Connector,
    Continue,
    Document,
    Entity,
    Event,
    Extension,
    Gone,
    Ignore,
    Lists,
    More,
    Names,
    News,
    Noted,
    Nothing,
    Outcome,
    Poll,
    Reference,
    Rejected,
    Request,
    Retry,
    SendAgain,
    Sent,
    Skip,
    Source,
    Withdraw,
)
from qbferry.plugin.markers import hookspec
from qbferry.plugin.ports import Storage
from qbferry.qbxml.response import Response

if TYPE_CHECKING:
    import jinja2

__all__: list[str] = []


# -- Application hooks ---------------------------------------------------------------------------------------


@hookspec
def entities() -> Iterable[Entity]:  # type: ignore[empty-body]
    """Declare the entities this plugin owns.

    Called once, at start. A plugin that declares none is a policy: its entity hooks are called for every
    entity. Two plugins cannot declare the same entity. What lists need of a declaration is remembered until
    the settings, the installed plugins or their code change, so that is all it may depend on.
    """


@hookspec
def extensions() -> Iterable[Extension]:  # type: ignore[empty-body]
    """Declare fields that this plugin adds to kinds of records that others own.

    Called once, at start. They come with the documents, are seen by every hook of the kind, reach its
    templates by their names, and are shown in lists where a column says so.
    """


@hookspec
def polls(connector: Connector) -> Iterable[Poll]:  # type: ignore[empty-body]
    """Declare queries that belong to no record, such as a QuickBooks list this plugin refers to.

    A poll is asked when its interval has passed, before the run's records, and its answer is handled in the
    database transaction that notes the time. One without an interval goes along with every run that has
    records of this plugin's entities. One that fails, or asks what QuickBooks does not know, is passed over.
    """


@hookspec
def sources() -> Iterable[Source]:  # type: ignore[empty-body]
    """Declare places where records come from by themselves.

    Called once, at start. The server reads each by its own timer, one process at a time: ``fetch`` is given
    the cursor of the last time and answers documents with the next one, which are taken in together, in one
    transaction. A document that does not fit is kept and tried again, and keeps back none of the others.
    What becomes of the records goes back by ``update_source``.
    """


@hookspec
def prepare_environment(env: jinja2.Environment) -> None:
    """Add filters or globals to the Jinja2 environment that renders qbXML. Called once, at start."""


@hookspec
def register_commands(cli: typer.Typer) -> None:
    """Add commands to ``qbferry``. Called when somebody asks for one of them, or for the help.

    What the help says of them is remembered until the settings, the installed plugins or their code change,
    so that is all they may depend on.
    """


@hookspec
def observe(event: Event) -> None:
    """Learn that something happened: a run started or ended, a record was transferred or failed.

    Told after the fact; what it raises is logged and dropped.
    """


@hookspec
def startup(storage: Storage) -> None:
    """Open what the plugin needs while the server runs. What it raises stops the start.

    ``storage`` is for a plugin with tables of its own, from its folder of migrations.
    """


@hookspec
def shutdown() -> None:
    """Close what ``startup`` opened."""


# -- Entity hooks, in the order of a record's life -----------------------------------------------------------


@hookspec
def check_eligibility(entity: Entity, record: AnyRecord, connector: Connector) -> Skip | None:
    """Veto a record.

    All concerned are asked, when a person or an import sets the record ready and again right before it is
    sent. One ``Skip`` is enough, and its reason is kept with the record: at the first occasion as why it is
    not ready, at the second as why it is Pending/Failed.
    """


@hookspec(firstresult=True)
def check_retransfer(entity: Entity, record: AnyRecord) -> Skip | str | None:
    """Judge setting a transferred record ready again.

    A ``Skip`` forbids it. A text is the warning a person must confirm first; with an empty one it goes
    without a question. The default warns that QuickBooks will hold a duplicate.
    """


@hookspec(firstresult=True)
def clear_number(entity: Entity, record: AnyRecord) -> Cleared | Skip | None:
    """Let go of what a record became in QuickBooks, because a person says so: it goes again as a new one.

    For entities whose ``check_eligibility`` or ``check_retransfer`` forbids a transfer as long as there is a
    number. ``Cleared``: the owner has emptied what its state keeps of the old object; the framework empties
    the rest, writes the old link into the history, and the record is Not Transferred. A ``Skip`` refuses; the
    default does, since other records can be sent again as they are.
    """


@hookspec(firstresult=True)
def check_change(
    entity: Entity, record: AnyRecord, previous: Document
) -> SendAgain | Noted | Ignore | Withdraw | None:
    """Judge a change at its source of a record that was transferred, or is ready to be.

    ``record.document`` is the new document, ``previous`` the old one; the owner may keep what it needs in the
    record's state. ``SendAgain`` sets a transferred record Pending, so that the change itself goes to
    QuickBooks (goods received, an order canceled). ``Noted`` only says "changed since transfer", and is the
    default. ``Ignore``: it is no change at all, and the old document stays. ``Withdraw`` takes a ready record
    out of the coming runs. A change in nothing but the entity's ``never_sent`` fields is not asked about.
    """


@hookspec(firstresult=True)
def references(entity: Entity, record: AnyRecord, connector: Connector) -> Iterable[Reference] | None:
    """Name what in a record stands for entries of QuickBooks' lists.

    The owner answers, with targets its entity declares. The framework resolves each before anything is built:
    what a person or a transfer linked, else an entry of exactly that name, else one that is made first, in a
    message of its own, once however many records need it. What cannot resolve fails the record with a
    sentence for each.
    """


@hookspec(firstresult=True)
def build_requests(
    entity: Entity, record: AnyRecord, connector: Connector, lists: Lists, names: Names
) -> Iterable[Request] | Skip | None:
    """Turn a record into its qbXML requests: add, receive, delete, … by the record's state.

    The owner answers. ``names`` holds what the record's references became, by where they stand; what is
    optional and not there is not in it. Keys must be the same every time for the same record, since what
    QuickBooks already has of it is remembered by key and left out. A ``Skip`` says in words why it cannot be
    built. No requests at all: QuickBooks has all of it, which is believed only of a record with something in
    ``done``, or one that was transferred before.
    """


@hookspec(firstresult=True)
def possible_keys(entity: Entity, record: AnyRecord) -> Iterable[str] | None:
    """Name keys of requests that may have been sent for a record, beside those it builds now.

    Asked when QuickBooks has something with a marker of ours that nobody has booked, as after the database
    was restored from a backup. Markers are computed from keys: what a record no longer builds, or not yet,
    or cannot build at this moment, is recognized only by what is said here. The owner answers, from document
    and state; keys of what was never sent do no harm.
    """


@hookspec(firstresult=True)
def render_request(entity: Entity, request: Request) -> str | None:
    """Write one request as qbXML: the elements inside ``<…Rq>``.

    The default renders ``{request.name}.xml.j2`` of the entity's template folder with the request's fields
    and ``marker``.
    """


@hookspec
def check_request(entity: Entity, request: Request, xml: str, connector: Connector) -> Iterable[str] | None:
    """Find problems in a request before it leaves, each a sentence; one is enough to stop the record.

    All concerned are asked. The default holds the request against the qbXML schema, in the edition of the
    connector's country.
    """


@hookspec(firstresult=True)
def handle_response(
    entity: Entity, record: AnyRecord, request: Request, response: Response
) -> Sent | Rejected | Retry | Continue | Already | None:
    """Say what an answer of QuickBooks means for the record; the owner may keep what it learns in its state.

    The default: status 0 to 999 is ``Sent`` with the TxnID, a warning that saved nothing is ``Rejected``, a
    lock or a request not reached is ``Retry``, all else is ``Rejected`` with the reason in plain words. What
    contradicts the answer (``Sent`` for a refusal, another object's TxnID) fails the record; and whatever is
    said here, an add that QuickBooks has executed is never sent again for the same transfer.
    """


@hookspec
def after_transfer(
    entity: Entity, record: AnyRecord, outcomes: Sequence[Outcome]
) -> More | Gone | Noted | None:
    """Act after QuickBooks has all of the record, in the same database transaction.

    All concerned are called, once per transfer. ``outcomes`` are those of the answer that completed it;
    empty when an earlier attempt of this hook failed, or when a person said that QuickBooks has it.
    ``record.done`` names all requests of the transfer by key. The record is Transferred. ``More``: there is
    more to send, in the same run, under keys that were not used yet. ``Gone``: QuickBooks has it no more, and
    it is Not Transferred. ``Noted``: QuickBooks has it otherwise than the source now says.
    """


@hookspec(firstresult=True)
def forget(entity: Entity, record: AnyRecord, lost: Mapping[str, str]) -> Nothing | Skip | None:
    """Let go of what QuickBooks has lost of a record, because its company file was restored from a backup.

    Called in the transaction that sets the record back. ``lost`` maps the keys of the requests whose results
    do not hold any more to their TxnIDs, oldest first: an add's transaction is not there, one that ``TxnDel``
    deleted is there again. The framework has taken their transfer back: ``record.done`` names what QuickBooks
    still has of it, and the record is Pending. What the owner keeps in the state it sets back here, so that
    ``build_requests`` gives what is missing. ``Nothing``: nothing is left to send, and it is Not Transferred.
    A ``Skip``: it cannot go again by itself, and why; it is Pending/Failed until a person sets it ready.
    """


@hookspec
def update_source(entity: Entity, record: AnyRecord, news: News, storage: Storage) -> None:
    """Tell the outside world what became of a record.

    Called from the outbox after it was committed, one plugin at a time, in order for each record, again after
    a failure: at least once, so it must be idempotent. ``storage`` is for a plugin with tables of its own.
    """

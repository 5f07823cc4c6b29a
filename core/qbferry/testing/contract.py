"""The first part of the contract: the plugin itself, its shape, the way to QuickBooks and back."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from importlib.metadata import EntryPoint
from types import ModuleType
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import ValidationError

from qbferry.errors import RenderError
from qbferry.model import (
    Connector,
    Document,
    Lists,
    Outcome,
    Record,
    Rejected,
    Retry,
    Sent,
    Skip,
    TransferStatus,
)
from qbferry.model.record import write_document
from qbferry.plugin import discovery
from qbferry.plugin.manager import Plugins
from qbferry.qbxml.response import Node
from qbferry.testing.probes import accepted, poisoned, refused, takes_marker
from qbferry.testing.records import FixedLists, build, make_record, row_of
from qbferry.xmldoor import XmlError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from qbferry.model import AnyRecord, Entity, Request

__all__ = ["MARKER", "Contract", "require"]

MARKER = "{6A4B0C2E-1D3F-4A5B-8C6D-7E8F90A1B2C3}"
"""The ExternalGUID of the requests a contract looks at."""


class Contract:
    """The first part of the contract, and what its other parts stand on; see ``EntityContract``.

    Attributes:
        plugin: What the plugin's entry point names: a class or a module.
        samples: Records as JSON that may go as they are; the more different, the more is tested.
        entity: The name of the entity, for a plugin that owns several.
        settings: The plugin's table of settings.
        connector: Where the records go.
        lists: QuickBooks' lists.
        answers: Request name -> the qbXML inside its answer, where a TxnID is not enough for the plugin.
    """

    plugin: ClassVar[type[Any] | ModuleType]
    samples: ClassVar[Sequence[Mapping[str, Any]]]
    entity: ClassVar[str] = ""
    settings: ClassVar[Mapping[str, Any]] = {}
    connector: ClassVar[Connector] = Connector(id=1, name="contract", country="US")
    lists: ClassVar[Lists] = FixedLists()
    answers: ClassVar[Mapping[str, str]] = {}

    def __init_subclass__(cls) -> None:
        """Refuse a subclass that takes a test of the contract away."""
        if cls.__module__.startswith("qbferry.testing."):
            return
        whole = next(one for one in cls.__mro__ if one.__module__.startswith("qbferry.testing."))
        for name in dir(whole):
            own = getattr(cls, name, None)
            if name.startswith("test_") and own is not getattr(whole, name) and not _expected_to_fail(own):
                raise TypeError(
                    f"{cls.__name__} overrides {name} of the contract. Let the plugin hold it, or mark the "
                    'override with @pytest.mark.xfail(reason="...").'
                )

    # -- The plugin itself

    def test_it_loads_and_fits_the_hooks(self) -> None:
        """Hooks have known names, arguments and types; entities are declared rightly; the settings fit."""
        self._ready()

    def test_its_entity_is_well_named(self) -> None:
        """Names serve as command words and settings, and as keys in lists."""
        _, entity = self._ready()
        require(entity.name.isidentifier() and entity.name.islower(), "Its name is a word like bill_credit.")
        require(bool(entity.label and entity.plural), "A person reads its label and its plural.")
        require(issubclass(entity.document, Document), "Its document is a qbferry.Document.")
        require(entity.templates.is_dir(), "Its templates lie in a folder that is installed with it.")
        names = [column.name for column in entity.columns]
        require(len({*names}) == len(names), f"The names of its columns are unique, not {names}.")

    # -- The shape of its records

    def test_the_shape_can_be_printed_and_read_back(self) -> None:
        """The document has a JSON Schema, survives being stored, and refuses unknown fields."""
        _, entity = self._ready()
        json.dumps(entity.document.model_json_schema())
        for sample in self.samples:
            typed = entity.document.model_validate(sample)
            stored = entity.document.model_validate_json(write_document(typed))
            require(stored == typed, "Its document reads back what it was stored as.")
            try:
                entity.document.model_validate({**sample, "no_such_field": 1})
            except ValidationError:
                continue
            raise AssertionError('Its document refuses unknown fields: model_config = {"extra": "forbid"}.')

    def test_a_summary_can_be_made(self) -> None:
        """What the core may know of a record is of the right types."""
        for plugins, entity, record in self._records():
            found = plugins.summary(entity, record.document)
            for name in ("party", "currency", "number"):
                require(isinstance(getattr(found, name), str), f"The summary's {name} is a text.")
            require(found.dated is None or type(found.dated) is date, "The summary's dated is a date.")
            number = found.amount is None or (isinstance(found.amount, Decimal) and found.amount.is_finite())
            require(number, "The summary's amount is a Decimal.")

    # -- The way to QuickBooks

    def test_samples_are_eligible(self) -> None:
        """What is given as a sample may go."""
        for plugins, entity, record in self._records():
            veto = plugins.check_eligibility(entity, record, self.connector)
            require(veto is None, f"The sample {record.id} may go, but: {veto and veto.reason}")

    def test_requests_are_the_same_every_time(self) -> None:
        """Keys are unique and stable; built twice, a record gives the same requests."""
        for plugins, entity, record in self._records():
            first, second = self._built(plugins, entity, record), self._built(plugins, entity, record)
            keys = [request.key for request in first]
            require(bool(keys), f"The sample {record.id} may go, so it has a request.")
            require(len({*keys}) == len(keys), f"The keys of its requests are unique, not {keys}.")
            require(first == second, "Its requests are the same every time; no clock, no chance in them.")

    def test_asking_and_building_change_no_record(self) -> None:
        """A preview calls these hooks, so they only read."""
        for plugins, entity, record in self._records():
            before = _content(record)
            plugins.check_eligibility(entity, record, self.connector)
            self._built(plugins, entity, record)
            require(_content(record) == before, "check_eligibility and build_requests change no record.")

    def test_what_is_never_sent_is_not(self) -> None:
        """Without the fields that are declared as never sent, a sample gives the same requests."""
        for plugins, entity, record in self._records():
            document = json.loads(row_of(record).document_text)
            for name in entity.unsent & document.keys():
                try:
                    other = make_record(entity, {key: document[key] for key in document if key != name})
                except ValidationError:
                    continue  # it must be there
                if not plugins.check_eligibility(entity, other, self.connector):
                    same = self._written(plugins, entity, other) == self._written(plugins, entity, record)
                    require(same, f"{name} is never sent, but without it the requests differ.")

    def test_requests_pass_their_checks(self) -> None:
        """Templates write what QuickBooks takes, in its order, within its lengths, with the marker."""
        for plugins, entity, record in self._records():
            for request in self._built(plugins, entity, record):
                xml = plugins.render_request(entity, request)
                problems = plugins.check_request(entity, request, xml, self.connector)
                require(not problems, f"{request.name} passes its checks: {' '.join(problems)}")
                marked = f"<ExternalGUID>{MARKER}</ExternalGUID>" in xml or not takes_marker(request.name)
                require(marked, f"{request.name} is recognized by its marker; write it as ExternalGUID.")

    def test_hostile_text_stays_text(self) -> None:
        """Whatever a field holds is carried as it is, or refused with a sentence; it never becomes qbXML."""
        plugins, entity = self._ready()
        for document in (changed for sample in self.samples for changed in poisoned(sample)):
            try:
                record = make_record(entity, document)
                if plugins.check_eligibility(entity, record, self.connector):
                    continue
                built = build(plugins, entity, record, self.connector, self.lists)
                rendered = (
                    [] if isinstance(built, Skip) else [plugins.render_request(entity, r) for r in built]
                )
            except (ValidationError, RenderError):
                continue
            for xml in rendered:
                require(xml.isascii(), "Its requests are ASCII, whatever a field holds.")
                try:
                    nodes = [*Node.of(xml).each(".//*")]
                except XmlError as error:
                    raise AssertionError(f"Texts are escaped, else qbXML breaks: {error}: {xml}") from error
                require(all(node.name != "c" for node in nodes), f"A text became an element: {xml}")
                twice = [node.name for node in nodes if "&amp;amp;" in (node.text() or "")]
                require(not twice, f"Texts are escaped once; {twice} are escaped twice.")

    # -- The way back

    def test_a_refusal_is_never_taken_for_success(self) -> None:
        """What QuickBooks refused is Rejected or Retry, told from the answer and the record alone."""
        for plugins, entity, record in self._records():
            for request in self._built(plugins, entity, record):
                listed = replace(request, fields={})
                result = plugins.handle_response(entity, record, listed, refused(request.name))
                require(isinstance(result, Rejected | Retry), f"A refused {request.name} is {result}.")

    def test_what_follows_a_transfer_can_be_repeated(self) -> None:
        """after_transfer is called again, without outcomes, after it raised; then nothing more changes."""
        for plugins, entity, record in self._transferred():
            once = _content(record)
            plugins.after_transfer(entity, record, ())
            require(_content(record) == once, "after_transfer called a second time changes nothing.")

    def test_the_state_survives_being_stored(self) -> None:
        """What the plugin keeps of a transfer is read back as it was."""
        for _, entity, record in self._transferred():
            record.keep()
            again = Record.read(entity, row_of(record))
            require(again.state == record.state, f"Its state reads back as it was stored: {record.state}")

    # -- What the tests stand on

    def _installed(self) -> discovery.Installed:
        target = self.plugin
        module = isinstance(target, ModuleType)
        value = target.__name__ if module else f"{target.__module__}:{target.__qualname__}"
        point = EntryPoint(name="contract", value=value, group=discovery.GROUP)
        return discovery.Installed(name="contract", distribution="contract", version="0", point=point)

    def _ready(self) -> tuple[Plugins, Entity]:
        plugins = Plugins({"contract": discovery.load(self._installed(), self.settings)})
        names = [self.entity] if self.entity else [*plugins.entities]
        require(len(names) == 1, f"The contract is held by one entity; set entity to one of {names}.")
        return plugins, plugins.entities[names[0]]

    def _records(self) -> Iterator[tuple[Plugins, Entity, AnyRecord]]:
        plugins, entity = self._ready()
        require(bool(self.samples), "The contract needs at least one sample.")
        for sample in self.samples:
            yield plugins, entity, make_record(entity, sample)

    def _transferred(self) -> Iterator[tuple[Plugins, Entity, AnyRecord]]:
        """Those samples whose first requests are all that there is to send, after QuickBooks took them."""
        for plugins, entity, record in self._records():
            requests = self._built(plugins, entity, record)
            outcomes = [self._outcome(plugins, entity, record, request) for request in requests]
            if all(isinstance(outcome.result, Sent) for outcome in outcomes):
                row = row_of(record)
                row.transfer_status, row.transfer_count = TransferStatus.TRANSFERRED, 1
                plugins.after_transfer(entity, record, outcomes)
                yield plugins, entity, record

    def _built(self, plugins: Plugins, entity: Entity, record: AnyRecord) -> list[Request]:
        built = build(plugins, entity, record, self.connector, self.lists)
        why = built.reason if isinstance(built, Skip) else ""
        require(not why, f"The sample {record.id} may go, but: {why}")
        return [] if isinstance(built, Skip) else [replace(request, marker=MARKER) for request in built]

    def _written(self, plugins: Plugins, entity: Entity, record: AnyRecord) -> dict[str, str]:
        built = self._built(plugins, entity, record)
        return {request.key: plugins.render_request(entity, request) for request in built}

    def _outcome(self, plugins: Plugins, entity: Entity, record: AnyRecord, request: Request) -> Outcome:
        answer = accepted(request.name, self.answers.get(request.name))
        listed = replace(request, fields={})
        result = plugins.handle_response(entity, record, listed, answer)
        require(not isinstance(result, Rejected), f"{request.name} was accepted, but is {result}.")
        if isinstance(result, Sent):
            row = row_of(record)
            row.done = row.done | {request.key: result.txn_id}
            row.txn_id, row.ref_number = result.txn_id or row.txn_id, result.ref_number or row.ref_number
        return Outcome(request=listed, result=result, response=answer)


def require(held: bool, sentence: str) -> None:
    """Fail with a sentence unless it holds."""
    if not held:
        raise AssertionError(sentence)


def _expected_to_fail(test: object) -> bool:
    marks: list[Any] = getattr(test, "pytestmark", [])
    return any(mark.name == "xfail" and mark.kwargs.get("reason") for mark in marks)


def _content(record: AnyRecord) -> str:
    """All that a plugin could change of a record."""
    return record.document.model_dump_json() + record.state.model_dump_json()

"""The contract: what leaves is what the record says, and what came back is what QuickBooks said."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import ValidationError

from qbferry.errors import HookError, RenderError
from qbferry.model import Name, Names, News, NewsKind, Sent, Skip
from qbferry.qbxml import status
from qbferry.qbxml.response import Node
from qbferry.testing.contract import MARKER, Contract, require
from qbferry.testing.probes import accepted, nested, optional, refused, texts, with_value
from qbferry.testing.records import build, make_record

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from qbferry.model import Entity
    from qbferry.plugin.manager import Plugins

__all__ = ["Faithful"]

NAMES = frozenset({"FullName", "Name", "RefNumber", "FirstName", "LastName", "CompanyName"})
"""Elements that say which: cut, they say another one."""

LONG = "x" * 300
_NUMBER = re.compile(r"-?[0-9]+[.][0-9]{1,2}")
FINER, ROUNDED = "1.239", {"1.24", "1.23"}


class Faithful(Contract):
    """Nothing is cut, rounded or made up on the way."""

    storage: ClassVar[Any] = None

    def told(self) -> object:
        """Give what the outside has been told: files, rows, calls. For a plugin with ``update_source``."""
        raise AssertionError(
            "update_source tells the outside, at least once. Let the contract's told() give what the "
            "outside has then, "
            "so that it can be seen that telling twice changes nothing."
        )

    def _written_if(
        self, plugins: Plugins, entity: Entity, document: Mapping[str, Any]
    ) -> Iterator[tuple[str, Node]]:
        """What a changed document would send; nothing, where it is refused with a sentence."""
        try:
            record = make_record(entity, document)
            if plugins.check_eligibility(entity, record, self.connector):
                return
            built = build(plugins, entity, record, self.connector, self.lists)
            for one in [] if isinstance(built, Skip) else built:
                request = replace(one, marker=MARKER)
                xml = plugins.render_request(entity, request)
                if not plugins.check_request(entity, request, xml, self.connector):
                    yield request.name, Node.of(xml)
        except (ValidationError, RenderError, HookError):
            return

    def test_no_name_is_cut(self) -> None:
        """A name cut to its length is the name of somebody else, or of nobody."""
        plugins, entity = self._ready()
        for sample in self.samples:
            for path, text in texts(sample):
                longer = text + LONG
                for name, node in self._written_if(plugins, entity, with_value(sample, path, longer)):
                    for leaf in node.each(".//*"):
                        found = leaf.text() or ""
                        cut = (
                            leaf.name in NAMES
                            and len(text) < len(found) < len(longer)
                            and longer.startswith(found)
                        )
                        require(
                            not cut,
                            f"{name} cuts {_place(path)} to {len(found)} characters in {leaf.name}. "
                            f"Refuse what is too long, "
                            "with max_length in the document or a rule; only memos and descriptions may "
                            "be cut.",
                        )

    def test_nothing_is_written_for_nothing(self) -> None:
        """None is no text: an element that has nothing to say is left out."""
        plugins, entity = self._ready()
        for sample in self.samples:
            for document in (sample, *optional(sample)):
                own = json.dumps(document)
                for name, node in self._written_if(plugins, entity, document):
                    for leaf in node.each(".//*"):
                        text = (leaf.text() or "").strip()
                        made_up = text in {"None", "nan", "null", "undefined", "[]", "{}"} and text not in own
                        require(
                            not made_up,
                            f'{name} writes "{text}" as {leaf.name}. Give the template None itself, and '
                            f"write it with el, "
                            "which leaves it out.",
                        )

    def test_no_reference_names_nothing(self) -> None:
        """An empty reference is refused by QuickBooks, or clears what was there."""
        plugins, entity = self._ready()
        for sample in self.samples:
            for document in (sample, *optional(sample)):
                for name, node in self._written_if(plugins, entity, document):
                    for ref in node.each(".//*"):
                        named = any((ref.text(tag) or "").strip() for tag in ("FullName", "ListID"))
                        require(
                            not ref.name.endswith("Ref") or named,
                            f"{name} has a {ref.name} that names nothing. Write it with ref, which "
                            f"leaves it out.",
                        )

    def test_amounts_are_not_rounded(self) -> None:
        """A third decimal is a mistake of the source; rounded, it and QuickBooks differ for good."""
        plugins, entity = self._ready()
        for sample in self.samples:
            for path, text in texts(sample):
                if not _NUMBER.fullmatch(text):
                    continue
                before = {
                    leaf.text()
                    for _, node in self._written_if(plugins, entity, sample)
                    for leaf in node.each(".//*")
                }
                for name, node in self._written_if(plugins, entity, with_value(sample, path, FINER)):
                    for leaf in node.each(".//*"):
                        require(
                            leaf.text() not in ROUNDED - before,
                            f"{name} makes {leaf.text()} of {FINER} ({_place(path)}). Declare it as "
                            f"Money, which refuses what "
                            "has more than two decimals.",
                        )

    def test_unknown_fields_are_refused_inside_too(self) -> None:
        """A field of a line that is misspelt is one that silently is not sent."""
        _, entity = self._ready()
        for sample in self.samples:
            for path in nested(sample):
                changed = with_value(sample, (*path, "no_such_field"), 1)
                try:
                    entity.document.model_validate(changed)
                except ValidationError:
                    continue
                raise AssertionError(
                    f"{_place(path)} takes fields it does not know: model_config = "
                    f'ConfigDict(extra="forbid").'
                )

    def test_no_error_is_taken_for_success(self) -> None:
        """Whatever code and severity QuickBooks refuses with, the record is not there."""
        plugins, entity, record = next(self._records())
        for request in self._built(plugins, entity, record):
            for code in (*status.codes(), 1001, 9999):
                if code < 1000:
                    continue
                answer = refused(request.name, code, "It was refused.")
                result = plugins.handle_response(entity, record, replace(request, fields={}), answer)
                require(not isinstance(result, Sent), f"{request.name} refused with {code} is {result}.")

    def test_what_a_name_stands_for_is_what_is_sent(self) -> None:
        """A person may say that a name is an entry called otherwise; the name itself is another's then."""
        for plugins, entity, record in self._records():
            references = plugins.references(entity, record, self.connector)
            identities = {each.at: f"8000{place:04X}-1" for place, each in enumerate(references, 1)}
            names = Names(
                {at: Name(f"Entry {one}", one, linked=True, txn_id=one) for at, one in identities.items()}
            )
            built = plugins.build_requests(entity, record, self.connector, self.lists, names)
            if isinstance(built, Skip):
                continue
            sent = "".join(plugins.render_request(entity, request) for request in built)
            for each in references:
                require(
                    each.target.optional or identities[each.at] in sent,
                    f'What "{each.name}" at {each.at} of {record.id} was found to be is not sent. Give '
                    f'names["{each.at}"] to the template, and write it with ref.',
                )

    def test_the_identity_is_that_of_the_answer(self) -> None:
        """A TxnID that is not the answer's links the record to somebody else's transaction."""
        for plugins, entity, record in self._records():
            for request in self._built(plugins, entity, record):
                answer = accepted(request.name, self.answers.get(request.name))
                result = plugins.handle_response(entity, record, replace(request, fields={}), answer)
                ids = {node.text() for tag in ("TxnID", "ListID") for node in answer.node.each(f".//{tag}")}
                require(
                    not isinstance(result, Sent) or result.txn_id in ids or not ids,
                    f"{request.name} was answered with {sorted(filter(None, ids))}, and is {result}. "
                    f"Take TxnID or ListID from "
                    "the answer, or leave handle_response to the framework.",
                )

    def test_telling_twice_is_telling_once(self) -> None:
        """update_source is called again after a failure, and after a process died behind it."""
        found = next(self._transferred(), None)
        if found is None or not found[0].source_updaters(found[1].name):
            return
        plugins, entity, record = found
        for kind in (NewsKind.SENT, NewsKind.REJECTED):
            values = {"key": "key", "txn_id": "1-1", "ref_number": "1", "reason": "It was refused."}
            news = News(kind=kind, at=datetime(2026, 10, 31, tzinfo=UTC), values=values)
            plugins.update_source("contract", entity, record, news, self.storage)
            once = self.told()
            plugins.update_source("contract", entity, record, news, self.storage)
            require(
                self.told() == once,
                "update_source called twice with the same news tells twice. Make it idempotent: write to "
                "a place that is named "
                "by the record and the news.",
            )


def _place(path: tuple[Any, ...]) -> str:
    """``lines[0].item``."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".") or "the document"

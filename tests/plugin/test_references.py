"""What hooks name: a name that is empty is one for which a person may say what holds."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

from qbferry import Connector, Document, Entity, NewEntry, Record, Reference, Target, hookimpl
from qbferry.model import NONE
from qbferry.model.row import RecordRow
from qbferry.plugin.manager import Plugins

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

CLASS = Target(label="class", kinds=("Class",), remedy="Create it there.")
UNNAMED = Reference(
    at="class",
    target=CLASS,
    name="",
    where="line 1",
    spellings=("Managed",),
    uses=("billable",),
    new=NewEntry(kind="Class", full_name="Managed", request="ClassAdd", fields={}),
)


class Classed:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @hookimpl
    def entities(self) -> Iterable[Entity]:
        return [
            Entity(
                name="deed",
                label="Deed",
                plural="Deeds",
                document=Document,
                requests=("ClassAdd",),
                targets=(CLASS,),
                templates=self._folder,
            )
        ]

    @hookimpl
    def references(self) -> Iterable[Reference]:
        return [UNNAMED]


def test_a_reference_that_names_nothing_stands_for_what_nothing_is_mapped_to(tmp_path: Path) -> None:
    (tmp_path / "ClassAdd.xml.j2").write_text("<ClassAdd></ClassAdd>", "utf-8")
    plugins = Plugins({"classed": Classed(tmp_path)})
    entity = plugins.entities["deed"]
    row = RecordRow(id="D", connector_id=1, entity="deed", document_text='{"id":"D"}')
    [found] = plugins.references(entity, Record.read(entity, row), Connector(id=1, name="office"))
    assert (found.name, found.target.optional) == (NONE, True)
    for each in fields(Reference):
        if each.name not in {"name", "target"}:
            assert getattr(UNNAMED, each.name), f"this test gives {each.name} no value of its own"
            assert getattr(found, each.name) == getattr(UNNAMED, each.name)

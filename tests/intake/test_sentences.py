"""What is wrong with a file, in a person's words: for all that the shipped models can find."""

from __future__ import annotations

import gzip
import io
import json
import re
import zipfile
from copy import deepcopy
from decimal import Decimal
from typing import TYPE_CHECKING, Any, get_args

import pytest
from pydantic import BaseModel, ValidationError
from pydantic_core.core_schema import ErrorType

from qbferry import Document, Entity
from qbferry.config import PluginSettings
from qbferry.demo.script import first_act
from qbferry.errors import InputError
from qbferry.intake import read
from qbferry.plugin.manager import assemble
from qbferry.sentences import WORDS, place

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ENTITIES: dict[str, Entity] = dict(assemble(PluginSettings()).entities)
SAMPLES = {part.entity: part.document for part in reversed(first_act())}
"""A document of each shipped entity, which is taken as it is."""

NODES: dict[str, dict[str, set[str]]] = {
    "any": {},
    "bool": {"": {"bool_type", "bool_parsing"}},
    "date": {"": {"date_type", "date_from_datetime_parsing", "date_from_datetime_inexact"}},
    "decimal": {
        "": {"decimal_type", "decimal_parsing", "finite_number"},
        "max_digits": {"decimal_max_digits"},
        "decimal_places": {"decimal_max_places", "decimal_whole_digits"},
        "gt": {"greater_than"},
        "ge": {"greater_than_equal"},
        "lt": {"less_than"},
    },
    "default": {},
    "definition-ref": {},
    "definitions": {},
    "enum": {"": {"enum"}},
    "function-after": {"": {"value_error"}},
    "model": {"": {"model_type"}},
    "model-field": {"": {"missing"}},
    "model-fields": {"": {"extra_forbidden"}},
    "nullable": {},
    "str": {
        "": {"string_type"},
        "min_length": {"string_too_short"},
        "max_length": {"string_too_long"},
        "pattern": {"string_pattern_mismatch"},
    },
    "tuple": {"": {"tuple_type"}},
}
"""What each kind of node of pydantic's schemas can raise: always, and with a constraint."""

NASTY: tuple[Any, ...] = (
    *(None, True, "yes?", 7, -1, 1.5, 20261031, [], {}, [None], [{}], "", " ", "x", "x" * 300, "much"),
    *("1.234", "123456789012345678", "1e3", "NaN", "2026-13-40", "2026-10-31T14:00:00", "31.10.2026"),
    *(
        1e400,
        12345678901.5,
        "12345678901.5",
        "2.1234567",
        {"x": 1},
        "1,5",
        "Infinity",
        -12345678901,
        "1" * 25,
    ),
)


def nodes(schema: Any) -> Iterator[dict[str, Any]]:
    """All nodes of a schema of pydantic's."""
    if isinstance(schema, dict):
        if "type" in schema:
            yield schema
        for name, value in schema.items():
            if name not in ("metadata", "serialization", "cls", "config", "default", "function", "missing"):
                yield from nodes(value)
    elif isinstance(schema, list | tuple):
        for one in schema:
            yield from nodes(one)


def possible(entity: Entity) -> set[str]:
    found: set[str] = set()
    for node in nodes(entity.document.__pydantic_core_schema__):
        assert node["type"] in NODES, f"say what a node {node['type']} can raise"
        for constraint, codes in NODES[node["type"]].items():
            if not constraint or node.get(constraint) is not None:
                found |= codes
    return found


def places(schema: Any, document: Any, at: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every field of a document, those it does not have as well, and of the first of each list."""
    if isinstance(document, list):
        for one in document[:1]:
            yield (*at, 0)
            yield from places(schema, one, (*at, 0))
    elif isinstance(document, dict):
        shapes = [node["fields"] for node in nodes(schema) if node["type"] == "model-fields"]
        [shape] = [
            one
            for one in shapes
            if document.keys() <= {field.get("validation_alias", name) for name, field in one.items()}
        ][:1]
        for name, field in shape.items():
            there = (*at, field.get("validation_alias", name))
            yield there
            yield from places(field["schema"], document.get(there[-1]), there)


def with_value(document: Any, there: tuple[str | int, ...], value: Any) -> Any:
    changed = node = deepcopy(document)
    for part in there[:-1]:
        node = node[part]
    node[there[-1]] = value
    return changed


def told(entity: Entity, document: Any) -> str:
    """What is said of a document; nothing if it is taken."""
    try:
        read(entity, [json.dumps(document)])
    except InputError as error:
        return str(error)
    return ""


def refused(entity: Entity, *documents: Any) -> str:
    with pytest.raises(InputError) as caught:
        read(entity, [json.dumps(document) for document in documents])
    return str(caught.value)


def taken(entity: Entity, document: Any) -> dict[str, Any]:
    [arrival] = read(entity, [json.dumps(document)])
    return arrival.document


def codes(entity: Entity, document: Any) -> set[str]:
    try:
        entity.document.model_validate_json(json.dumps(document))
    except ValidationError as error:
        return {one["type"] for one in error.errors()}
    return set()


def test_the_codes_are_pydantics() -> None:
    assert set(WORDS) <= set(get_args(ErrorType))


@pytest.mark.parametrize("entity", ENTITIES.values(), ids=ENTITIES)
def test_all_that_a_shipped_model_can_raise_has_words_and_is_told_in_them(entity: Entity) -> None:
    expected = possible(entity)
    assert expected <= WORDS.keys()
    sample = SAMPLES[entity.name]
    taken(entity, sample)
    raised: set[str] = set()
    fields = [*places(entity.document.__pydantic_core_schema__, sample)]
    assert len(fields) > 10
    for there in fields:
        for value in NASTY:
            document = with_value(sample, there, value)
            raised |= codes(entity, document)
            text = told(entity, document)
            assert re.fullmatch(
                r"(Nothing was imported, because of \d+ faults?:(\n  line 1, [^\n]+)+)?", text
            )
            assert not re.search("nput should|xtra inputs|atetimes provided|raise|Error", text)
            assert "{" not in text.replace(json.dumps(value), "").replace("{…}", "")
    raised |= codes(entity, sample | {"colour": 1})
    raised |= codes(entity, {name: value for name, value in sample.items() if name != "id"})
    raised |= codes(entity, 17)
    unheard = expected - raised - {"date_type", "decimal_whole_digits", "decimal_max_places", "value_error"}
    assert not unheard, "the test provokes all but a few"
    assert raised <= WORDS.keys()
    behind = {"greater_than_equal", "decimal_max_digits"}
    assert raised - expected <= behind, "but of a limit that comes behind a validator, or is one"


@pytest.mark.parametrize(
    ("there", "value", "sentence"),
    [
        (
            ("total",),
            "3_0_0",
            "field total: is not plainly written; write digits with a point, such as 1234.50",
        ),
        (("total",), "٣٠٠", "field total: is not plainly written"),
        (("total",), "-0", "field total: is a minus zero; write 0"),
        (("total",), "-0.00", "field total: is a minus zero"),
        (("total",), -0.0, "field total: is a minus zero"),
        (("total",), "1e3", "field total: is not plainly written"),
        (("total",), 99999999999999, "field total: has more than 13 digits before the point"),
        (("total",), "99999999999999.00", "field total: has more than 13 digits"),
        (("total",), "9999999999999999", "field total: has more than 15 digits"),
        (("total",), 1e300, "field total: "),
        (
            ("lines", 0, "rate"),
            "99999999999999",
            "field lines[1].rate: has more than 13 digits before the point",
        ),
        (("lines", 0, "quantity"), 12345678901, "field lines[1].quantity: must be less than 10000000000"),
        (("total",), "1,234.50", "field total: is no number; write digits with a point, such as 1234.50"),
        (("total",), "300.005", "field total: an amount of money has at most two decimals"),
        (
            ("invoice_date",),
            20261031,
            'field invoice_date: is no date; write it as text, such as "2026-10-31"',
        ),
        (("invoice_date",), "1793404800", 'field invoice_date: is no date as text, such as "2026-10-31"'),
        (("invoice_date",), 86400, "field invoice_date: is no date as text"),
        (("invoice_date",), "2026-10-31T00:00:00", "field invoice_date: is no date as text"),
        (("invoice_date",), "2026-10-31T14:00:00", "field invoice_date: is no date; write it as text"),
        (("invoice_date",), "1897-01-01", "field invoice_date: is before 1901"),
        (("lines", 2, "description"), "a\x00b", "field lines[3].description: has the character U+0000 in it"),
        (
            ("lines", 2, "description"),
            "\x1b[2J",
            "field lines[3].description: has the character U+001B in it",
        ),
        (("lines", 2, "description"), "a\bb", "field lines[3].description: has the character U+0008 in it"),
        (("lines", 2, "description"), "a\fb", "field lines[3].description: has the character U+000C in it"),
        (("lines", 2, "description"), "\ud800", "field lines[3].description: has the character U+D800 in it"),
        (("lines", 2, "description"), "\uffff", "field lines[3].description: has the character U+FFFF in it"),
        (("organization",), "", "field organization: must not be empty"),
        (("organization",), 17, "field organization: must be text, in quotes (it is 17)"),
        (("organization",), None, "field organization: is null; give it a value"),
        (
            ("transmission",),
            "pigeon",
            "field transmission: must be one of: none, print, email, print_and_email",
        ),
        (("lines",), {}, "field lines: must be a list, in brackets: […]"),
        (("lines", 1), "Labor", "field lines[2]: must be an object, in braces: {…}"),
        (("lines", 1, "taxable"), "perhaps", "field lines[2].taxable: must be true or false"),
        (("colour",), None, "field colour: is not known here"),
    ],
)
def test_a_person_reads_where_it_is_and_what_to_do(
    there: tuple[str | int, ...], value: Any, sentence: str
) -> None:
    entity = ENTITIES["invoice"]
    line = {"id": "1", "item": "Labor~Remote", "quantity": "1", "amount": "120.00"}
    document = SAMPLES["invoice"] | {"lines": [line, line | {"id": "2"}, line | {"id": "3"}]}
    text = refused(entity, with_value(document, there, value))
    assert f"\n  line 1, {sentence}" in text
    assert text.count("\n") == 1


def test_minus_zero_is_refused_as_json_writes_it() -> None:
    line = json.dumps(SAMPLES["invoice"] | {"total": "TOTAL"}).replace('"TOTAL"', "-0")
    with pytest.raises(InputError, match="field total: is a minus zero; write 0"):
        read(ENTITIES["invoice"], [line])


def test_a_number_without_end_is_refused() -> None:
    line = json.dumps(SAMPLES["invoice"] | {"total": "TOTAL"}).replace('"TOTAL"', "9" * 5000)
    with pytest.raises(InputError, match=r"field total: |no JSON"):
        read(ENTITIES["invoice"], [line])


def test_what_is_never_sent_may_hold_anything_that_text_holds() -> None:
    assert taken(ENTITIES["invoice"], SAMPLES["invoice"] | {"notes": "a\x0bb"})["notes"] == "a\x0bb"


@pytest.mark.parametrize(
    ("entity", "there"),
    [
        ("invoice", ("tax_total",)),
        ("invoice", ("status",)),
        ("invoice", ("paid_by_payment_processing",)),
        ("expense_report", ("cash_advance",)),
        ("expense_report", ("items", 0, "billable")),
        ("purchase_order", ("lines", 0, "received")),
    ],
)
def test_null_is_as_good_as_absent(entity: str, there: tuple[str | int, ...]) -> None:
    sample = SAMPLES[entity]
    node = deepcopy(sample)
    parent: Any = node
    for part in there[:-1]:
        parent = parent[part]
    parent.pop(there[-1], None)
    assert taken(ENTITIES[entity], with_value(sample, there, None)) == taken(ENTITIES[entity], node)


def test_a_stranger_s_models_are_held_to_the_same(tmp_path: Path) -> None:
    class Part(BaseModel):
        weight: float
        count: int = 1
        parts: list[Part] = []

    class Parcel(Document):
        price: Decimal
        parts: dict[str, Part]

    Part.model_rebuild()
    entity = Entity(
        name="parcel",
        label="Parcel",
        plural="Parcels",
        document=Parcel,
        requests=("ClassAdd",),
        templates=tmp_path,
    )
    good = {"id": "A", "price": "1.50", "parts": {"a": {"weight": 1.5, "parts": [{"weight": 2}]}}}
    taken(entity, good)
    assert "field price: is not plainly written" in refused(entity, good | {"price": "1_0"})
    bad = {"id": "A", "price": "1", "parts": {"a": {"weight": "1_0"}, "b": {"weight": 1, "count": "1_0"}}}
    text = refused(entity, bad)
    assert "field parts.a.weight: is not plainly written" in text
    assert "field parts.b.count: is not plainly written" in text


def test_places_count_from_one() -> None:
    assert place(("lines", 0, "parts", 11, "amount")) == "lines[1].parts[12].amount"


def workbook() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(zipfile.ZipInfo("xl/workbook.xml"), "<workbook/>")
    return stream.getvalue()


RECORD = json.dumps({"id": "A"}).encode()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"id,organization,total\nA,Acme Corp,300.00\n", "The file is a table such as CSV. Give it a name"),
        (b'"id";"organization"\n"A";"Acme Corp"\n', "The file is a table such as CSV."),
        (b"\xef\xbb\xbfid\torganization\n", "The file is a table such as CSV."),
        (
            b"[" + RECORD + b"]",
            "The file is one JSON array; write each record on a line of its own: jq -c '.[]'",
        ),
        (b"\n[\n  " + RECORD + b"\n]\n", "The file is one JSON array"),
        (
            json.dumps({"id": "A"}, indent=2).encode(),
            "The file is JSON over several lines; write each record on",
        ),
        (b'{ "id": "A",\n  "total": 1 }', "The file is JSON over several lines"),
        (workbook(), "The file is an Excel workbook or another zip archive. Give it a name"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "The file is an old Excel workbook."),
        (gzip.compress(RECORD, mtime=0), "The file is compressed with gzip; unpack it first: gunzip FILE."),
        (b"<?xml version='1.0'?>", "The file is XML or HTML"),
        (RECORD.decode().encode("utf-16"), "The file is UTF-16; save it as UTF-8."),
    ],
)
def test_another_kind_of_file_is_named_with_what_to_do(content: bytes, sentence: str) -> None:
    with pytest.raises(InputError) as caught:
        read(ENTITIES["invoice"], io.BytesIO(content))
    assert str(caught.value).startswith(f"Nothing was imported. {sentence}")


def test_a_record_that_looks_like_a_table_is_none() -> None:
    text = refused(ENTITIES["invoice"], "a, b")
    assert "line 1, the record: must be an object" in text

"""Whatever is sent to any operation of the description, it is answered as that says, and never by a fault."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from qbferry import config
from qbferry.app import build
from qbferry.demo.script import first_act
from qbferry.desk import connectors

from .conftest import PASSWORD, served

if TYPE_CHECKING:
    from pathlib import Path


CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]

TRIES = 8
"""Requests of each operation, each with what fits and with what does not."""


@schemathesis.serializer("application/x-ndjson", "application/jsonl")
def lines(_: object, value: Any) -> bytes:
    return json.dumps(value).encode() + b"\n"


def test_every_operation_answers_as_it_is_described(tmp_path: Path) -> None:
    file = tmp_path / "qbferry.toml"
    file.write_text(f'database_url = "sqlite:///{tmp_path}/q.sqlite3"\napi.requests_per_minute = 0\n')
    app = build(config.load(file))
    with app.database.write() as tx:
        connectors.add(tx, "office", user="office", password=PASSWORD)
    for place in served(app, tmp_path):
        client = place.client()
        known: dict[str, str] = {}
        for part in first_act():
            known |= dict.fromkeys((f"get_{part.entity}", f"act_on_{part.entity}"), str(part.document["id"]))
            client.put(f"/records/{part.entity}", json=[part.document]).raise_for_status()
        whole = schemathesis.openapi.from_dict(client.get("/openapi.json").json())
        with requests.Session() as session:
            session.headers["Authorization"] = client.headers["authorization"]
            for found in whole.get_all_operations():
                assert isinstance(found, Ok), found
                operation = found.ok()
                answered = asked(operation, f"{place.url}/api/v1", session, known)
                assert answered[200], f"{operation.label} was never answered well: {answered}"


def asked(operation: Any, url: str, session: requests.Session, known: dict[str, str]) -> Counter[int]:
    """Send many requests; how often which status was answered."""
    answered: Counter[int] = Counter()
    name = known.get(operation.definition.raw["operationId"])
    strategies = [operation.as_strategy(generation_mode=mode) for mode in GenerationMode]
    if name is not None:
        strategies.append(operation.as_strategy(path_parameters={"id": name}))
    for strategy in strategies:

        @seed(1)
        @settings(
            max_examples=TRIES,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=[*HealthCheck],
        )
        @given(case=strategy)
        def tried(case: Any) -> None:
            reply = case.call(base_url=url, session=session)
            case.validate_response(reply, checks=CHECKS)
            answered[reply.status_code] += 1

        tried()
    return answered

"""The OpenAPI document: made from the models of all kinds of record that run, and true of every error."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from qbferry.api.problems import SORTS

if TYPE_CHECKING:
    from .conftest import Place


@pytest.fixture
def described(place: Place) -> dict[str, Any]:
    reply = place.client(token="").get("/openapi.json")
    assert reply.status_code == 200
    found: dict[str, Any] = reply.json()
    return found


def test_it_has_every_kind_of_record_with_its_fields(place: Place, described: dict[str, Any]) -> None:
    assert described["openapi"].startswith("3.1")
    assert described["servers"] == [{"url": "/api/v1"}]
    for name, entity in place.app.plugins.entities.items():
        assert described["paths"][f"/records/{name}"]["get"]["operationId"] == f"list_{name}"
        shape = described["components"]["schemas"][entity.document.__name__]
        assert shape["properties"].keys() == entity.document.model_fields.keys()


def test_every_shape_has_a_title_of_its_own_and_every_body_a_name(described: dict[str, Any]) -> None:
    titles = [shape["title"] for shape in described["components"]["schemas"].values()]
    assert len(titles) == len({*titles})
    bodies = [
        content["schema"]
        for path in described["paths"].values()
        for operation in path.values()
        for content in operation.get("requestBody", {}).get("content", {}).values()
    ]
    assert bodies
    assert all("$ref" in schema or "$ref" in schema["items"] for schema in bodies)


def test_every_way_to_end_badly_is_a_problem(described: dict[str, Any]) -> None:
    operations = [each for path in described["paths"].values() for each in path.values()]
    assert operations
    for operation in operations:
        assert operation["security"] == [{"token": []}]
        bad = {status: told for status, told in operation["responses"].items() if status >= "400"}
        assert bad.keys() >= {"401", "403", "404", "422", "503"}
        assert all([*told["content"]] == ["application/problem+json"] for told in bad.values())
    assert "HTTPValidationError" not in described["components"]["schemas"]


def test_its_page_has_every_sort_of_problem() -> None:
    page = Path(__file__, "../../../docs/api.md").resolve().read_text("utf-8")
    rows = re.findall(r"^\| `([a-z-]+)` \| ([0-9]{3}) \|", page, re.MULTILINE)
    assert {sort: int(status) for sort, status in rows} == {name: one.status for name, one in SORTS.items()}

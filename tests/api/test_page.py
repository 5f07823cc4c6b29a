"""docs/api.md: what it asks for is answered as it says, in the order in which a reader comes to it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import httpx

PAGE = (Path(__file__).parents[2] / "docs/api.md").read_text("utf-8")
TALK = re.compile(r"```http\n(?P<asked>.*?)```(?:(?!```http).)*?```json\n(?P<answer>.*?)```", re.DOTALL)


def test_what_it_asks_for_is_answered_as_it_says(erp: httpx.Client) -> None:
    talks = [*TALK.finditer(PAGE)]
    assert len(talks) == PAGE.count("```http")
    for talk in talks:
        head, _, body = talk["asked"].partition("\n\n")
        (method, address), *rest = (line.split(" ", 1) for line in head.splitlines())
        named = {name.rstrip(":"): value for name, value in rest if name != "Authorization:"}
        again = 1 + ("Idempotency-Key:" in head)
        for _ in range(again):
            reply = erp.request(method, address.removeprefix("/api/v1"), headers=named, content=body.encode())
        assert reply.json() == json.loads(talk["answer"])

"""Further users of a company file: added with a password of their own, listed, and removed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from typer.testing import Result

    Run = Callable[..., Result]


def test_a_further_user_is_added_gets_a_qwc_file_and_is_removed(qbferry: Run) -> None:
    qbferry("connector", "add", "office")
    told = qbferry("connector", "user", "add", "office", "ann").stdout
    assert "Password: " in told
    assert 'qbferry connector qwc "office" --user "ann"' in told
    assert qbferry("connector", "qwc", "office", "--user", "ann").stdout.strip() == "office-ann.qwc"
    assert "<UserName>ann</UserName>" in Path("office-ann.qwc").read_text("ascii")
    given = qbferry(
        "connector",
        "user",
        "add",
        "office",
        "bob",
        "--same-file-id",
        "--password-stdin",
        stdin="a long one\n",
    )
    assert "Password" not in given.stdout
    found = json.loads(qbferry("connector", "user", "list", "office", "--json").stdout)
    assert [(one["user"], one["own_file_id"], one["further"]) for one in found] == [
        ("qbferry-office", True, False),
        ("ann", True, True),
        ("bob", False, True),
    ]
    shown = json.loads(qbferry("connector", "show", "office", "--json").stdout)
    assert (shown["user"], shown["further_users"]) == ("qbferry-office", ["ann", "bob"])
    assert "ann, bob" in qbferry("connector", "show", "office").stdout
    qbferry("connector", "user", "remove", "office", "ann")
    assert "there are: bob" in qbferry("connector", "user", "remove", "office", "ann", status=1).stderr

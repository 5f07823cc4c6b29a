"""Mistakes people make: one sentence on standard error, exit status 1, and nothing changed."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    from typer.testing import Result

    Run = Callable[..., Result]
    Put = Callable[..., str]


def told(result: Result) -> str:
    assert result.stdout == ""
    assert result.stderr.startswith("error: ")
    assert result.stderr.count("\n") == 1
    return result.stderr.removeprefix("error: ").strip()


@pytest.mark.usefixtures("office")
@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (
            ("import", "invoice", "none.jsonl"),
            "The file none.jsonl cannot be read: No such file or directory.",
        ),
        (("import", "invoice", "."), "The file . cannot be read: Is a directory."),
        (("import", "invoce", "-"), "There is no entity named invoce; there are: "),
        (
            ("import", "invoice", "-", "--allow-empty", "--connector", "x"),
            "There is no connector named x; there are: office.",
        ),
        (
            ("ready", "invoice", "X-1"),
            "There is no invoice X-1 for the connector office; nothing was changed.",
        ),
        (("ready", "invoice", "--batch", "9"), "There is no batch 9 of invoices for the connector office"),
        (("not-ready", "invoice", "X-1"), "There is no invoice X-1"),
        (("list", "invoices"), "There is no entity named invoices; there are: "),
        (("list", "invoice", "--status", "done"), "There is no transfer status done; there are: "),
        (("show", "invoice", "X-1"), "There is no invoice X-1"),
        (("preview", "invoice", "X-1"), "There is no invoice X-1"),
        (("history", "invoice", "X-1"), "There is no invoice X-1"),
        (("runs", "--connector", "x"), "There is no connector named x"),
        (("schema", "bill"), "There is no entity named bill"),
        (("doubt", "there", "invoice", "X-1"), "There is no invoice X-1"),
        (("connector", "add", "office"), "There is a connector named office already; choose another name."),
        (("connector", "add", "x", "--user", "qbferry-office"), "The connector office has the user"),
        (("connector", "add", "a/b"), 'The name of a connector "a/b" does not fit'),
        (("connector", "add", "x", "--password-stdin"), "A password has 8 to 128 characters"),
        (("connector", "password", "office", "--password-stdin"), "this one has 0."),
        (("connector", "pause", "x"), "There is no connector named x; there are: office."),
        (("connector", "qwc", "office", "-o", "none/a.qwc"), "cannot be written: No such file or directory."),
    ],
)
def test_a_mistake_is_told_in_one_sentence(qbferry: Run, words: tuple[str, ...], sentence: str) -> None:
    assert sentence.replace("none/a", str(Path("none/a"))) in told(qbferry(*words, status=1))


def test_without_a_connector_the_first_step_is_told(qbferry: Run, put: Put, folder: Path) -> None:
    qbferry("migrate")
    text = told(qbferry("import", "invoice", put("A"), status=1))
    assert text == (
        f"There is no connector yet in {folder / 'qbferry.sqlite3'}; "
        "make one with: qbferry connector add NAME."
    )


@pytest.mark.parametrize(
    "words",
    [
        ("list", "invoice"),
        ("import", "invoice", "-"),
        ("ready", "invoice", "--all"),
        ("connector", "list"),
        ("connector", "qwc", "office"),
        ("history",),
        ("runs",),
        ("doubt", "list"),
        ("preview", "invoice", "A"),
    ],
)
def test_in_the_wrong_folder_no_command_makes_a_database(
    qbferry: Run, folder: Path, words: tuple[str, ...]
) -> None:
    text = told(qbferry(*words, status=1))
    assert text.startswith(
        f"There is no database at {folder / 'qbferry.sqlite3'} yet. Begin with: qbferry init;"
    )
    assert [*folder.iterdir()] == []


def test_the_command_that_makes_the_database_says_where(qbferry: Run, folder: Path) -> None:
    made = f"Made the database {folder / 'qbferry.sqlite3'}\n"
    assert made in qbferry("connector", "add", "office").stderr
    assert made not in qbferry("connector", "add", "other").stderr


@pytest.mark.usefixtures("office")
def test_a_bad_line_keeps_the_whole_file_out(qbferry: Run, put: Put) -> None:
    result = qbferry("import", "invoice", put("A", ("B", {"total": "much"}), ("C", {"x": 1})), status=1)
    assert result.stderr.splitlines()[0] == "error: Nothing was imported, because of 2 faults:"
    assert "  line 2, field total: " in result.stderr
    assert "  line 3, field x: is not known here; " in result.stderr
    assert json.loads(qbferry("list", "invoice", "--json").stdout) == []


@pytest.mark.usefixtures("office")
@pytest.mark.parametrize("words", [(), ("A", "--all"), ("--all", "--batch", "10")])
def test_ready_takes_ids_or_all_or_a_batch(qbferry: Run, words: tuple[str, ...]) -> None:
    for command in ("ready", "not-ready"):
        assert "Give ids, or --all, or --batch BATCH" in qbferry(command, "invoice", *words, status=2).stderr


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("port =", "is not valid TOML"),
        ("color = 1", "color: is not known here"),
        ("[server]\nport = 70000", "server.port: "),
        ('[plugins]\nenabled = ["invoces"]', "No plugin named invoces is installed; installed are: "),
        ("[plugins.invoices]\nnumbr = 1", "A setting in [plugins.invoices] does not fit: numbr: "),
        ('database_url = "what"', "database_url is no address of a database; write sqlite:///FILE"),
        ('database_url = "postgresql://a@b:port/c"', "database_url is no address of a database"),
        (
            'database_url = "mysql://a:secret@b/c"',
            "begins with mysql, which qbferry does not work with; write",
        ),
        ('database_url = "postgresql+asyncpg://a@b/c"', "begins with postgresql+asyncpg, which"),
        ('database_url = "sqlite://"', "database_url names no file, and what is kept must last"),
        ('database_url = "sqlite:///:memory:"', "database_url names no file"),
        ('database_url = "sqlite:///none/here.sqlite3"', "none of the database is not there; make it"),
        ('database_url = "sqlite:///qbferry.toml"', "qbferry.toml is not a database of SQLite"),
        ('database_url = "sqlite:///."', "database_url names the folder"),
        (
            'database_url = "postgresql://a:secret@localhost:1/c"',
            "The database postgresql+psycopg://a:***@local",
        ),
        ('public_url = "http://books.example.com"', "is not https"),
        ('public_url = "https://10.0.0.1"', "has an IP address"),
    ],
)
def test_a_wrong_setting_stops_the_command(
    qbferry: Run, folder: Path, monkeypatch: pytest.MonkeyPatch, content: str, sentence: str
) -> None:
    if "enabled" in content:
        monkeypatch.delenv("QBFERRY_PLUGINS__ENABLED")
    public = "public_url" in content
    if public:
        qbferry("connector", "add", "office")
    (folder / "qbferry.toml").write_text(content)
    words = ("connector", "qwc", "office") if public else ("connector", "list")
    sentence_told = told(qbferry(*words, status=1))
    assert sentence in sentence_told
    assert "secret" not in sentence_told


def test_a_database_of_another_program_is_left_alone(qbferry: Run, folder: Path) -> None:
    with closing(sqlite3.connect(folder / "qbferry.sqlite3")) as other:
        other.execute("CREATE TABLE song (title TEXT)")
    for words in (("connector", "add", "office"), ("connector", "list"), ("migrate",)):
        assert "belongs to another program; set database_url to one of its own" in told(
            qbferry(*words, status=1)
        )
    with closing(sqlite3.connect(folder / "qbferry.sqlite3")) as other:
        assert other.execute("SELECT name FROM sqlite_master").fetchall() == [("song",)]


def test_a_settings_file_that_was_named_must_be_there(qbferry: Run) -> None:
    assert "The settings file none.toml cannot be read" in told(
        qbferry("--config", "none.toml", "connector", "list", status=1)
    )


def test_the_help_shows_whatever_the_settings_say(qbferry: Run, folder: Path) -> None:
    (folder / "qbferry.toml").write_text("color = 1")
    result = qbferry("--help")
    assert "import" in result.stdout
    assert "color: is not known here" in result.stderr


def test_an_unknown_command_is_a_usage_error(qbferry: Run) -> None:
    assert "No such command 'ipmort'" in qbferry("ipmort", status=2).stderr


@pytest.mark.usefixtures("office")
def test_a_file_that_is_no_database_is_told_without_a_traceback(
    process: Callable[..., subprocess.CompletedProcess[str]], folder: Path
) -> None:
    (folder / "other.sqlite3").write_bytes(b"not a database, but long enough to be read as one" * 100)
    done = process("list", "invoice", QBFERRY_DATABASE_URL="sqlite:///other.sqlite3")
    assert done.returncode == 1
    assert done.stdout == ""
    assert "other.sqlite3 is not a database of SQLite" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.usefixtures("office")
@pytest.mark.parametrize("answer", ["", "n\n"])
def test_sending_again_what_quickbooks_has_must_be_confirmed(
    qbferry: Run, put: Put, transferred: Callable[..., None], answer: str
) -> None:
    qbferry("import", "invoice", put("A", "B"))
    transferred("A")
    result = qbferry("ready", "invoice", "B", "A", status=1, stdin=answer)
    assert "sending it again makes a duplicate in QuickBooks." in result.stderr
    assert "It was not confirmed, so nothing was changed." in result.stderr
    rows = json.loads(qbferry("list", "invoice", "--json").stdout)
    assert [row["transfer_status"] for row in rows] == ["Transferred", "Not Transferred"]


@pytest.mark.usefixtures("office")
@pytest.mark.parametrize(("words", "answer"), [((), "y\n"), (("--yes",), "")])
def test_once_confirmed_it_goes_again(
    qbferry: Run, put: Put, transferred: Callable[..., None], words: tuple[str, ...], answer: str
) -> None:
    qbferry("import", "invoice", put("A", "B"))
    transferred("A")
    qbferry("ready", "invoice", "B", "A", *words, stdin=answer)
    rows = json.loads(qbferry("list", "invoice", "--json").stdout)
    assert {row["transfer_status"] for row in rows} == {"Pending"}


@pytest.mark.usefixtures("office")
@pytest.mark.parametrize("content", ["", "\n \r\n", "\ufeff"])
def test_a_file_without_a_record_is_said(qbferry: Run, folder: Path, content: str) -> None:
    (folder / "empty.jsonl").write_text(content, "utf-8")
    text = told(qbferry("import", "invoice", "empty.jsonl", status=1))
    assert (
        text == "There is no record in the file empty.jsonl. If that is as it should be, use --allow-empty."
    )
    assert "in standard input" in told(qbferry("import", "invoice", "-", status=1, stdin=content))
    result = qbferry("import", "invoice", "empty.jsonl", "--allow-empty")
    assert result.stdout == "Invoices: 0 new, 0 changed, 0 unchanged; 0 set ready.\n"


@pytest.mark.usefixtures("office")
def test_another_kind_of_file_is_named(qbferry: Run, folder: Path) -> None:
    (folder / "table").write_text("id,total\nA,300.00\n")
    assert told(qbferry("import", "invoice", "table", status=1)).startswith(
        "Nothing was imported. The file is a table such as CSV."
    )

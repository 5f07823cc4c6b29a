from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

import pytest

from qbferry.qbxml import status

NOT_THERE = "QuickBooks error message: Invalid argument.  The specified record does not exist in the list."


@pytest.mark.parametrize(
    ("kind", "where", "word"),
    [
        ("Customer", "Invoice", "customer"),
        ("Item", "Invoice line", "item"),
        ("Class", "Invoice", "class"),
        ("Sales Tax Code", "Bill line", "sales tax code"),
    ],
)
def test_a_missing_reference_is_told_by_kind_and_name(kind: str, where: str, word: str) -> None:
    message = (
        f'There is an invalid reference to QuickBooks {kind} "Acme "A" Corp" in the {where}.  {NOT_THERE}'
    )
    assert status.explain(3140, message).startswith(
        f'QuickBooks knows no {word} named "Acme "A" Corp"{" in a line" * where.endswith("line")}. Create it'
    )


@pytest.mark.parametrize(
    ("detail", "says", "never"),
    [
        (
            "The specified name is either invalid or of the wrong type.",
            'does not take "Acme" as a customer in a line: another of its lists has that name',
            "Create it",
        ),
        (
            "The currency of the account does not match the customer's.",
            'The customer "Acme" in a line is in another currency',
            "Create it",
        ),
        ("It is not what one would think.", 'does not take the customer "Acme" in a line; ', "Create it"),
    ],
)
def test_a_reference_is_read_with_its_second_sentence(detail: str, says: str, never: str) -> None:
    text = status.explain(
        3140,
        'There is an invalid reference to QuickBooks Customer "Acme" in the Invoice line.  '
        f"QuickBooks error message: {detail}",
    )
    assert says in text
    assert detail in text
    assert never not in text


def test_the_lines_that_bear_a_refused_name_are_told_where_they_are_known() -> None:
    message = f'There is an invalid reference to QuickBooks Item "Acme" in the Invoice line.  {NOT_THERE}'
    assert status.referred_in_line(3140, message) == "Acme"
    assert 'no item named "Acme" in line 37. ' in status.explain(3140, message, [37])
    assert 'no item named "Acme" in lines 2, 3 and 5. ' in status.explain(3140, message, [2, 3, 5])
    assert status.referred_in_line(3140, message.replace(" line", "")) == ""
    assert status.referred_in_line(3100, message) == ""


def test_a_missing_reference_in_other_words_still_gets_help() -> None:
    text = status.explain(3140, "Something else.")
    assert "does not have something the record names" in text
    assert "Something else." in text


def test_quickbooks_own_reason_is_kept() -> None:
    message = (
        "There was an error when saving a Invoice.  QuickBooks error message: The credit limit is exceeded."
    )
    text = status.explain(3180, message)
    assert text.endswith("QuickBooks said: The credit limit is exceeded. (3180)")
    assert "error when saving" not in text


def test_a_field_quickbooks_names_is_kept() -> None:
    assert '"AccountNumber"' in status.explain(
        3070, 'The string "a" in the field "AccountNumber" is too long.'
    )


@pytest.mark.parametrize("code", [0, 1, 3231])
def test_where_the_help_says_all_quickbooks_adds_nothing(code: int) -> None:
    """Done, nothing found, not processed: its own words would only repeat it."""
    assert "The same again." not in status.explain(code, "The same again.")
    assert "The same again." in status.explain(3230, "The same again.")


def test_an_unknown_code_says_at_least_what_quickbooks_said() -> None:
    assert (
        status.explain(3333, "Odd.") == "QuickBooks refused it with code 3333. QuickBooks said: Odd. (3333)"
    )
    assert status.explain(3333, "") == "QuickBooks refused it with code 3333."


@pytest.mark.parametrize(
    ("code", "message", "lock"),
    [
        (3175, "", True),
        (3176, "", True),
        (3170, "QuickBooks error message: This list has been modified by another user.", True),
        (3180, "QuickBooks error message: It has been modified by another user.", True),
        (3185, "QuickBooks error message: The transaction could not be locked.", True),
        (3170, "", False),
        (3180, "The credit limit is exceeded.", False),
        (3140, "modified by another user", False),
        (0, "Status OK", False),
    ],
)
def test_only_locks_go_again_by_themselves(code: int, message: str, lock: bool) -> None:
    assert status.is_lock(code, message) is lock


def test_an_error_of_the_connection_is_explained_in_any_spelling() -> None:
    text = status.explain_hresult("0x8004040A", "A company file is open.")
    assert text.startswith("Another company file is open in QuickBooks.")
    assert text.endswith("QuickBooks said: A company file is open. (0x8004040A)")
    assert status.explain_hresult(" 8004040a ", "A company file is open.") == text


def test_an_unknown_error_of_the_connection_is_repeated() -> None:
    assert "0x80041234 Odd" in status.explain_hresult("0x80041234", "Odd")
    assert status.explain_hresult("", "")


@pytest.mark.parametrize("name", ["status_codes.json", "hresults.json"])
def test_every_code_has_a_sentence(name: str) -> None:
    table = json.loads(files("qbferry.qbxml").joinpath("data", name).read_text(encoding="utf-8"))
    for entry in table.values():
        sentence = entry["help"] if isinstance(entry, dict) else entry
        assert sentence[0].isupper() or sentence.startswith("qbferry")
        assert sentence.endswith(".")


def test_every_code_whose_meaning_is_known_is_in_the_tables() -> None:
    facts = Path(__file__).parents[3] / "shared" / "reference" / "codes"
    if not facts.is_dir():
        pytest.skip("the facts are not at hand")
    data = files("qbferry.qbxml").joinpath("data")
    known = json.loads((facts / "qbxml_status_codes.json").read_text(encoding="utf-8"))["codes"]
    named = {
        str(entry["code"])
        for entry in known
        if isinstance(entry["code"], int) and "not retrieved" not in entry["meaning"]
    }
    assert named == set(json.loads(data.joinpath("status_codes.json").read_text(encoding="utf-8")))
    hresults = json.loads((facts / "hresults.json").read_text(encoding="utf-8"))["hresults"]
    assert set(hresults) == set(json.loads(data.joinpath("hresults.json").read_text(encoding="utf-8")))

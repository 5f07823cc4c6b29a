"""What QuickBooks says when it cannot do something: status codes for a request, hresults for a message.

The texts are the ones real QuickBooks was seen to send (facts B8), two blanks before "QuickBooks error
message:" included.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "HRESULTS",
    "NO_RECORD",
    "OK",
    "UNPARSABLE",
    "HResultError",
    "RefusalError",
    "Status",
    "bad_reference",
    "cannot_clear",
    "cannot_delete",
    "cannot_save",
    "closed_period",
    "feature_off",
    "invalid_id",
    "invalid_value",
    "locked",
    "missing_element",
    "name_taken",
    "no_match",
    "not_found",
    "not_processed",
    "partly_found",
    "stale",
    "too_long",
    "unsupported",
]

UNPARSABLE = "0x80040400"
NO_RECORD = "Invalid argument.  The specified record does not exist in the list."

# facts A4; the texts QuickBooks' own samples and logs show, or a plain paraphrase where none was seen.
HRESULTS = {
    UNPARSABLE: "QuickBooks found an error when parsing the provided XML text stream.",
    "0x80040401": "Could not access QuickBooks.",
    "0x80040402": "Unexpected error. Check the qbsdklog.txt file for possible, additional information.",
    "0x80040408": "Could not start QuickBooks.",
    "0x8004040A": "A QuickBooks company data file is already open and it is different from the one "
    "requested.",
    "0x8004040D": "The session ticket parameter is invalid.",
    "0x80040414": "A modal dialog box is showing in the QuickBooks user interface. Your application cannot "
    "access QuickBooks until the user dismisses the dialog box.",
    "0x80040416": "If QuickBooks is not running, the company data file name must be supplied to "
    "BeginSession.",
    "0x80040420": "The QuickBooks user has denied access.",
    "0x80040423": "The version of qbXML that was requested is not supported or is unknown.",
}


@dataclass(frozen=True, slots=True)
class Status:
    """The outcome of one request: the three status attributes of its Rs element."""

    code: int
    severity: str
    message: str

    @property
    def failed(self) -> bool:
        """Whether the request did nothing; a warning did what was asked."""
        return self.severity == "Error"


class RefusalError(Exception):
    """One request is refused; nothing of it stays."""

    def __init__(self, status: Status) -> None:
        super().__init__(status.message)
        self.status = status


class HResultError(Exception):
    """QuickBooks refused a whole message set, or could not be reached at all (facts A4)."""

    def __init__(self, hresult: str, message: str = "") -> None:
        self.hresult = hresult
        self.message = message or HRESULTS.get(hresult, "")
        super().__init__(f"{hresult} {self.message}")


OK = Status(0, "Info", "Status OK")


def _error(code: int, message: str, cause: str = "") -> Status:
    return Status(code, "Error", f"{message}  QuickBooks error message: {cause}" if cause else message)


def no_match() -> Status:
    """A filter found nothing."""
    return Status(1, "Info", "A query request did not find a matching object in QuickBooks")


def partly_found(name: str) -> Status:
    """A query by identity or name missed one; the others are in the answer."""
    return Status(
        500,
        "Warn",
        "The query request has not been fully completed. "
        f'There was a required element ("{name}") that could not be found in QuickBooks.',
    )


def unsupported() -> Status:
    """This edition of QuickBooks does not do this."""
    return _error(1030, "This request is not supported by this implementation.")


def invalid_id(identity: str, field: str) -> Status:
    """Something that cannot be an identity, or one that is given where it makes no sense."""
    return _error(3000, f'The given object ID "{identity}" in the field "{field}" is invalid.')


def too_long(value: str, field: str) -> Status:
    """A text exceeds its field."""
    return _error(3070, f'The string "{value}" in the field "{field}" is too long.')


def name_taken(name: str) -> Status:
    """A list already has that name."""
    return _error(3100, f'The name "{name}" of the list element is already in use.')


def not_found(identity: str) -> Status:
    """What a TxnID or ListID names does not exist."""
    return _error(3120, f'Object "{identity}" specified in the request cannot be found.', NO_RECORD)


def bad_reference(word: str, name: str, where: str) -> Status:
    """A reference names nothing. ``where`` is the object: ``Invoice``, ``Invoice line``."""
    return _error(
        3140, f'There is an invalid reference to QuickBooks {word} "{name}" in the {where}.', NO_RECORD
    )


def missing_element(name: str) -> Status:
    """The schema allows leaving it out, QuickBooks does not."""
    return _error(3150, f'There is a missing element: "{name}"')


def cannot_delete(txn_id: str, cause: str) -> Status:
    """A transaction others depend on; the text follows the one for voiding (facts E, inferred)."""
    return _error(3160, f'Cannot delete the object specified by the id = "{txn_id}".', cause)


def closed_period(kind: str) -> Status:
    """The date lies on or before the closing date."""
    return _error(
        3171,
        f"An attempt was made to modify a {kind} with a date that is on or before the closing date of the "
        "company. If you are sure you really want to do this, please ask a user with Admin privileges to "
        "remove the password for editing transactions on or before to closing date (this setting is in "
        "the Accounting Company Preferences), then try again.",
    )


def locked(identity: str) -> Status:
    """Somebody has the transaction open."""
    return _error(
        3175,
        f"There was an error adding, modifying or deleting {identity} because it is already in use.",
        "The transaction could not be locked.  It is in use by another user.",
    )


def cannot_save(kind: str, cause: str) -> Status:
    """A business rule forbids it."""
    return _error(3180, f"There was an error when saving a {kind}.", cause)


def cannot_clear(field: str) -> Status:
    """A Mod sent a field empty that cannot be."""
    return _error(3190, f"Cannot clear the element in the {field} field. ")


def stale(edit_sequence: str) -> Status:
    """The object was changed since it was read."""
    return _error(3200, f'The provided edit sequence "{edit_sequence}" is out-of-date. ')


def invalid_value(field: str, value: str, cause: str) -> Status:
    """A value that makes no sense for this object."""
    return _error(3210, f'The "{field}" field has an invalid value "{value}".', cause)


def unknown_macro(name: str) -> Status:
    """A macro that no request before has defined. assumption: facts B6 - only its code's range is known."""
    return _error(9100, f'The macro "{name}" is not defined.')


def not_processed() -> Status:
    """An earlier request of the set failed under stopOnError."""
    return _error(3231, "The request has not been processed.")


def feature_off() -> Status:
    """The company file does not use the feature."""
    return _error(3250, "This feature is not enabled or not available in this version of QuickBooks.")

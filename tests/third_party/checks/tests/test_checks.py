"""The checks plugin holds what every plugin with records of its own must hold."""

from qbferry_checks.plugin import Checks

from qbferry.testing import EntityContract


class TestChecks(EntityContract):
    """See ``EntityContract`` for what is tested; each failure says what to mend."""

    plugin = Checks
    samples = (
        {
            "id": "C-1",
            "date": "2026-10-31",
            "payee": "Ingram Micro",
            "amount": "12.50",
            "expense_account": "Travel",
        },
        {
            "id": "C-2",
            "batch": "2026-10",
            "date": "2026-10-31",
            "payee": "Müller & Söhne",
            "amount": "0.01",
            "expense_account": "Meals",
            "account": "Petty Cash",
            "memo": "Lunch <with> guests",
        },
    )

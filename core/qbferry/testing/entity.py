"""What every plugin with records of its own must hold, as tests to inherit.

::

    from qbferry.testing import EntityContract

    class TestInvoices(EntityContract):
        plugin = Invoices
        samples = ({"id": "1", "organization": "Acme Corp", ...},)

Each test says in its failure what to mend. A plugin that rightly differs overrides the test with
``@pytest.mark.xfail(reason="...")``; any other override is an error.
"""

from __future__ import annotations

from qbferry.testing.faithful import Faithful
from qbferry.testing.shipped import Shipped
from qbferry.testing.steady import Steady

__all__ = ["EntityContract"]


class EntityContract(Steady, Faithful, Shipped):
    """Tests of a plugin's entity, for a subclass named ``Test…``.

    Attributes:
        plugin: What the plugin's entry point names: a class or a module.
        samples: Records as JSON that may go as they are; the more different, the more is tested.
        entity: The name of the entity, for a plugin that owns several.
        settings: The plugin's table of settings.
        connector: Where the records go.
        lists: QuickBooks' lists.
        answers: Request name -> the qbXML inside its answer, where a TxnID is not enough for the plugin.
        storage: The database that ``update_source`` gets, for a plugin with tables of its own.
        most_seconds: How long the hooks of one sample may take together.
    """

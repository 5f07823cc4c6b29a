"""A simulated Autotask: its REST API over HTTP, with the fields, limits and errors of the real one.

It shares nothing with the client. What the facts leave open it does either way: see ``Tenant``.
"""

from qbferry.simulator.autotask.sample import Office, furnish
from qbferry.simulator.autotask.server import AutotaskServer
from qbferry.simulator.autotask.tenant import Tenant

__all__ = ["AutotaskServer", "Office", "Tenant", "furnish"]

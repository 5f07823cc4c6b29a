"""The web pages: a thin room over ``desk``, whose rules are those of the commands."""

from qbferry.web.site import pages

__all__ = ["pages"]

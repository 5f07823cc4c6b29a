"""The API for programs: a thin room over ``desk``, whose rules are those of the commands."""

from qbferry.api.site import PATH, api

__all__ = ["PATH", "api"]

"""Plugins: which of them run, and what is set for each, by a form made of its settings' model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qbferry.desk import plugin_settings
from qbferry.desk.people import Role
from qbferry.errors import InputError
from qbferry.web.view import View, act, back, given, page, tell
from qbferry.web.wording import _

if TYPE_CHECKING:
    from starlette.datastructures import FormData
    from starlette.requests import Request
    from starlette.responses import Response

__all__ = ["PluginsView"]


class PluginsView(View):
    """The installed plugins."""

    path = "/plugins"

    @page("")
    def index(self, request: Request) -> Response:
        """Which there are, and which run."""
        settings = self.office.settings
        return self.show(request, "plugins", sheets=plugin_settings.sheets(settings.file, settings.plugins))

    @page("/{name}")
    def one(self, request: Request) -> Response:
        """What is set for one."""
        settings, name = self.office.settings, request.path_params["name"]
        return self.show(
            request,
            "plugin",
            sheet=plugin_settings.sheet(settings.file, settings.plugins, name),
            file=settings.file,
        )

    @act("/{name}", Role.ADMINISTRATOR)
    def do(self, request: Request, form: FormData) -> Response:
        """Set it, enable it, or take it out."""
        name, file, stamp = request.path_params["name"], self.office.settings.file, given(form, "stamp")
        match given(form, "what"):
            case "set":
                typed = {key: given(form, key) for key in form if key.startswith("set-")}
                values = {key.removeprefix("set-"): value for key, value in typed.items()}
                plugin_settings.change(file, name, values, stamp)
                told = _("The settings of %(name)s are changed.", name=name)
            case "enable" | "disable" as what:
                plugin_settings.switch(file, name, on=what == "enable", stamp=stamp)
                enabled = what == "enable"
                told = (
                    _("%(name)s is enabled.", name=name) if enabled else _("%(name)s is disabled.", name=name)
                )
            case _:
                raise InputError(_("Choose what is to be done."))
        tell(request, told + " " + _("It counts from the next start of the server on."))
        return back(request)

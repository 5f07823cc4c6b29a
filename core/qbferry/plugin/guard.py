"""The border: every implementation of a hook is called through here."""

from __future__ import annotations

import functools
import inspect
import logging
import threading
from time import perf_counter
from typing import TYPE_CHECKING, Any

from qbferry.errors import HookError, QbferryError, RenderError
from qbferry.plugin.answers import UnfitAnswerError, checked_whole, checker, in_words
from qbferry.qbxml.characters import without_illegal

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

    from qbferry.plugin.clock import Clock

__all__ = ["OUTSIDE", "Border", "Guarded", "PluginFailure", "Speaker"]

log = logging.getLogger("qbferry.plugins")

WRITING = frozenset({"handle_response", "after_transfer", "check_change", "clear_number", "forget"})
"""The hooks in which an owner may change the state of its record."""

RENDERING = frozenset({"build_requests", "render_request"})
"""The hooks that may say by a RenderError that something cannot be written."""

OUTSIDE = ("fetch", "update_source")
"""What talks with the outside world, no Web Connector waiting: it may take its time, and says by a
QbferryError what is wrong out there."""

STARTING = frozenset({"prepare_environment", "register_commands", "startup"})
"""The hooks whose failure stops the program with a sentence; the traceback is for who asks for it."""


class PluginFailure(Exception):  # noqa: N818 - a carrier: the facade makes the error that is shown
    """A plugin failed in a hook.

    Attributes:
        plugin: Its name.
        hook: The hook's.
        fault: What happened, a phrase that goes on from "the plugin …".
    """

    def __init__(self, plugin: str, hook: str, fault: str) -> None:
        super().__init__(fault)
        self.plugin = plugin
        self.hook = hook
        self.fault = fault


class Speaker(threading.local):
    """Who answered last, in each thread.

    Attributes:
        plugin: Its name.
    """

    plugin = ""


class Border:
    """One hook of one plugin: what is called through it is measured, and fails as that plugin's.

    Attributes:
        note: Takes note of how long it took, in seconds.
    """

    def __init__(self, plugin: str, hook: str, clock: Clock) -> None:
        self.plugin = plugin
        self.hook = hook
        self.note: Callable[[float], None] = (
            _forget if hook in OUTSIDE else functools.partial(clock.note, (plugin, hook))
        )

    def __call__(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Call what a plugin wrote.

        Raises:
            PluginFailure: It raises something, or answers what is no answer.
            RenderError: It says so, where a hook may.
            HookError: The same, of what talks with the outside world.
        """
        began = perf_counter()
        try:
            return function(*arguments)
        except BaseException as error:
            if (failure := self.failure(error)) is error:
                raise
            raise failure from error
        finally:
            self.note(perf_counter() - began)

    def failure(self, error: BaseException) -> BaseException:
        """What is raised for what a plugin has raised: that itself, or what says whose it is."""
        if isinstance(error, PluginFailure | KeyboardInterrupt):
            return error
        if isinstance(error, UnfitAnswerError):
            return PluginFailure(self.plugin, self.hook, str(error))
        if isinstance(error, RenderError) and self.hook in RENDERING:
            return RenderError(without_illegal(str(error)))
        if isinstance(error, QbferryError) and self.hook in OUTSIDE:
            return HookError(without_illegal(str(error)))
        level = logging.DEBUG if self.hook in STARTING else logging.ERROR
        log.log(level, "The plugin %s failed in %s.", self.plugin, self.hook, exc_info=error)
        return PluginFailure(self.plugin, self.hook, in_words(error))


class Guarded:
    """A plugin's implementations, each behind the border; this is what pluggy gets to see."""

    def __init__(
        self,
        implementations: Mapping[str, tuple[str, Callable[..., Any], bool]],
        plugin: str,
        clock: Clock,
        speaker: Speaker,
        *,
        owns: bool,
    ) -> None:
        """Wrap them.

        Args:
            implementations: Attribute -> the hook's name, the marked function, and whether it is a wrapper.
            plugin: The plugin's name.
            clock: Measures.
            speaker: Learns whose answer it was.
            owns: Whether the plugin owns entities, and so the states of their records.
        """
        for attribute, (hook, function, wraps) in implementations.items():
            border = Border(plugin, hook, clock)
            if wraps:
                setattr(self, attribute, _wrapper(function, border, speaker))
            else:
                setattr(self, attribute, _implementation(function, border, speaker, owns=owns))


def _implementation(
    function: Callable[..., Any], border: Border, speaker: Speaker, *, owns: bool
) -> Callable[..., Any]:
    """A function whose answer is checked, and to which a record is read-only but for its owner's state."""
    hook, names = border.hook, [*inspect.signature(function).parameters]
    check, note = checker(hook), border.note
    place = names.index("record") if "record" in names else -1
    is_of_record, may_write = place >= 0, place >= 0 and owns and hook in WRITING

    def with_its_state(*arguments: Any) -> Any:
        with arguments[place].writing():
            return check(function(*arguments))

    @functools.wraps(function)
    def guarded(*arguments: Any) -> Any:
        # What ``border(…)`` does, without a call for each part of it: hooks are called for every record.
        began = perf_counter()
        try:
            if is_of_record:
                arguments[place].reread()
            found = with_its_state(*arguments) if may_write else check(function(*arguments))
        except BaseException as error:
            if (failure := border.failure(error)) is error:
                raise
            raise failure from error
        finally:
            note(perf_counter() - began)
        if found is not None:
            speaker.plugin = border.plugin
        return found

    return guarded


def _wrapper(function: Callable[..., Any], border: Border, speaker: Speaker) -> Callable[..., Any]:
    """A generator around all implementations, and so around what it makes of their answers."""

    def finish(resume: Callable[[Any], object], value: Any) -> Any:
        try:
            resume(value)
        except StopIteration as end:
            if end.value is not value:
                speaker.plugin = border.plugin
            return checked_whole(border.hook, end.value)
        raise UnfitAnswerError("is a wrapper that yields more than once")

    @functools.wraps(function)
    def guarded(*arguments: Any) -> Generator[None, Any, Any]:
        wrapper = border(function, *arguments)
        border(_begin, wrapper)
        try:
            answer = yield
        except BaseException as error:  # noqa: BLE001 - it goes on to the wrapper
            return border(finish, wrapper.throw, error)
        return border(finish, wrapper.send, answer)

    return guarded


def _forget(_: float) -> None:
    """Take no note: whoever talks with the outside world may take its time."""


def _begin(wrapper: Generator[None, Any, Any]) -> None:
    try:
        next(wrapper)
    except StopIteration:
        raise UnfitAnswerError("is a wrapper that does not yield") from None

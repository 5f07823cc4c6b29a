"""Whom a hook reaches: the owner of the record's kind and the policies, never another owner."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qbferry import AnyRecord, Connector, Entity, Event, Request, Skip, hookimpl
from qbferry.plugin.manager import Plugins

from .kinds import NORTH, REQUEST, Owner, record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qbferry import Lists, Outcome


class Vetoing(Owner):
    """Vetoes everything it is asked about."""

    @hookimpl
    def check_eligibility(self, entity: Entity, record: AnyRecord, connector: Connector) -> Skip | None:
        return Skip(f"{self.entity.name} says no to {entity.name}")


class Policy:
    """Owns nothing, and keeps what it is asked about."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    @hookimpl
    def check_eligibility(self, entity: Entity) -> Skip | None:
        self.asked.append(entity.name)
        return None


def test_an_owner_is_asked_about_its_own_records_only() -> None:
    plugins = Plugins({"apples": Vetoing("apple"), "pears": Owner("pear")})
    apple, pear = plugins.entities["apple"], plugins.entities["pear"]
    assert plugins.check_eligibility(apple, record(apple), NORTH) == Skip("apple says no to apple")
    assert plugins.check_eligibility(pear, record(pear), NORTH) is None


def test_a_plugin_that_owns_nothing_is_asked_about_all_records() -> None:
    policy = Policy()
    plugins = Plugins({"apples": Owner("apple"), "policy": policy, "pears": Owner("pear")})
    for entity in plugins.entities.values():
        plugins.check_eligibility(entity, record(entity), NORTH)
    assert policy.asked == ["apple", "pear"]


def test_one_plugin_may_own_several_kinds() -> None:
    class Grocer(Vetoing):
        @hookimpl
        def entities(self) -> list[Entity]:
            return [Owner("apple").entity, Owner("pear").entity]

    plugins = Plugins({"grocer": Grocer("apple"), "nuts": Owner("nut")})
    pear, nut = plugins.entities["pear"], plugins.entities["nut"]
    assert plugins.check_eligibility(pear, record(pear), NORTH)
    assert plugins.check_eligibility(nut, record(nut), NORTH) is None
    assert plugins.owner("pear") == "grocer"


def test_entities_take_their_turns_in_their_order() -> None:
    plugins = Plugins({"c": Owner("cherry", 30), "a": Owner("apple", 20), "b": Owner("banana", 20)})
    assert list(plugins.entities) == ["apple", "banana", "cherry"]


def test_a_policy_can_take_a_decision_from_the_framework() -> None:
    class Strict:
        @hookimpl
        def check_retransfer(self, record: AnyRecord) -> Skip:
            return Skip(f"{record.id} goes once")

    owner = Owner("apple")
    row = record(owner.entity, ref_number="77")
    assert "as number 77" in str(Plugins({"apples": owner}).check_retransfer(owner.entity, row))
    strict = Plugins({"apples": owner, "strict": Strict()})
    assert strict.check_retransfer(owner.entity, row) == Skip("A-1 goes once")


def test_what_the_framework_finds_in_a_request_does_not_hide_what_a_plugin_finds() -> None:
    class Proofreader:
        @hookimpl
        def check_request(self, request: Request, xml: str) -> list[str]:
            return [f"{request.name} has a typo."]

    owner = Owner("apple")
    problems = Plugins({"apples": owner, "proof": Proofreader()}).check_request(
        owner.entity, REQUEST, "<ClassAdd><Nme>x</Nme></ClassAdd>", NORTH
    )
    assert "ClassAdd has a typo." in problems
    assert any("Nme" in problem for problem in problems)


def test_without_an_owner_who_builds_requests_a_record_is_skipped_in_words(lists: Lists) -> None:
    owner = Owner("apple")

    built = Plugins({"apples": owner}).build_requests(owner.entity, record(owner.entity), NORTH, lists)
    assert built == Skip("No plugin builds requests for apples.")


def test_every_plugin_hears_of_a_transfer_and_may_take_fewer_arguments() -> None:
    heard: list[str] = []

    class Short:
        @hookimpl
        def after_transfer(self, record: AnyRecord) -> None:
            heard.append(f"short {record.id}")

    class Long(Owner):
        @hookimpl
        def after_transfer(self, entity: Entity, record: AnyRecord, outcomes: Sequence[Outcome]) -> None:
            heard.append(f"long {entity.name} {len(outcomes)}")

    owner = Long("apple")
    Plugins({"apples": owner, "short": Short()}).after_transfer(owner.entity, record(owner.entity), ())
    assert sorted(heard) == ["long apple 0", "short A-1"]


def test_events_reach_owners_and_policies_alike() -> None:
    heard: list[str] = []

    class Listening(Owner):
        @hookimpl
        def observe(self, event: Event) -> None:
            heard.append(f"{self.entity.name}: {event.name}")

    Plugins({"a": Listening("apple"), "b": Listening("pear")}).observe(
        Event(name="run.started", connector="north")
    )
    assert sorted(heard) == ["apple: run.started", "pear: run.started"]

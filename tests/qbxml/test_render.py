from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from qbferry import Name
from qbferry.errors import RenderError
from qbferry.qbxml.check import check_request
from qbferry.qbxml.render import Renderer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from jinja2 import Environment

TEMPLATE = """
<InvoiceAdd>
  {{ ref("CustomerRef", customer | name) }}
  {{ el("TxnDate", day) }}
  {% call group("BillAddress") %}
    {{ el("Addr1", bill_to.address1) }}
    {{ el("City", bill_to.city) }}
  {% endcall %}
  {{ el("Memo", memo | cut(10)) }}
  {{ el("IsToBePrinted", printed) }}
  {{ el("ExternalGUID", marker) }}
  {% for line in lines %}
    <InvoiceLineAdd>
      {{ ref("ItemRef", line.item | name) }}
      {{ el("Desc", line.text) }}
      {{ el("Amount", line.amount | amount) }}
    </InvoiceLineAdd>
  {% endfor %}
</InvoiceAdd>
"""
FIELDS: dict[str, Any] = {
    "customer": "Acme~Job",
    "day": date(2026, 10, 31),
    "bill_to": {"address1": None, "city": ""},
    "memo": None,
    "printed": False,
    "lines": [],
}
MARKER = "{00000000-0000-0000-0000-00000000000a}"


@pytest.fixture
def render(tmp_path: Path) -> Callable[..., str]:
    (tmp_path / "InvoiceAdd.xml.j2").write_text(TEMPLATE, encoding="utf-8")
    (tmp_path / "InvoiceMod.xml.j2").write_text("{% include 'InvoiceAdd.xml.j2' %}", encoding="utf-8")
    (tmp_path / "BillAdd.xml.j2").write_text("{{ 1 +", encoding="utf-8")
    (tmp_path / "CheckAdd.xml.j2").write_text("<a>\n{{ 1 / customer }}</a>", encoding="utf-8")
    renderer = Renderer()

    def one(name: str = "InvoiceAdd", **fields: object) -> str:
        return renderer.render("invoice", tmp_path, name, FIELDS | {"marker": MARKER} | fields)

    return one


def test_elements_come_in_the_templates_order_without_the_empty_ones(render: Callable[..., str]) -> None:
    assert render() == (
        "<InvoiceAdd><CustomerRef><FullName>Acme:Job</FullName></CustomerRef><TxnDate>2026-10-31</TxnDate>"
        f"<IsToBePrinted>false</IsToBePrinted><ExternalGUID>{MARKER}</ExternalGUID></InvoiceAdd>"
    )


def test_groups_and_lines_are_written_when_they_hold_something(render: Callable[..., str]) -> None:
    lines = [
        {"item": "Labor", "text": "a", "amount": Decimal(3)},
        {"item": "Labor", "text": " ", "amount": None},
    ]
    xml = render(bill_to={"address1": "1 Main St", "city": None}, lines=lines)
    assert "<BillAddress><Addr1>1 Main St</Addr1></BillAddress>" in xml
    assert xml.count("<InvoiceLineAdd><ItemRef><FullName>Labor</FullName></ItemRef>") == 2
    assert "<Desc>a</Desc><Amount>3.00</Amount></InvoiceLineAdd>" in xml
    assert check_request("InvoiceAdd", xml) == []


def test_text_is_escaped_and_written_in_ascii(render: Callable[..., str]) -> None:
    assert "<Memo>&lt;b&gt; &amp; &#233;&#8364;&#128512;</Memo>" in render(memo="<b> & é€😀")


def test_line_breaks_of_a_text_stay(render: Callable[..., str]) -> None:
    assert "<Memo>a\n b</Memo>" in render(memo="a\n b")


def test_templates_of_one_entity_can_share(render: Callable[..., str]) -> None:
    assert render("InvoiceMod") == render()


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        (
            {"lines": [{"item": "I", "text": None, "amount": "x"}]},
            'InvoiceAdd, Amount in line 1: "x" is not an amount',
        ),
        (
            {"lines": [{"item": "I", "text": None}]},
            "InvoiceAdd, Amount in line 1: 'dict object' has no attribute 'amount'",
        ),
        ({"bill_to": None}, "InvoiceAdd, Addr1: 'None' has no attribute 'address1'"),
        ({"memo": "a\x07"}, "InvoiceAdd, Memo: the text holds the character U+0007"),
        ({"memo": "\ud800"}, "InvoiceAdd, Memo: the text holds the character U+D800"),
        ({"day": Decimal("1.5")}, "InvoiceAdd, TxnDate: 1.5 must go through a filter"),
    ],
)
def test_a_fault_names_request_and_element(render: Callable[..., str], fields: Any, sentence: str) -> None:
    with pytest.raises(RenderError) as caught:
        render(**fields)
    assert str(caught.value).startswith(sentence)


def test_a_fault_outside_an_element_names_the_line(render: Callable[..., str]) -> None:
    with pytest.raises(RenderError, match=r"^CheckAdd, line 2 of CheckAdd\.xml\.j2: "):
        render("CheckAdd")


@pytest.mark.parametrize(
    ("item", "where"), [(Name("Labor:Remote"), "line 37, Labor:Remote"), ("Labor", "line 37")]
)
def test_what_is_at_fault_in_a_line_is_told_with_the_line(tmp_path: Path, item: object, where: str) -> None:
    text = '{% for line in lines %}{{ ref("ItemRef", line.item) }}{{ el("Desc", line.text) }}{% endfor %}'
    (tmp_path / "A.xml.j2").write_text(text, encoding="utf-8")
    lines = [{"item": item, "text": "fine"} for _ in range(40)]
    lines[36] = lines[36] | {"text": "\x07"}
    with pytest.raises(RenderError, match=rf"^A, ItemRef or Desc in {where}: the text holds the character U"):
        Renderer().render("a", tmp_path, "A", {"lines": lines})


def test_a_broken_template_fails_the_request(render: Callable[..., str]) -> None:
    with pytest.raises(RenderError, match="BillAdd"):
        render("BillAdd")


def test_a_missing_template_is_named(render: Callable[..., str]) -> None:
    with pytest.raises(RenderError, match=r"plugin of invoice has no template EstimateAdd\.xml\.j2"):
        render("EstimateAdd")


def test_what_lays_out_a_template_is_not_sent(tmp_path: Path) -> None:
    text = "{# why #}\n\n <A/>\n  {# and #}\n\t<B>{{ gap }}</B>\n<C> c </C>\n{# end #}\n \n"
    (tmp_path / "A.xml.j2").write_text(text, encoding="utf-8")
    assert Renderer().render("a", tmp_path, "A", {"gap": " \n"}) == "<A/><B></B><C> c </C>"


@pytest.mark.parametrize("text", ["<A>{{ a }}</A>", "<A>\x07</A>", "<A>&#7;</A>"])
def test_no_way_leads_an_illegal_character_into_a_request(tmp_path: Path, text: str) -> None:
    (tmp_path / "A.xml.j2").write_text(text, encoding="utf-8")
    with pytest.raises(RenderError, match=r"^A: its text holds the character U\+0007, which cannot be sent"):
        Renderer().render("a", tmp_path, "A", {"a": "\x07"})


def test_a_template_is_read_once(render: Callable[..., str], tmp_path: Path) -> None:
    before = render()
    (tmp_path / "InvoiceAdd.xml.j2").unlink()
    assert render() == before


def test_plugins_can_add_to_the_environment(tmp_path: Path) -> None:
    def prepare(environment: Environment) -> None:
        environment.filters["loud"] = str.upper

    (tmp_path / "A.xml.j2").write_text("{{ el('B', b | loud) }}", encoding="utf-8")
    assert Renderer(prepare).render("a", tmp_path, "A", {"b": "x"}) == "<B>X</B>"

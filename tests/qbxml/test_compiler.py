from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import DictLoader, Environment, TemplateError, UndefinedError
from jinja2.compiler import CodeGenerator
from markupsafe import Markup

from qbferry.errors import RenderError
from qbferry.qbxml.compiler import Templates, without_layout


class Plain(Templates):
    """Compiles as Jinja does."""

    code_generator_class = CodeGenerator
    getattr = Environment.getattr


PIECES = [
    "{{ el('A', text) }}",
    '{{ ref("R", text) }}',
    "{{ el('N', number | quantity) }}{{ el('P', number|price) }}",
    "{{ el('D', when) }} {{ el('B', flag) }}",
    "{{ el('M', marked) }}",
    "{{ el(tag='K', value=text) }}",
    "{{ el(*['S', text]) }}",
    "{{ el('E', text) ~ el('F', text) }}",
    "{% set kept = el('S', text) %}{{ kept }}",
    "{{ el('C', 'a constant & more') }}",
    "<T>{{ text }}</T>",
    "<T> {{ text }} {{ number }} </T>",
    "<T>{% if flag %}{{ number }}{% endif %} {% if flag %}{{ number }}{% endif %}</T>",
    "{% if el('A', text) %}<Yes/>{% else %}\n  <No/>\n{% endif %}",
    "{# said beside #}",
    "{% autoescape false %}{{ el('A', text) }}{% endautoescape %}",
    "<V>1</V>",
    "{{ el('I', line.item) }}{{ el('L', line['item']) }}",
    "{{ el('O', gone) }}",
    "{{ ref('X', line.gone) }}",
]
AROUND = [
    "{% call group('G') %}\n  INNER\n{% endcall %}",
    "{% call group('G' ~ number) %}{% set text = 'other' %}INNER{% endcall %}",
    "{% call(x) wrap('G') %}INNER{% endcall %}",
    "{% call wrap('G') %}INNER{% endcall %}",
    "{% if flag %}\n    INNER\n  {% endif %}",
    "{% for text in [text, 'b', none] %}\n    {{ el('I%d' % loop.index, text) }}INNER\n{% endfor %}",
    "{% for text in 'ab' %}{% call group('G') %}{{ el('I', text) }}INNER{% endcall %}{% endfor %}",
    "{% macro told(text) %}INNER{% endmacro %}{{ told('a & b') }}",
    "{% set block %}\n INNER\n{% endset %}{{ block }}",
    "{% with text = 'inner' %}INNER{% endwith %}",
    "{% filter trim %} INNER {% endfilter %}",
    "{% block part scoped %}INNER{% endblock %}",
    "<W>\n  INNER\n</W>",
]
TEXTS = [
    None,
    "",
    "  ",
    "plain",
    "<b> & 'c' \"d\"",
    "é€😀",
    "a\n b",
    "\x07",
    3,
    True,
    Decimal(1),
    Markup("<i/>"),
]


@st.composite
def template(draw: st.DrawFn) -> str:
    """A template of pieces that are laid out, and put into one another."""
    text = "INNER"
    for _ in range(draw(st.integers(0, 3))):
        around = draw(st.sampled_from([each for each in AROUND if "part" not in each or "part" not in text]))
        text = text.replace("INNER", around)
    gap = st.sampled_from(["", " ", "\n", "\n    "])
    pieces = draw(st.lists(st.sampled_from(PIECES), min_size=1, max_size=5))
    inner = "".join(draw(gap) + piece for piece in pieces) + draw(gap)
    macro = "{% macro wrap(tag) %}<{{ tag }}>{{ caller(1) if false else caller() }}</{{ tag }}>{% endmacro %}"
    return f"{macro}<R>{draw(gap)}{text.replace('INNER', inner)}{draw(gap)}</R>"


def outcome(environment: Environment, source: str, fields: dict[str, Any]) -> str:
    """What comes of rendering, be it a fault."""
    try:
        return without_layout(environment.from_string(source).render(fields))
    except (TemplateError, RenderError) as error:
        return f"{type(error).__name__}: {error}"


@given(template(), st.sampled_from(TEXTS), st.sampled_from([Decimal("2.50"), 7, "x"]), st.booleans())
@settings(deadline=None)
def test_a_template_says_what_it_says_in_plain_jinja(source: str, text: Any, number: Any, flag: bool) -> None:
    fields = {
        "text": text,
        "number": number,
        "flag": flag,
        "when": date(2026, 10, 31),
        "marked": Markup("<i>a</i> &amp; b"),
        "line": {"item": "a & b"},
    }
    assert outcome(Templates(), source, fields) == outcome(Plain(), source, fields)


def test_elements_references_and_groups_are_plain_calls_without_layout_between_them() -> None:
    source = """
        <R>
          {{ el("A", a) }}
          {% for line in lines %}
          {% call group("G") %}
            {{ ref("B", line.b) }}
            {{ el("C", line.c) }}
          {% endcall %}
          {% endfor %}
        </R>
    """
    code = str(Templates().compile(source, raw=True))
    assert "context.call" not in code
    assert "escape(" not in code
    written = Templates().from_string(source).render(a=1, lines=[{"b": "x", "c": None}, {"b": "", "c": " "}])
    assert written.strip() == "<R><A>1</A><G><B><FullName>x</FullName></B></G></R>"


@pytest.mark.parametrize(
    ("source", "written"),
    [
        ("<M> {{ a }} {{ b }} </M>", "<M> 1 2 </M>"),
        ("<M>{{ a }}\n{{ b }}</M>", "<M>1\n2</M>"),
        ("<M>{% if a %}{{ a }}{% endif %} {% if b %}{{ b }}{% endif %}</M>", "<M>1 2</M>"),
        ("<M>{% for each in [a, b] %} {{ each }}{% endfor %}</M>", "<M> 1 2</M>"),
        ("<M>\n{{ a }}</M> <N>\n<O/></N>", "<M>\n1</M><N><O/></N>"),
    ],
)
def test_white_space_beside_a_text_belongs_to_it(source: str, written: str) -> None:
    assert Templates().from_string(source).render(a=1, b=2) == written


def test_a_field_may_be_called_like_a_function() -> None:
    source = "{{ el('A', el) }}{{ ref('B', ref) }}{% call group('C') %}{{ el('D', group) }}{% endcall %}"
    written = Templates().from_string(source).render(el="1", ref="2", group="3")
    assert written == "<A>1</A><B><FullName>2</FullName></B><C><D>3</D></C>"


def test_a_function_of_a_plugin_or_a_template_takes_the_frameworks_place() -> None:
    environment = Templates()
    environment.loader = DictLoader({"own": "{% macro el(tag, value) %}{{ tag }}={{ value }};{% endmacro %}"})
    source = "{% from 'own' import el %}{{ el('A', '<') }}"
    assert environment.from_string(source).render() == "A=&lt;;"
    assert environment.from_string("{% set el = cycler %}{{ el('A', 'b').next() }}").render() == "A"
    environment.globals["el"] = lambda tag, value: f"{tag}<{value}"
    assert environment.from_string("{{ el('A', 'b') }}").render() == "A&lt;b"


@pytest.mark.parametrize(
    "source",
    [
        "{{ el('A', 1, more=2) }}",
        "{{ ref('A', 'b', *[1]) }}",
        "{{ ref('A', 'b', **{'more': 2}) }}",
        "{{ el('A') }}",
        "{% call group('G', 1) %}{% endcall %}",
        "{% call(x) group('G') %}{{ x }}{% endcall %}",
    ],
)
def test_a_call_with_too_much_or_too_little_is_a_fault(source: str) -> None:
    with pytest.raises((TypeError, UndefinedError)):
        Templates().from_string(source).render(x=1)


def test_what_a_plugin_does_to_every_value_is_done() -> None:
    environment = Templates()
    environment.finalize = lambda value: Markup(value).upper()
    assert environment.from_string("{{ el('A', 'b') }}").render() == "<A>B</A>"


def test_templates_that_extend_one_another_write_elements_too() -> None:
    environment = Templates()
    environment.loader = DictLoader(
        {
            "base": "<R>\n  {% block one %}{{ el('A', a) }}{% endblock %}\n</R>",
            "other": "{% extends 'base' %}{{ el('No', a) }}{% call group('No') %}{{ a }}{% endcall %}"
            "{% block one %}{{ super() }}\n{% call group('G') %}{{ el('B', a) }}{% endcall %}{% endblock %}",
            "late": "{% if a %}{% extends 'base' %}{% endif %}{{ el('No', a) }}",
        }
    )
    written = without_layout(environment.get_template("other").render(a="&"))
    assert written == "<R><A>&amp;</A><G><B>&amp;</B></G></R>"
    assert without_layout(environment.get_template("late").render(a="&")) == "<R><A>&amp;</A></R>"


def test_a_template_may_have_globals_of_its_own() -> None:
    assert Templates().from_string("{{ el('A', a) }}", globals={"a": 1}).render() == "<A>1</A>"


def test_a_key_of_a_mapping_is_read_after_its_attributes() -> None:
    environment = Templates()
    assert environment.getattr({"item": 1}, "item") == 1
    assert environment.getattr({"items": 1}, "items") != 1
    assert environment.getattr(date(2026, 10, 31), "year") == 2026
    with pytest.raises(UndefinedError, match="has no attribute 'gone'"):
        str(environment.getattr({}, "gone"))

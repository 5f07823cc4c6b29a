"""Who may come in, what the cookies and headers are, and what is kept out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from qbferry.desk import people
from qbferry.web.gate import COOKIE
from qbferry.web.guard import LARGEST_FORM

from .conftest import PASSWORD, Visit, said

if TYPE_CHECKING:
    from .conftest import Place

PAGES = (
    "/",
    "/records/invoice",
    "/records/invoice/INV-1",
    "/export/invoice.csv",
    "/batches",
    "/history",
    "/runs",
    "/runs/1/events",
    "/alerts",
    "/import",
    "/mappings",
    "/connectors",
    "/connectors/office",
    "/connectors/office/file.qwc",
    "/new-connector",
    "/plugins",
    "/plugins/invoices",
    "/nothing",
)
FORMS = (
    "/records/invoice",
    "/records/invoice/INV-1",
    "/batches",
    "/runs/1",
    "/alerts",
    "/import/file",
    "/import/take",
    "/mappings",
    "/mappings/naming",
    "/mappings/routes",
    "/new-connector",
    "/connectors/office",
    "/plugins/invoices",
    "/logout",
    "/login",
)


def test_without_a_log_in_every_page_leads_to_it(place: Place) -> None:
    client = place.client()
    for path in PAGES:
        reply = client.get(path)
        assert reply.url.path == "/login", path
        assert "Password" in reply.text, path


def test_after_the_log_in_the_page_that_was_asked_for_is_shown(invoices: Place) -> None:
    client = invoices.client()
    page = client.get("/records/invoice?status=Pending")
    token = page.text.split('name="csrftoken" value="')[1].split('"')[0]
    form = {"csrftoken": token, "username": "ann", "password": PASSWORD}
    reply = client.post(page.url, data=form)
    assert (reply.url.path, reply.url.query) == ("/records/invoice", b"status=Pending")


def test_a_log_in_leads_to_no_other_server(place: Place) -> None:
    client = place.client()
    page = client.get("/login?next=https://evil.example.com/")
    token = page.text.split('name="csrftoken" value="')[1].split('"')[0]
    reply = client.post(page.url, data={"csrftoken": token, "username": "ann", "password": PASSWORD})
    assert str(reply.url) == f"{place.url}/"


def test_while_there_is_nobody_the_log_in_says_how_the_first_person_comes_in(place: Place) -> None:
    assert "qbferry user add" not in place.client().get("/login").text
    with place.app.database.write() as tx:
        for name in ("Vic", "Olga", "Ann"):
            people.remove(tx, name)
    assert "qbferry user add NAME" in place.client().get("/login").text


def test_a_wrong_password_lets_nobody_in_and_many_have_to_wait(place: Place) -> None:
    visit = Visit(place.client())
    visit.get("/login")
    visit.post("/login", 400, username="Ann", password="wrong password")
    assert COOKIE not in visit.client.cookies
    for _ in range(20):
        visit.get("/login")
        told = visit.post("/login", 400, username="Ann", password="wrong password")
        if "Too many" in told:
            break
    assert "Too many log-ins failed; wait" in told


def test_every_form_refuses_what_has_no_token_of_its_own(place: Place, ann: Visit) -> None:
    ann.get("/")
    another = place.visit()
    another.get("/")
    for path in FORMS:
        for token in ("", "forged", another.token):
            reply = ann.client.post(path, data={"csrftoken": token, "what": "ready"})
            assert reply.status_code == 403, (path, token)
        assert ann.client.post(path, content=b"x").status_code == 403, path


def test_every_page_has_the_headers_of_security(place: Place, ann: Visit) -> None:
    ann.get("/")
    for path in (*PAGES, "/login", "/static/pages.js"):
        headers = ann.client.get(path).headers
        policy = headers["content-security-policy"]
        assert "script-src 'self';" in policy, path
        assert "unsafe" not in policy, path
        assert headers["x-content-type-options"] == "nosniff", path
        assert headers["x-frame-options"] == "DENY", path
        assert "strict-transport-security" not in headers, path


def test_no_page_has_a_script_or_a_style_of_its_own(invoices: Place, ann: Visit) -> None:
    for path in (
        "/",
        "/login",
        "/records/invoice",
        "/records/invoice/INV-1",
        "/import",
        "/connectors/office",
    ):
        text = ann.client.get(path).text
        assert text.count("<script") == text.count('<script src="/static/') == 1, path
        assert "<style" not in text, path
        assert " style=" not in text, path
        assert " onclick=" not in text, path


def test_cookies_are_out_of_scripts_reach_and_secure_behind_https(place: Place) -> None:
    client = httpx.Client(base_url=place.url, headers={"x-forwarded-proto": "https"})
    with client:
        page = client.get("/login")
        token = page.text.split('name="csrftoken" value="')[1].split('"')[0]
        form = {"csrftoken": token, "username": "Ann", "password": PASSWORD}
        reply = client.post("/login", data=form, headers={"cookie": page.headers["set-cookie"].split(";")[0]})
        cookie = next(text for text in reply.headers.get_list("set-cookie") if text.startswith(COOKIE))
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_a_visit_ends_with_the_log_out_and_with_a_password_change(place: Place, ann: Visit) -> None:
    other = place.visit()
    ann.get("/")
    ann.post("/logout")
    assert "Password" in ann.get("/")
    assert "Overview" in other.get("/")
    with place.app.database.write() as tx:
        people.set_password(tx, "Ann", PASSWORD + "!")
    assert "Password" in other.get("/")


@pytest.mark.usefixtures("invoices")
def test_a_viewer_sees_everything_and_can_do_nothing(place: Place) -> None:
    vic = place.visit("Vic")
    for path in PAGES[:-1]:
        if path != "/runs/1/events":
            vic.get(path) if path != "/" else vic.get("/")
    assert "Set Selected as Ready" not in vic.get("/records/invoice")
    before = place.statuses()
    vic.get("/")
    for path in FORMS[:-2]:
        told = vic.post(path, 403, what="ready", id="INV-1", everything="yes", batch="2026-10", name="x")
        assert "viewer" in told or "look only" in told, path
    assert place.statuses() == before


def test_an_operator_sets_nothing_up(place: Place) -> None:
    olga = place.visit("Olga")
    olga.get("/connectors/office")
    for path in ("/new-connector", "/connectors/office"):
        assert "administrator" in olga.post(path, 403, what="pause", name="x")
    with place.app.database.read() as tx:
        assert not tx.connectors.named("office").paused


def test_too_large_a_form_is_refused_unread(place: Place, ann: Visit) -> None:
    ann.get("/")
    reply = ann.client.post("/mappings", content=b"x" * (LARGEST_FORM + 1))
    assert reply.status_code == 413
    reply = ann.client.post("/mappings", content=(b"x" * 100_000 for _ in range(30)))
    assert reply.status_code in (403, 413)


def test_the_web_connectors_addresses_stay_what_they_are(place: Place) -> None:
    client = place.client()
    assert "Web Connector" in client.get("/qbwc").text
    assert "support" in client.get("/support").text
    assert client.get("/healthz").text == "ok\n"
    assert "wsdl" in client.get("/qbwc?wsdl").text


def test_a_page_that_is_not_there_says_so(ann: Visit) -> None:
    assert "There is no such page" in said(ann.get("/nothing", 404))
    assert "There is no entity named nothing" in said(ann.get("/records/nothing", 404))
    assert "There is no invoice X" in said(ann.get("/records/invoice/X", 404))
    assert "There is no connector named x" in said(ann.get("/records/invoice?connector=x", 404))

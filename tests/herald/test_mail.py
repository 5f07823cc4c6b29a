"""Mail goes to a server nobody here wrote: with a log-in, in TLS from the first word on or after STARTTLS."""

from __future__ import annotations

import asyncio
import ssl
import threading
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
import trustme
from aiosmtpd.smtp import SMTP, AuthResult

from qbferry.config import AlertSettings
from qbferry.errors import QbferryError
from qbferry.herald import Post, Sending

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from aiosmtpd.smtp import Envelope, Session

NOW = datetime(2026, 11, 26, tzinfo=UTC)
SECRET = "sesame, open wide"
SENDING = Sending("alert-1", NOW, "office", [{"kind": "test", "text": "Look.", "link": "https://b.example/"}])


class Box:
    """Keeps what arrives, and for whom; refuses whoever has left."""

    def __init__(self) -> None:
        self.mails: list[tuple[list[str], bytes, bool]] = []

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address.startswith("left@"):
            return "550 no such person"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        self.mails.append((list(envelope.rcpt_tos), envelope.content, session.ssl is not None))
        return "250 OK"


async def end_all() -> None:
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)


@contextmanager
def mail_server(box: Box, *, context: ssl.SSLContext | None = None, **more: Any) -> Iterator[int]:
    """A server at work in a thread; its port."""
    loop = asyncio.new_event_loop()
    loop.set_exception_handler(lambda *_: None)  # a client that hangs up is what is tried here
    made = loop.create_server(lambda: SMTP(box, loop=loop, **more), "127.0.0.1", 0, ssl=context)
    server = loop.run_until_complete(made)
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        server.close()
        loop.run_until_complete(end_all())
        loop.close()


def authenticator(
    server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
) -> AuthResult:
    knows = (data.login, data.password) == (b"office", SECRET.encode())
    return AuthResult(success=knows, handled=False)


@pytest.fixture
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """A certificate for 127.0.0.1 that this process trusts."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


def settings(port: int, **more: Any) -> AlertSettings:
    values = {"mail_to": ["ann@example.com"], "smtp_host": "127.0.0.1", "smtp_port": port} | more
    return AlertSettings.model_validate(values)


def test_after_starttls_and_a_log_in(trusted: ssl.SSLContext) -> None:
    box = Box()
    with mail_server(box, tls_context=trusted, require_starttls=True, authenticator=authenticator) as port:
        given = settings(port, smtp_user="office", smtp_password=SECRET)
        said = Post(given).send(SENDING, set())
    [(to, content, secured)] = box.mails
    assert to == ["ann@example.com"]
    assert b"Look." in content
    assert secured
    assert said == ["The mail server took it for ann@example.com."]


def test_in_tls_from_the_first_word_on(trusted: ssl.SSLContext) -> None:
    box = Box()
    with mail_server(box, context=trusted) as port:
        Post(settings(port, smtp_security="tls")).send(SENDING, set())
    assert len(box.mails) == 1


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_nobody_vouches_for_is_not_believed(
    trusted: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch, security: str
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    box = Box()
    own = {"context": trusted} if security == "tls" else {"tls_context": trusted}
    with (
        mail_server(box, **own) as port,
        pytest.raises(QbferryError, match="its certificate is not to be believed"),
    ):
        Post(settings(port, smtp_security=security)).send(SENDING, set())
    assert box.mails == []


def test_nothing_goes_unprotected_where_protection_was_asked_for() -> None:
    box = Box()
    with mail_server(box) as port, pytest.raises(QbferryError, match="STARTTLS"):
        Post(settings(port)).send(SENDING, set())
    assert box.mails == []


def test_a_wrong_password_is_told_and_not_shown(trusted: ssl.SSLContext) -> None:
    box = Box()
    with mail_server(box, tls_context=trusted, require_starttls=True, authenticator=authenticator) as port:
        wrong = settings(port, smtp_user="office", smtp_password="open sesame")
        with pytest.raises(QbferryError, match="did not take it: 535") as told:
            Post(wrong).send(SENDING, set())
    assert "open sesame" not in str(told.value)
    assert box.mails == []


def test_who_is_refused_is_told_and_the_others_get_it_once(caplog: pytest.LogCaptureFixture) -> None:
    box, taken = Box(), set[str]()
    with mail_server(box) as port:
        post = Post(settings(port, smtp_security="none", mail_to=["ann@example.com", "left@example.com"]))
        [said] = post.send(SENDING, taken)
        post.send(SENDING, taken)
    assert [to for to, _, _ in box.mails] == [["ann@example.com"]]
    assert said == (
        "The mail server took it for ann@example.com. It refuses left@example.com: 550 no such person."
    )
    assert "refuses left@example.com" in caplog.text

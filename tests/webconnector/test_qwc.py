from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from lxml import etree

from qbferry.errors import ConfigError, InputError
from qbferry.webconnector import app_name, check_url, qwc

OWNER = UUID("6f1a4c2e-0b6d-4f0a-9a53-0d5a5c1b7e01")
FILE = UUID("b0c7e9d2-3c55-4a86-8f7e-2f1d9c4a6b02")


def written(**changes: Any) -> str:
    parts: dict[str, Any] = {
        "app_name": app_name("main"),
        "app_url": "https://books.example.com/qbwc",
        "app_support": "https://books.example.com/support",
        "description": "Carries records into QuickBooks",
        "user_name": "psa",
        "owner_id": OWNER,
        "file_id": FILE,
        "every_minutes": 15,
    }
    return qwc(**parts | changes)


def read(text: str) -> dict[str, str]:
    root = etree.fromstring(text.encode("ascii"))
    assert root.tag == "QBWCXML"
    return {child.tag: child.text or "".join(grandchild.text or "" for grandchild in child) for child in root}


def test_a_file_has_every_element_the_web_connector_requires() -> None:
    assert read(written()) == {
        "AppName": "qbferry - main",
        "AppID": "",
        "AppURL": "https://books.example.com/qbwc",
        "AppDescription": "Carries records into QuickBooks",
        "AppSupport": "https://books.example.com/support",
        "UserName": "psa",
        "OwnerID": "{6f1a4c2e-0b6d-4f0a-9a53-0d5a5c1b7e01}",
        "FileID": "{b0c7e9d2-3c55-4a86-8f7e-2f1d9c4a6b02}",
        "QBType": "QBFS",
        "Style": "Document",
        "IsReadOnly": "false",
        "PersonalDataPref": "pdpOptional",
        "UnattendedModePref": "umpOptional",
        "Scheduler": "15",
    }


def test_the_interval_is_in_minutes_and_may_be_left_to_the_person() -> None:
    assert "<Scheduler><RunEveryNMinutes>15</RunEveryNMinutes></Scheduler>" in written()
    assert "Scheduler" not in written(every_minutes=None)


def test_text_is_escaped_and_the_file_is_ascii() -> None:
    name = app_name('Müller & <Söhne> "€"')
    text = written(app_name=name, user_name="a&b")
    assert text.isascii()
    assert read(text)["AppName"] == name
    assert read(text)["UserName"] == "a&b"


def test_a_long_description_is_cut_to_what_is_advised() -> None:
    assert read(written(description="&" * 200))["AppDescription"] == "&" * 80


@pytest.mark.parametrize(
    "changes",
    [{"every_minutes": 0}, {"every_minutes": -5}, {"user_name": ""}, {"user_name": " "}, {"app_name": ""}],
)
def test_what_cannot_be_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        written(**changes)


@pytest.mark.parametrize("part", ["app_url", "app_support"])
def test_both_addresses_are_checked(part: str) -> None:
    with pytest.raises(ConfigError, match="not https"):
        written(**{part: "http://books.example.com/x"})


def test_the_support_page_must_be_on_the_services_host() -> None:
    with pytest.raises(ConfigError, match="different hosts"):
        written(app_support="https://help.example.com/support")


@pytest.mark.parametrize(
    "url",
    [
        "https://books.example.com",
        "https://books.example.com:8443/psa/",
        "HTTPS://Books.Example.COM",
        "https://server",
        "https://xn--bcher-kva.example",
        "https://localhost:8443",
        "http://localhost:8000",
        "http://localhost",
    ],
)
def test_an_address_the_web_connector_accepts(url: str) -> None:
    check_url(url)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://books.example.com", "not https; the Web Connector accepts http for localhost only"),
        ("http://server", "not https"),
        ("http://localhost.example.com", "not https"),
        ("https://203.0.113.7", "has an IP address; the Web Connector accepts only a host name"),
        ("http://127.0.0.1:8000", "has an IP address"),
        ("https://[2001:db8::7]:8443", "has an IP address"),
        ("https://127.1", "has an IP address"),
        ("https://2130706433", "has an IP address"),
        ("https://0x7f.0.0.0x1", "has an IP address"),
        ("https://203.0.113.7.", "has an IP address"),
        ("", "not a web address"),
        ("books.example.com", "not a web address"),
        ("https://", "not a web address"),
        ("https:///qbwc", "not a web address"),
        ("ftp://books.example.com", "not a web address"),
        ("https://[books", "not a URL"),
        ("https://books.example.com:port", "not a URL"),
        ("https://books.example.com:99999", "not a URL"),
        ("https://books.example.com:0", "no valid host name and port"),
        ("https://bü.example", "no valid host name and port"),
        ("https://-books.example", "no valid host name and port"),
        ("https://books..example", "no valid host name and port"),
        ("https://books.example.com/a b", "no user, query, fragment or blanks"),
        ("https://me:secret@books.example.com", "no user, query, fragment or blanks"),
        ("https://books.example.com/?a=1", "no user, query, fragment or blanks"),
        ("https://books.example.com/#top", "no user, query, fragment or blanks"),
    ],
)
def test_an_address_the_web_connector_would_refuse(url: str, reason: str) -> None:
    with pytest.raises(ConfigError) as caught:
        check_url(url)
    assert reason in str(caught.value)
    assert str(caught.value).startswith(f'The public URL "{url}"')

from __future__ import annotations

from qbferry.model import OnError
from qbferry.qbxml import envelope
from qbferry.qbxml.layout import lay_out


def test_a_message_is_laid_out_one_element_a_line() -> None:
    body = "<CustomerAdd><Name>Caf&#233; &amp; Co</Name></CustomerAdd>"
    text = envelope.message([("CustomerAdd", "1", body)], version="13.0", on_error=OnError.STOP)
    laid = lay_out(text)
    lines = laid.splitlines()
    assert lines[:3] == ['<?xml version="1.0" encoding="utf-8"?>', '<?qbxml version="13.0"?>', "<QBXML>"]
    assert "        <Name>Café &amp; Co</Name>" in lines
    assert envelope.requests(laid.replace("\n", "").replace("  ", "")) == [
        ("CustomerAdd", "1", body.replace("&#233;", "é"))
    ]

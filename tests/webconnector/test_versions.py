from __future__ import annotations

import pytest

from qbferry.webconnector.versions import verdict


@pytest.mark.parametrize("version", ["2.2.0.71", "2.3.0.215", "2.3", "3.0.2.0", "10.0", "34.0.10003.78"])
def test_a_version_seen_in_the_field_or_newer_goes_on(version: str) -> None:
    assert verdict(version) == ""


@pytest.mark.parametrize("version", ["2.0", "2.1.0.30", "2", " 2.1 "])
def test_an_old_version_is_warned_of(version: str) -> None:
    assert verdict(version).startswith("W:Web Connector 2.")


@pytest.mark.parametrize("version", ["1.5.0.1", "1", "0.9"])
def test_a_version_before_2_0_is_refused(version: str) -> None:
    assert verdict(version).startswith("E:Web Connector ")


@pytest.mark.parametrize("version", ["", "unknown", "v2.3", "-1", ".", "9" * 5_000, "\u0661.0"])
def test_what_is_no_version_stops_nobody(version: str) -> None:
    assert verdict(version) == ""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from qbferry.errors import AnswerError
from qbferry.qbxml import host

if TYPE_CHECKING:
    from collections.abc import Callable

CANADA = """<?xml version="1.0" ?>
<QBXML><QBXMLMsgsRs>
<HostQueryRs requestID="0" statusCode="0" statusSeverity="Info" statusMessage="Status OK">
<HostRet><ProductName>QuickBooks Enterprise 2024</ProductName><MajorVersion>34</MajorVersion>
<MinorVersion>2</MinorVersion><Country>CA</Country>
<SupportedQBXMLVersion>13.0</SupportedQBXMLVersion><SupportedQBXMLVersion>16.0</SupportedQBXMLVersion></HostRet>
</HostQueryRs>
<CompanyQueryRs requestID="1" statusCode="0" statusSeverity="Info" statusMessage="Status OK">
<CompanyRet><CompanyName>Maple &amp; Co</CompanyName>
<DataExtRet><OwnerID>{AA}</OwnerID><DataExtName>FileID</DataExtName><DataExtValue>{BB}</DataExtValue></DataExtRet>
<DataExtRet><OwnerID>{AA}</OwnerID><DataExtName>AppLock</DataExtName><DataExtValue>x</DataExtValue></DataExtRet>
</CompanyRet>
</CompanyQueryRs>
<PreferencesQueryRs requestID="2" statusCode="0" statusSeverity="Info" statusMessage="Status OK">
<PreferencesRet>
<AccountingPreferences><IsUsingClassTracking>true</IsUsingClassTracking></AccountingPreferences>
<SalesAndCustomersPreferences><PriceLevels><IsUsingPriceLevels>false</IsUsingPriceLevels></PriceLevels>
</SalesAndCustomersPreferences>
<SalesTaxPreferences><DefaultItemSalesTaxRef><ListID>1</ListID><FullName>GST</FullName></DefaultItemSalesTaxRef>
</SalesTaxPreferences>
</PreferencesRet>
</PreferencesQueryRs>
</QBXMLMsgsRs></QBXML>"""


def test_a_host_introduces_itself() -> None:
    known = host.parse(CANADA)
    assert known == host.Host(
        product="QuickBooks Enterprise 2024",
        major="34",
        minor="2",
        country="CA",
        qbxml_versions=("13.0", "16.0"),
        company_name="Maple & Co",
        file_ids={"{aa}": "{bb}"},
        features={
            "IsUsingClassTracking": "true",
            "IsUsingPriceLevels": "false",
            "DefaultItemSalesTaxRef": "GST",
        },
    )


def test_a_refused_query_leaves_its_part_empty() -> None:
    known = host.parse('<QBXML><QBXMLMsgsRs><CompanyQueryRs statusCode="3261"/></QBXMLMsgsRs></QBXML>')
    assert known is not None
    assert (known.product, known.company_name, known.file_ids, known.features) == ("", "", {}, {})


@pytest.mark.parametrize("text", ["", "  ", "HOSTQUERY is currently not supported in QBPOS."])
def test_nothing_and_point_of_sale_are_no_host(text: str) -> None:
    assert host.parse(text) is None


def test_nonsense_is_refused() -> None:
    with pytest.raises(AnswerError):
        host.parse("nonsense")


def test_a_real_host_is_read(sample: Callable[[str], str]) -> None:
    known = host.parse(sample("qbwc__hcp_response_qbpro2014.xml"))
    assert known is not None
    assert (known.product, known.country, known.qbxml_versions[-1]) == ("QuickBooks Pro 2014", "US", "13.0")
    assert known.features["IsRequiringAccounts"] == "true"
    assert len(known.file_ids) == 1

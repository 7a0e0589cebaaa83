"""Quotations stand in the stored text, blanks and quotation marks aside."""

from __future__ import annotations

import pytest

from netback.evidence.quotations import check_quotations, normalised
from small_register import claim, register

TEXT = "The minister\n said: \u201cWe\u00a0will not\tbuy more \u2013 it\u2019s over.\u201d Nothing else."


def checked(quotation: str, texts: dict[str, str] | None = None) -> list[str]:
    found = register([claim("A-01", quotation=quotation), claim("B-01")])
    return [
        str(finding) for finding in check_quotations(found, {"paper": TEXT} if texts is None else texts)[1]
    ]


@pytest.mark.parametrize(
    "quotation",
    ["We will not buy more", "buy more - it's over.", '"We will not buy more \u2014 it\u2019s over."'],
)
def test_it_stands(quotation: str) -> None:
    assert checked(quotation) == []


def test_it_does_not_stand() -> None:
    (found,) = checked("We will not buy any more")
    assert found.startswith(
        "claims.csv, row 2, column quotation: the quotation does not stand in the text of paper"
    )
    assert 'it stands up to "We will not buy", then says "any"' in found
    assert "not even its first word" in checked("Entirely invented")[0]
    assert checked("we will not buy more"), "capitals are part of a quotation"


def test_no_stored_text() -> None:
    assert "no stored text of paper or A-01 is there" in checked("We will", {})[0]
    assert 'Closest name: "papr"' in checked("We will", {"papr": TEXT})[0]


def test_a_text_may_be_named_by_the_claim() -> None:
    assert checked("We will not", {"A-01": TEXT}) == []


def test_only_quotations_are_counted() -> None:
    assert (
        check_quotations(register([claim("A-01", quotation="We will"), claim("B-01")]), {"paper": TEXT})[0]
        == 1
    )


def test_normalised() -> None:
    assert normalised(" a\u00ad \n\u201cb\u201d\u2026 \ufb01n ") == 'a "b"... fin'

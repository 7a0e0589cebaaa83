"""Whether an exact quotation stands in the stored text of its source.

Blanks, line ends, quotation marks, dashes and ligatures are made equal on both sides (Unicode NFKC); nothing else
is. Letters keep their case, no word may be missing, and no word or number may be cut: "5 million" does not stand in
"25 million", nor "2" in "2.5".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from netback.errors import Finding, closest
from netback.evidence.register import Claim, Register, names_listed

_SAME = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032`\u00b4", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033", '"'),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
        **dict.fromkeys("\u00ad\u200b\u200c\u200d\ufeff", ""),
    }
)


def normalised(text: str) -> str:
    """Return a text with equal blanks, quotation marks, dashes and letters."""
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text).translate(_SAME)).strip()


def check_quotations(register: Register, texts: Mapping[str, str]) -> tuple[int, list[Finding]]:
    """Look for every quotation of the user's own claims in the stored texts.

    Parameters
    ----------
    texts
        Text by the id of its source, or of the claim.

    Returns
    -------
    tuple
        How many quotations were looked for, and a finding for each that does not stand.
    """
    ready = {name: normalised(text) for name, text in texts.items()}
    findings: list[Finding] = []
    count = 0
    for claim in register.claims.values():
        if not claim["quotation"]:
            continue
        count += 1
        fault = _fault(claim, ready)
        if fault is not None:
            findings.append(fault)
    return count, findings


def _fault(claim: Claim, texts: Mapping[str, str]) -> Finding | None:
    names = [*names_listed([claim["source"]]), claim.id]
    stored = [name for name in names if name in texts]
    where = claim.where("quotation")
    if not stored:
        hint = closest(names[0], texts) or f"Save it as {names[0]}.txt."
        return Finding(where, f"no stored text of {' or '.join(names)} is there.", hint)
    wanted = normalised(claim["quotation"]).strip('"')
    if not wanted:
        return Finding(where, "the quotation is empty.", "Leave the cell blank.")
    if any(_stands(wanted, texts[name]) for name in stored):
        return None
    kept = max((_longest_start(wanted, texts[name]) for name in stored), key=len)
    what = f"the quotation does not stand in the text of {', '.join(stored)}"
    if not kept:
        return Finding(where, f"{what}: not even its first word.", "Quote exactly, or leave the cell blank.")
    rest = wanted[len(kept) :].split()
    return Finding(
        where,
        f'{what}: it stands up to "{_tail(kept)}", then says "{rest[0] if rest else ""}".',
        "Quote exactly.",
    )


def _stands(wanted: str, text: str) -> bool:
    """Whether some words stand in a text, none of them and no number cut."""
    before = r"(?<!\w)" if _is_word(wanted[:1]) else ""
    after = r"(?!\w)" if _is_word(wanted[-1:]) else ""
    before += r"(?<!\d[.,])" if wanted[:1].isdecimal() else ""
    after += r"(?![.,]\d)" if wanted[-1:].isdecimal() else ""
    return re.search(f"{before}{re.escape(wanted)}{after}", text) is not None


def _is_word(letter: str) -> bool:
    return re.fullmatch(r"\w", letter) is not None


def _longest_start(wanted: str, text: str) -> str:
    """Return the longest run of first words of a quotation that stands in a text."""
    words = wanted.split(" ")
    low, high = 0, len(words)
    while low < high:
        middle = (low + high + 1) // 2
        if _stands(" ".join(words[:middle]), text):
            low = middle
        else:
            high = middle - 1
    return " ".join(words[:low])


def _tail(text: str) -> str:
    words = text.split()
    return text if len(words) <= 6 else f"... {' '.join(words[-6:])}"

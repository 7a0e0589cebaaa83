"""Make the shipped register of evidence from the corridor register.

    python tools/build_evidence.py [CORRIDOR] [OUT]     default: ../shared/data/corridor, src/netback/library/evidence

Reads the fact files, the price series, the contradictions and the claims to test of the corridor register and
writes sources.csv, claims.csv, series.csv and contradictions.csv. What a number measures, of what subject and in
which period is not in the corridor register; it stands in tools/evidence/structure.csv, one row per number that
needs it, and is laid over what the fact files say. Nothing else is added: every number keeps the id of its row.
quantities.csv, calculations.csv and calculation_inputs.csv are written by hand.
"""

from __future__ import annotations

import calendar
import csv
import io
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CORRIDOR = ROOT.parent / "shared" / "data" / "corridor"
OUT = ROOT / "src" / "netback" / "library" / "evidence"
STRUCTURE = ROOT / "tools" / "evidence" / "structure.csv"
JUDGEMENTS = ROOT / "tools" / "evidence" / "judgements.csv"
FACT_FILES = ("cargoes", "refineries", "ports", "prices", "cooperation", "regimes")
SCHEMAS = ROOT / "src" / "netback" / "case" / "schema"

#: Beginnings of a unit -> (uom, factor). What is left of the words becomes the basis.
UNITS: tuple[tuple[str, str, float], ...] = (
    ("million USD/voyage", "USD", 1e6),
    ("billion USD", "USD", 1e9),
    ("million bbl/yr", "Mbbl/yr", 1.0),
    ("USD/bbl", "USD/bbl", 1.0),
    ("$/bbl", "USD/bbl", 1.0),
    ("PKR/litre", "PKR/l", 1.0),
    ("PKR/USD", "PKR/USD", 1.0),
    ("PKR/t", "PKR/t", 1.0),
    ("cargo/month", "each/month", 1.0),
    ("ships/month", "each/month", 1.0),
    ("Mt/yr", "Mt/yr", 1.0),
    ("b/d", "bbl/d", 1.0),
    ("t/d", "t/d", 1.0),
    ("t/h", "t/h", 1.0),
    ("months", "month", 1.0),
    ("days", "d", 1.0),
    ("hours", "h", 1.0),
    ("dwt", "dwt", 1.0),
    ("bbl", "bbl", 1.0),
    ("acre", "acre", 1.0),
    ("Mt", "Mt", 1.0),
    ("USD", "USD", 1.0),
    ("kn", "kn", 1.0),
    ("MW", "MW", 1.0),
    ("t", "t", 1.0),
    ("m", "m", 1.0),
    ("%", "%", 1.0),
)
COUNTS = ("cargo", "cargoes", "grades", "parcels", "terminals", "piers", "call", "accords", "MoUs", "MoU", "protocol",
          "vessels", "export goods", "ratio")  # fmt: skip
WORDS = ("currency", "type", "rule", "verdict", "basin", "producer/reseller")
STATUSES = ("proposed", "under study", "MoU", "agreed", "ordered", "in transit", "delivered", "denied", "claimed",
            "forecast", "in force", "announced", "suspended", "replaced", "expired", "stalled", "changed", "reported",
            "statement", "design", "context")  # fmt: skip
SAME_STATUS = {"stated": "statement", "lifted": "expired", "ended early": "expired", "widened": "replaced",
               "partly lifted": "replaced", "extensions not found": "in force"}  # fmt: skip


def read(path: Path) -> list[dict[str, str]]:
    """Rows of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        return [{name: (cell or "").strip() for name, cell in row.items()} for row in csv.DictReader(file)]


def columns(table: str) -> list[str]:
    """Columns of a table, as its schema lists them."""
    return [row["column"] for row in read(SCHEMAS / f"{table}.csv")]


def uom_of(text: str) -> tuple[str, float, str]:
    """The uom, the factor to it and the words that are left, of a unit of the corridor register."""
    if text in COUNTS or text in WORDS or not text:
        return ("each" if text in COUNTS and text != "ratio" else ""), 1.0, ""
    for start, uom, factor in UNITS:
        if text == start or text.startswith(f"{start} "):
            return uom, factor, text[len(start) :].strip()
    return "", 1.0, text


def numbers(text: str) -> list[float]:
    """The numbers of a cell that holds several, separated by a slash, a semicolon or an arrow."""
    found = []
    for part in re.split(r"\s*(?:/|;|->)\s*", text):
        try:
            found.append(float(part.strip().rstrip("+").replace(",", "")))
        except ValueError:
            return []
    return found


def period(text: str) -> tuple[str, str]:
    """First and last day of 2023, 2023-06, 2023-06-11, FY2019-20 (July to June), a span of two, or after a day."""
    text = text.strip()
    if text.startswith("after "):
        return period(text[6:])[0], ""
    if text.endswith("+"):
        return period(text[:-1])[0], ""
    first, slash, last = text.partition("/")
    if slash:
        return period(first)[0], period(last)[1]
    if found := re.fullmatch(r"FY(\d{4})-(\d{2})", text):
        return f"{found[1]}-07-01", f"{int(found[1]) + 1}-06-30"
    if re.fullmatch(r"\d{4}", text):
        return f"{text}-01-01", f"{text}-12-31"
    if found := re.fullmatch(r"(\d{4})-(\d{2})", text):
        return f"{text}-01", f"{text}-{calendar.monthrange(int(found[1]), int(found[2]))[1]:02d}"
    return (text, text) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text) else ("", "")


def status_of(text: str) -> tuple[str, str]:
    """A status of the closed list, and the words of the register where they say more."""
    for start, word in (*((name, name) for name in STATUSES), *SAME_STATUS.items()):
        if text == start or text.startswith((f"{start} ", f"{start},", f"{start}:", f"{start};")):
            return word, "" if text == word else text
    return "", text


def slug(text: str) -> str:
    """A short id of a name."""
    return re.sub(r"[^a-z0-9]+", "-", text.casefold()).strip("-")[:32].strip("-") or "unnamed"


class Sources:
    """The sources met on the way, one per address, named by outlet and date."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, str]] = {}
        self.by_place: dict[tuple[str, str], str] = {}

    def id_of(self, outlet: str, published: str, url: str, said_by: str) -> str:
        """Id of the source of a row; made where it is new."""
        place = (url, "") if url else (outlet or said_by, published)
        if place not in self.by_place:
            base = "-".join(filter(None, [slug(outlet or said_by), slug(published) if published else ""]))
            name, count = base, 1
            while name in self.rows:
                count += 1
                name = f"{base}-{count}"
            title = f"{outlet or said_by}{', ' if published else ''}{published}"
            self.rows[name] = {
                "source": name,
                "title": title,
                "outlet": outlet,
                "published": published,
                "url": url,
            }
            self.by_place[place] = name
        return self.by_place[place]


def fact_rows(corridor: Path, sources: Sources) -> Iterator[dict[str, str]]:
    """Claims of all fact files, before what structure.csv says of them."""
    for name in FACT_FILES:
        for row in read(corridor / f"{name}.csv"):
            yield from parts(row, sources)
    for place, row in enumerate(read(corridor / "distances.csv"), 1):
        yield distance(place, row, sources)
    for row in read(corridor / "backtest.csv"):
        yield from backtest(row, sources)


def parts(row: Mapping[str, str], sources: Sources) -> Iterator[dict[str, str]]:
    """The claims of one row of a fact file: one per number."""
    uom, factor, basis = uom_of(row["unit"])
    first, last = period(row.get("date_or_period", ""))
    if "start_date" in row:
        first, last = period(row["start_date"])[0], period(row["end_date"])[1]
    status, words = status_of(row["status"])
    scope = [f"{name}: {row[name]}" for name in ("scope", "exceptions", "legal_instrument") if row.get(name)]
    shared = {
        "claim": row["id"],
        "topic": row.get("topic") or row.get("regime", ""),
        "statement": row["statement"],
        "basis": basis,
        "period_from": first,
        "period_to": last,
        "said_by": row["attributed_to"],
        "via": row["outlet"],
        "published": re.sub(r"^(\d{4})-(\d{4})$", r"\1/\2", row["published"]),
        "status": status,
        "confidence": row["confidence"],
        "source": sources.id_of(row["outlet"], row["published"], row["url"], row["attributed_to"]),
        "note": "; ".join(filter(None, [*scope, row["note"], words])),
    }
    values = numbers(row["value"])
    ends = {
        name: text(float(row[f"value_{name}"]) * factor)
        for name in ("low", "high")
        if row.get(f"value_{name}")
    }
    if row["unit"] in WORDS or (row["value"] and not values):
        day = re.fullmatch(r"\d{4}-\d{2}-\d{2}", row["value"])
        yield {**shared, "part": "1"} if day else {**shared, "part": "1", "word": row["value"], "basis": ""}
        return
    if not values:
        yield {**shared, "part": "1", **ends, "uom": uom if ends else "", "basis": basis if ends else ""}
    for place, value in enumerate(values, 1):
        yield {**shared, "part": str(place), "value": text(value * factor), "uom": uom} | (
            ends if place == 1 else {}
        )


def distance(place: int, row: Mapping[str, str], sources: Sources) -> dict[str, str]:
    """A sea distance; its accuracy of 3 % is its range."""
    value = float(row["distance_nm"])
    way = row["via"] if row["via"] not in ("leg", "direct") else ""
    return {
        "claim": f"DIS-{place:03d}",
        "part": "1",
        "topic": "sea distance",
        "statement": f"{row['origin']} to {row['destination']}{f' through {way}' if way else ''}",
        "quantity": "distance",
        "subject": f"{row['origin']} to {row['destination']}{f' by {way}' if way else ''}",
        "value": text(value),
        "low": text(round(0.97 * value)),
        "high": text(round(1.03 * value)),
        "uom": "nm",
        "said_by": "corridor register",
        "published": "",
        "status": "reported",
        "confidence": "B",
        "source": sources.id_of("corridor register, distances.csv", "", "", ""),
        "note": f"{row['method']}; {row['accuracy']}; {row['note']}",
    }


def backtest(row: Mapping[str, str], sources: Sources) -> Iterator[dict[str, str]]:
    """A claim to test. What it says is stated in structure.csv; the corridor's own tolerances are left out."""
    yield {
        "claim": row["id"],
        "part": "1",
        "topic": row["topic"],
        "statement": row["claim"],
        "said_by": row["attributed_to"],
        "status": "claimed",
        "confidence": "C",
        "source": sources.id_of("", "", row["source_url"], row["attributed_to"]),
        "note": f"facts: {row['fact_ids']}",
    }


def text(value: float) -> str:
    """A number without a needless point."""
    return str(int(value)) if float(value).is_integer() else repr(round(value, 9))


def structured(rows: Iterator[dict[str, str]], structure: list[dict[str, str]]) -> list[dict[str, str]]:
    """Lay the rows of structure.csv over the claims; a part that is not there is added to its claim.

    A minus sign in a cell of structure.csv empties the cell. ``at`` gives the period in the corridor's way.
    """
    found = {(row["claim"], row["part"]): row for row in rows}
    for extra in structure:
        key = (extra["claim"], extra["part"] or "1")
        base = found.get(key)
        if base is None:
            first = found[extra["claim"], "1"]
            gone = (
                "value",
                "low",
                "high",
                "word",
                "uom",
                "basis",
                "quantity",
                "subject",
                "part_of",
                "relation",
            )
            base = {name: cell for name, cell in first.items() if name not in gone}
        said = {name: "" if cell == "-" else cell for name, cell in extra.items() if cell}
        if "at" in said:
            said["period_from"], said["period_to"] = period(said.pop("at"))
        found[key] = {**base, **said, "part": key[1]}
    order = {name: place for place, name in enumerate(dict.fromkeys(key[0] for key in found))}
    return [found[key] for key in sorted(found, key=lambda key: (order[key[0]], int(key[1])))]


def series_rows(corridor: Path, sources: Sources) -> Iterator[dict[str, str]]:
    """Monthly prices and the price points of Pakistan."""
    for row in read(corridor / "price_monthly.csv"):
        yield point(row, row["series"], row["month"], sources)
    for row in read(corridor / "pakistan_price_points.csv"):
        yield point(row, "_".join(filter(None, [row["product"], row["item"]])), row["date"], sources)


def point(row: Mapping[str, str], name: str, day: str, sources: Sources) -> dict[str, str]:
    """One value of a series."""
    uom, factor, basis = uom_of(row["unit"])
    return {
        "series": name,
        "date": period(day)[0],
        "value": text(float(row["value"]) * factor),
        "uom": uom,
        "basis": basis,
        "source": sources.id_of(row["outlet"], row["published"], row["url"], row["attributed_to"]),
        "note": row["note"],
    }


def contradiction_rows(corridor: Path) -> Iterator[dict[str, str]]:
    """The listed pairs, and what was decided about the others that the rules find."""
    judged = {row["contradiction"]: row for row in read(JUDGEMENTS)}
    for row in read(corridor / "contradictions.csv"):
        yield {
            "contradiction": row["id"],
            "topic": row["topic"],
            "claims": row["fact_ids"],
            **{
                name: cell
                for name, cell in judged.pop(row["id"], {}).items()
                if name in ("judgement", "quantity")
            },
            "assessment": row["assessment"],
            "listed": "yes",
        }
    yield from judged.values()


def csv_text(table: str, rows: list[dict[str, str]]) -> str:
    """A table as CSV with the columns of its schema."""
    names = columns(table)
    strange = {name for row in rows for name in row} - set(names)
    if strange:
        raise SystemExit(f"{table}: no such column: {', '.join(sorted(strange))}")
    out = io.StringIO()
    writer = csv.DictWriter(out, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def build(corridor: Path) -> dict[str, str]:
    """The four files as text."""
    sources = Sources()
    claims = structured(fact_rows(corridor, sources), read(STRUCTURE))
    series = list(series_rows(corridor, sources))
    return {
        "claims.csv": csv_text("claims", claims),
        "series.csv": csv_text("series", series),
        "contradictions.csv": csv_text("contradictions", list(contradiction_rows(corridor))),
        "sources.csv": csv_text("sources", list(sources.rows.values())),
    }


if __name__ == "__main__":
    given = [Path(word) for word in sys.argv[1:]]
    target = given[1] if len(given) > 1 else OUT
    target.mkdir(parents=True, exist_ok=True)
    for file, content in build(given[0] if given else CORRIDOR).items():
        (target / file).write_text(content, encoding="utf-8")
        sys.stdout.write(f"{file}: {content.count(chr(10)) - 1:,} lines\n")

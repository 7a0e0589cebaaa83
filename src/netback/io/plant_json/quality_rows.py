"""Rows of the qualities of a plant file, and what is told of them."""

from __future__ import annotations

from collections.abc import Iterator

from netback.io.plant_json.flows import Row
from netback.io.plant_json.plant import DISTILLATION
from netback.io.plant_json.qualities import DENSITY, Qualities


def quality_tables(qualities: Qualities) -> dict[str, list[Row]]:
    """Rows of properties, stream_properties and product_properties."""
    streams = list(_stream_rows(qualities))
    products = list(_product_rows(qualities))
    named = dict.fromkeys(row["property"] for row in (*streams, *products))
    by_volume = qualities.data.names("Qv")
    properties = [
        {"property": name, "basis": "volume" if name in by_volume else "mass"}
        for name in named
        if name != DENSITY
    ]
    return {"properties": properties, "stream_properties": streams, "product_properties": products}


def tell_qualities(qualities: Qualities) -> None:
    """Add to the remarks what the tables do not say as the file says it."""
    data, remarks = qualities.data, qualities.remarks
    for quality in sorted({q for _, q in qualities.asked} - qualities.mixing):
        what = (
            f"{quality} is in neither Qw nor Qv, so the file does not say how it mixes; it is read by mass."
        )
        remarks.partly(data.place("Q", (quality,)), what)
    for (stream, quality), name in sorted(qualities.loose.items()):
        if (stream, quality) in qualities.asked:
            what = "FIX does not name it, so the program of the file leaves it free; it is read as known."
            remarks.partly(data.place("FQ0", (name, quality)), what)
    for stream, stated in qualities.partial().items():
        named = ", ".join(stated)
        what = f"{named} of {stream} is stated, and the rest of its quality follows from what it is mixed of."
        hint = "A mix has either one stated quality or none; what is stated is not read."
        remarks.ignored(data.place("FQ0", (stream, stated[0])), what, hint)
    _tell_passed(qualities)
    for (unit, stream, quality), cuts in qualities.zeros.items():
        if (stream, quality) in qualities.asked:
            named = ", ".join(cuts)
            what = (
                f"FQcut does not state {quality} of {named} for every crude, and {stream} of {unit} holds it."
            )
            remarks.partly(
                f"{data.source}, data.parameters.FQcut", what, "It counts 0, as in the published program."
            )
    for (stream, quality), feeds in sorted(qualities.missing.items()):
        if quality not in qualities.ranges:
            what = f"a limit needs {quality} of {stream}, and the file states no value of {quality} at all."
            remarks.fault(
                data.place("SQ", (stream, quality)), what, f"State it in FQ0, as {stream}.{quality}."
            )
            continue
        cells = qualities.assumed(stream, quality)
        of = f" made of {', '.join(feed for feed in feeds if feed)}" if any(feeds) else ""
        what = (
            f"a limit or a yield needs {quality} of {stream}{of}, and nothing states it; the program of the file "
            f"leaves it free. {cells['value']:g} is assumed, from {cells['low']:g} to {cells['high']:g}."
        )
        remarks.partly(data.place("SQ", (stream, quality)), what, f"State {stream}.{quality} in FQ0.")


def _tell_passed(qualities: Qualities) -> None:
    """Where a product follows the quality of one stream, whatever else its unit runs."""
    others: dict[tuple[str, str], list[str]] = {}
    for (stream, quality), (source, _) in qualities.passed.items():
        if (stream, quality) in qualities.stated or (stream, quality) not in qualities.asked:
            continue
        for batch, feed in qualities.makings.get(stream, ()):
            own = (stream, feed, quality) not in qualities.circular
            if own and feed != qualities.plant.stream(source):
                others.setdefault((batch.unit, source), []).append(f"{quality} of {stream}")
    for (unit, source), names in others.items():
        listed = ", ".join(dict.fromkeys(names))
        what = f"{listed}: a factor on the quality of {source}, whatever {unit} runs."
        qualities.remarks.partly(
            f"{qualities.data.source}, data.sets.QT", what, "Here each part follows its own feed."
        )


def _stream_rows(qualities: Qualities) -> Iterator[Row]:
    for (stream, quality), value in qualities.stated.items():
        mix = qualities.plant.mixes.get(stream)
        bought = stream not in qualities.makings and mix is None
        if bought or (qualities.fixed(stream) and (stream, quality) in qualities.asked):
            yield {"stream": stream, "property": qualities.name(quality), "value": value}
    for stream, quality in qualities.missing:
        alone = stream not in qualities.makings or stream in qualities.plant.beside
        if alone and quality in qualities.ranges:
            cells = qualities.assumed(stream, quality)
            yield {"stream": stream, "property": qualities.name(quality), **cells}


def _product_rows(qualities: Qualities) -> Iterator[Row]:
    for stream, ways in qualities.makings.items():
        if stream in qualities.plant.beside:
            continue
        units = dict.fromkeys(batch.unit for batch, _ in ways)
        for (quality,) in qualities.data.sets["Q"]:
            row = {"product": stream, "property": qualities.name(quality)}
            if (stream, quality) in qualities.stated:
                yield from ({"unit": u, **row, "value": qualities.stated[stream, quality]} for u in units)
            else:
                yield from ({**cells, **row} for cells in _by_feed(qualities, stream, quality))


def _by_feed(qualities: Qualities, stream: str, quality: str) -> Iterator[Row]:
    told: set[tuple[str, str | None]] = set()
    missing = qualities.missing.get((stream, quality), [])
    for batch, feed in qualities.makings[stream]:
        cells: Row = {"unit": batch.unit, "feed": feed}
        if (batch.unit, feed) in told:
            continue
        told.add((batch.unit, feed))
        distilled = qualities.plant.kinds[batch.unit] in DISTILLATION
        if distilled and (stream, feed, quality) in qualities.cut:
            yield {**cells, "value": qualities.cut[stream, feed, quality]}
        elif (
            not distilled
            and (stream, quality) in qualities.passed
            and (stream, feed, quality) not in qualities.circular
        ):
            yield {**cells, "factor": qualities.passed[stream, quality][1]}
        elif (feed in missing or None in missing) and quality in qualities.ranges:
            yield {**cells, **qualities.assumed(stream, quality)}

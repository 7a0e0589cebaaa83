"""Which properties of which stream anything downstream asks for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from netback.case.case import Case
from netback.refinery.rules import DENSITY


def needed_properties(case: Case) -> Mapping[str, frozenset[str]]:
    """Properties needed by stream, found by walking back from specs and deltas to a fixed point.

    Only these tell lots apart, so that streams whose quality nobody asks for stay one lot.
    """
    needs: dict[str, set[str]] = defaultdict(lambda: {DENSITY})
    passes = _passing_on(case)
    _direct(case, needs)
    changed = True
    while changed:
        changed = False
        for source, target, name in passes:
            wanted = needs[target] if name is None else needs[target] & {name}
            if not wanted <= needs[source]:
                needs[source] |= wanted
                changed = True
    return {record["stream"]: frozenset(needs[record["stream"]]) for record in case.table("streams").records}


def _direct(case: Case, needs: dict[str, set[str]]) -> None:
    components: dict[str, set[str]] = defaultdict(set)
    for record in case.table("blends").records:
        components[record["product"]].add(record["component"])
    for record in case.table("specs").records:
        for component in components[record["product"]]:
            needs[component].add(record["property"])
    for record in case.table("deltas").records:
        needs[record["feed"]].add(record["property"])
    feeds = feeds_by_unit(case)
    for record in case.table("feed_specs").records:
        for feed in feeds.get(record["unit"], ()):
            needs[feed].add(record["property"])


def _passing_on(case: Case) -> list[tuple[str, str, str | None]]:
    """Triples (feed, product, property): what is needed of the product is needed of the feed."""
    passes: list[tuple[str, str, str | None]] = []
    feeds = feeds_by_unit(case)
    for record in case.table("product_properties").records:
        if record["factor"] is None:
            continue
        sources = feeds.get(record["unit"], ()) if record["feed"] is None else (record["feed"],)
        passes.extend((source, record["product"], record["property"]) for source in sources)
    for record in case.table("cuts").records:
        passes.extend((record["stream"], target, None) for target in swing_targets(record["swing_to"]))
    passes.extend((component, stream, None) for component, stream in pool_components(case))
    return passes


def pool_components(case: Case) -> list[tuple[str, str]]:
    """Pairs (component, pool) of pools.csv: what flows into a tank as it is."""
    rows = case.table("pools").records
    return [(row["component"], row["stream"]) for row in rows if row["component"] is not None]


def swing_targets(text: str | None) -> tuple[str, ...]:
    """Split the ``swing_to`` column."""
    return tuple(part.strip() for part in (text or "").split(";") if part.strip())


def feeds_by_unit(case: Case) -> Mapping[str, tuple[str, ...]]:
    """Streams that may feed each unit: rows of feeds.csv and yields.csv, else every crude with an assay for cuts."""
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for table in ("feeds", "yields"):
        for record in case.table(table).records:
            found[record["unit"]].setdefault(record["feed"])
    crudes = [record["crude"] for record in case.table("crudes").records if record["assay"] is not None]
    for record in case.table("cuts").records:
        if not found[record["unit"]]:
            found[record["unit"]].update(dict.fromkeys(crudes))
    return {unit: tuple(streams) for unit, streams in found.items()}


def reached(start: Iterable[str], ways: Iterable[tuple[str, str]]) -> frozenset[str]:
    """Everything that ``start`` comes to along ways (from, to), itself included."""
    onward: dict[str, list[str]] = defaultdict(list)
    for source, target in ways:
        onward[source].append(target)
    found = set(start)
    waiting = [*found]
    while waiting:
        new = [target for target in onward[waiting.pop()] if target not in found]
        found.update(new)
        waiting += new
    return frozenset(found)


def _onward(case: Case) -> list[tuple[str, str]]:
    """Pairs (stream, what it becomes): by the yields of units, in tanks, as a swing cut."""
    ways = [(record["feed"], record["product"]) for record in case.table("yields").records]
    ways += pool_components(case)
    for record in case.table("cuts").records:
        ways += [(record["stream"], target) for target in swing_targets(record["swing_to"])]
    return ways


def mixed_streams(case: Case) -> frozenset[str]:
    """Streams that flow as one mix: those of pools.csv, and what units and swings make of them."""
    found = {record["stream"] for record in case.table("pools").records}
    return reached(found, _onward(case))


def followed_by_crude(case: Case) -> frozenset[str]:
    """Streams whose lots must be told apart by crude: a quality or a limit speaks of the crude, here or further on."""
    found = {record["stream"] for record in case.table("stream_properties").records if record["origin"]}
    feeds = feeds_by_unit(case)
    for record in case.table("limit_terms").records:
        if record["origin"] is not None:
            found.update(_spoken_of(case, feeds, record["activity"], record["item"]))
    ways = _onward(case)
    for record in case.table("cuts").records:
        ways += [(feed, record["stream"]) for feed in feeds.get(record["unit"], ())]
    return reached(found, ((target, source) for source, target in ways))


def _spoken_of(case: Case, feeds: Mapping[str, tuple[str, ...]], activity: str, item: str) -> set[str]:
    """Streams that a term of a limit counts by crude."""
    if activity in ("feed", "make"):
        return set(feeds.get(item, ()))
    if activity == "blend":
        return {row["component"] for row in case.table("blends").records if row["product"] == item}
    if activity == "pool":
        return {component for component, stream in pool_components(case) if stream == item}
    table, column = {"purchase": ("offers", "offer"), "sale": ("sales", "sale")}.get(activity, ("", ""))
    named = {row["stream"] for row in case.table(table).records if row[column] == item} if table else set()
    return named | {item}

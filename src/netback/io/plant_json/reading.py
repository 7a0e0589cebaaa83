"""A plant file as a case, with all that the tables of a case do not say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from netback.case.case import Case
from netback.errors import DataError, Finding
from netback.io.json_file import read_json
from netback.io.plant_json.data import NOT_IN_TABLES, PlantData, is_plant, plant_data
from netback.io.plant_json.flows import Flows, Row
from netback.io.plant_json.limits import Limits
from netback.io.plant_json.plant import Plant
from netback.io.plant_json.qualities import Qualities
from netback.io.plant_json.quality_rows import quality_tables, tell_qualities
from netback.io.remarks import REPORT_FILE, Remarks, import_page

SOURCE: Final = "plant_file"


@dataclass(frozen=True)
class PlantImport:
    """A case that came from a plant file, the remarks on it, and the page that lists them."""

    case: Case
    remarks: tuple[Finding, ...]
    files: Mapping[str, str]


def read_plant(path: str | Path, days: float = 1.0, name: str = "") -> PlantImport:
    """Read a plant file, gzipped or not, into a case called ``name``, or by its own name.

    ``days`` is the length of each period [d]: the file states none.

    Raises
    ------
    DataError
        With every fault of the file together; each finding names the file and the field.
    """
    file = Path(path)
    value = read_json(file)
    if not is_plant(value):
        what = "holds no plant: data.sets and data.parameters are not both there."
        raise DataError(Finding(file.name, what, "Only plants as sets and parameters are read into cases."))
    if not 0.0 < days <= 366.0:
        raise DataError(Finding("option --days", f"{days:g} days are no period.", "Write 1 to 366."))
    remarks = Remarks()
    data = plant_data(value, file.name, remarks)
    for unread, reason in NOT_IN_TABLES.items():
        if data.numbers[unread]:
            count = len(data.numbers[unread])
            remarks.ignored(f"{data.source}, data.parameters.{unread}", f"{count} entries: {reason}")
    plant = Plant.of(data, remarks)
    if errors := remarks.of("error"):
        raise DataError(errors, f"plant file {file.name}")
    qualities = Qualities(plant, remarks)
    qualities.trace()
    flows = Flows(qualities)
    rows: dict[str, Sequence[Row]] = {
        "sources": [{"source": SOURCE, "title": f"{data.title} ({file.name})"}],
        "periods": [{"period": period, "days": days} for period in flows.periods],
        **flows.tables(),
        **quality_tables(qualities),
        **Limits(flows).tables(),
    }
    tell_qualities(qualities)
    if errors := remarks.of("error"):
        raise DataError(errors, f"plant file {file.name}")
    case = _case(file, name or file.name.removesuffix(".gz").removesuffix(".json"), data, rows)
    told = (*remarks.of("warning"), *remarks.of("note"))
    conventions = (
        f"Flows are in {data.amount} and prices in {data.currency}/{data.amount}. A period has {days:g} days:\n"
        "the file states none, and nothing here depends on it. Branches of a splitter are one stream; its title lists"
        " them."
    )
    page = import_page(file.name, case, conventions, "Read in part, by a convention, or assumed", told)
    return PlantImport(case, told, {REPORT_FILE: page})


def _case(file: Path, name: str, data: PlantData, rows: Mapping[str, Sequence[Row]]) -> Case:
    try:
        return Case.of(
            name,
            rows,
            title=data.title,
            description=f"Read from {file.name}; {REPORT_FILE} lists what the tables do not say as the file does.",
            currency=data.currency,
            flow_uom=data.amount,
            source=SOURCE,
        )
    except DataError as error:
        findings = [Finding(f"{file.name}, as {f.where}", f.what, f.hint) for f in error.findings]
        raise DataError(findings, f"plant file {file.name}") from None

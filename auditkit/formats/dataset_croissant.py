"""A curated data set as Croissant 1.1 (MLCommons 2025) with the vocabulary for responsible AI (1.0, 2024).

Files with their SHA-256, every column as a field, what was done to the data, and what the audit after found and what
it could not look at: the last as `auditkit.formats.croissant` tells them of a report. No date is stated: the same data
give the same bytes, and the manifest beside them says when.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from auditkit.formats.croissant import CONTEXT, croissant
from auditkit.formats.curated import Column, Curated, File
from auditkit.formats.words import quiet, short

V_1_1 = {
    "arrayShape": "cr:arrayShape",
    "containedIn": "cr:containedIn",
    "isArray": "cr:isArray",
    "description": {"@container": "@language"},
    "name": {"@container": "@language"},
}
CONFORMS = ("http://mlcommons.org/croissant/1.1", "http://mlcommons.org/croissant/RAI/1.0")
TYPES: Mapping[str, str] = {"Text": "sc:Text", "Integer": "sc:Integer", "Float": "sc:Float", "Image": "sc:ImageObject"}
ENCODING = {"csv": "text/csv", "tsv": "text/tab-separated-values", "parquet": "application/x-parquet"}
ENDINGS = {"png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "webp": "image/webp"}
PICTURES, ROWS = "pictures", "rows"


def dataset_croissant(curated: Curated) -> str:
    """The document: mlcroissant reads its rows from the folder that it lies in."""
    told: dict[str, Any] = {"@context": {**CONTEXT, **V_1_1}, "@type": "sc:Dataset", "conformsTo": list(CONFORMS)}
    told |= {"name": short(quiet(curated.title), 120) or "unnamed", "description": quiet(curated.said("description"))}
    told |= {"version": quiet(curated.stated.get("version") or "1.0.0"), "license": quiet(curated.said("licence"))}
    told |= {
        name: quiet(value)
        for name, key in (("url", "url"), ("citeAs", "citation"))
        if (value := curated.stated.get(key))
    }
    if curated.stated.get("creator"):
        told["creator"] = {"@type": "sc:Organization", "name": quiet(curated.stated["creator"])}
    told["isLiveDataset"] = False
    told["distribution"] = [_file(file) for file in curated.files] + ([_pictures(curated)] if curated.pictures else [])
    told["recordSet"] = [_rows(curated)]
    told |= _responsible(curated)
    return json.dumps(told, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _file(file: File) -> dict[str, Any]:
    told = {"@type": "cr:FileObject", "@id": file.name, "name": file.name, "contentUrl": file.name}
    return {**told, "contentSize": f"{file.size} B", "encodingFormat": ENCODING[file.kind], "sha256": file.sha256}


def _pictures(curated: Curated) -> dict[str, Any]:
    about = f"{curated.pictures} pictures, each named by the SHA-256 of its bytes."
    formats = sorted(set(ENDINGS.values()))
    told = {"@type": "cr:FileSet", "@id": PICTURES, "name": PICTURES, "description": about}
    return {**told, "encodingFormat": formats, "includes": [f"pictures/*.{ending}" for ending in ENDINGS]}


def _rows(curated: Curated) -> dict[str, Any]:
    table = curated.files[0].name
    fields = [_field(column, k, table) for k, column in enumerate(curated.columns)]
    return {"@type": "cr:RecordSet", "@id": ROWS, "name": ROWS, "description": "One record a row.", "field": fields}


def _field(column: Column, k: int, table: str) -> dict[str, Any]:
    """A field by its place, since a column may bear any name; a picture is named by its path in the folder."""
    kind = "Text" if column.type == "Image" else column.type
    about = column.about or (
        "The path of a picture, from this folder." if column.type == "Image" else "As in the source."
    )
    told = {"@type": "cr:Field", "@id": f"{ROWS}/{k}", "name": quiet(column.name) or f"column {k}"}
    source = {"fileObject": {"@id": table}, "extract": {"column": column.name}}
    return {**told, "description": quiet(about), "dataType": TYPES[kind], "source": source}


def _responsible(curated: Curated) -> dict[str, Any]:
    """The responsible-AI part: of the audit after, with what was done and what it cannot do."""
    own = {name: value for name, value in json.loads(croissant(*curated.after)).items() if name.startswith("rai:")}
    own["rai:dataLimitations"] = [*map(quiet, curated.limits), *own.get("rai:dataLimitations", [])]
    own["rai:dataPreprocessingProtocol"] = [quiet(sentence) for sentence in curated.done]
    sources = [f"{name}, SHA-256 {content}" for name, content in curated.taken]
    own["rai:dataCollectionRawData"] = quiet("Made of: " + "; ".join(sources) + ".")
    own["rai:dataManipulationProtocol"] = quiet(
        f"rows.csv says of each of the {curated.source_rows:,} rows of the source, and of each row that was added, "
        "what was done to it, by which step and why."
    )
    for name, key in (("dataCollection", "collected"), ("dataUseCases", "uses"), ("dataSocialImpact", "impact")):
        own[f"rai:{name}"] = quiet(curated.said(key))
    if curated.sensitive:
        named = own.get("rai:personalSensitiveInformation", [])
        own["rai:personalSensitiveInformation"] = [*named, *map(quiet, curated.sensitive)]
    return {name: value for name, value in own.items() if value != []}

"""How does a record become a Croissant file? JSON-LD that data catalogs read, with who made what by the words of PROV.

Files are `distribution`, with their SHA-256. Every piece of rows, with a file or without, is a `prov:Entity` that a
`prov:Activity` (the fit of a generation, then drawing) made and used; shares and samplers stand beside them under
`genloss:`. Croissant: http://mlcommons.org/croissant/1.0. PROV: https://www.w3.org/TR/prov-o/.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import Any

from genloss.ledger.answer import Chain, Ledger
from genloss.ledger.record import REAL, Data

CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
    "prov": "http://www.w3.org/ns/prov#",
    "genloss": "urn:genloss:",
}
_KINDS = {
    ".csv": "text/csv",
    ".tsv": "text/tab-separated-values",
    ".jsonl": "application/jsonlines",
    ".json": "application/json",
    ".txt": "text/plain",
    ".parquet": "application/x-parquet",
    ".arrow": "application/vnd.apache.arrow.file",
    ".npz": "application/zip",
}


def as_croissant(ledger: Ledger) -> str:
    """Return the text of a Croissant file: files with their SHA-256, and who made what."""
    chains = list(enumerate(ledger.chains))
    whole = {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": _identifier(ledger.name) or "ledger",
        "description": " ".join(ledger.summary().splitlines()),
        "distribution": list(_files(ledger)),
        "rai:dataCollection": _collection(ledger),
        "genloss:provenance": [node for number, chain in chains for node in _nodes(_prefix(ledger, number), chain)],
    }
    return json.dumps(whole, ensure_ascii=False, indent=1) + "\n"


def _files(ledger: Ledger) -> Iterator[dict[str, Any]]:
    """Yield a FileObject for every file whose SHA-256 is known, each once."""
    seen: set[str] = set()
    for number, chain in enumerate(ledger.chains):
        for data in chain.data:
            if data.file and data.sha256 and data.file not in seen:
                seen.add(data.file)
                yield {
                    "@type": "cr:FileObject",
                    "@id": _file_id(ledger, number, data),
                    "name": _file_id(ledger, number, data),
                    "description": _made(data),
                    "contentUrl": PurePath(data.file).as_posix(),
                    "encodingFormat": _KINDS.get(PurePath(data.file).suffix, "application/octet-stream"),
                    "sha256": data.sha256,
                }


def _nodes(prefix: str, chain: Chain) -> Iterator[dict[str, Any]]:
    """Yield the pieces of rows, then the fits, of one chain."""
    for data in chain.data:
        entity: dict[str, Any] = {
            "@id": f"#{prefix}rows/{_identifier(data.name)}",
            "@type": "prov:Entity",
            "name": data.name,
            "genloss:rows": data.rows,
            "genloss:madeBy": [{"genloss:who": each.who, "genloss:share": each.share} for each in data.made_by],
        }
        entity |= {"contentUrl": PurePath(data.file).as_posix()} if data.file else {}
        entity |= {"genloss:sampler": json.dumps(dict(data.sampler), sort_keys=True)} if data.sampler else {}
        fits = [{"@id": f"#{prefix}fit/{_identifier(each.who)}"} for each in data.made_by if each.who != REAL]
        yield entity | ({"prov:wasGeneratedBy": fits} if fits else {})
    for each in chain.generations:
        yield {
            "@id": f"#{prefix}fit/{_identifier(each.name)}",
            "@type": "prov:Activity",
            "name": each.name,
            "prov:used": [{"@id": f"#{prefix}rows/{_identifier(part.data)}"} for part in each.parts],
            "genloss:trainedOn": [_part(part.data, part.rows, part.weight) for part in each.parts],
            "genloss:synthetic": each.synthetic,
            "genloss:byModelsPassed": list(each.by_rows),
            "genloss:workflow": chain.workflow.words,
        }


def _part(data: str, rows: float, weight: float | None) -> Mapping[str, Any]:
    return {"genloss:data": data, "genloss:rows": rows} | ({} if weight is None else {"genloss:weight": weight})


def _collection(ledger: Ledger) -> str:
    made = [data for chain in ledger.chains for data in chain.data if any(each.who != REAL for each in data.made_by)]
    every = sum(len(chain.data) for chain in ledger.chains)
    return f"{len(made)} of {every} pieces of rows were made by models, wholly or in part; see genloss:provenance"


def _made(data: Data) -> str:
    makers = " and ".join(f"{100 * each.share:.3g} % {each.who}" for each in data.made_by)
    return f"{data.rows:,} rows: {makers if len(data.made_by) > 1 else data.made_by[0].who}"


def _prefix(ledger: Ledger, number: int) -> str:
    """Name a chain among several."""
    chain = ledger.chains[number]
    if len(ledger.chains) == 1:
        return ""
    return f"{_identifier(chain.name)}/{'' if chain.seed is None else f'seed-{chain.seed}/'}"


def _file_id(ledger: Ledger, number: int, data: Data) -> str:
    return f"{_prefix(ledger, number)}{_identifier(data.name)}"


def _identifier(name: str) -> str:
    """Return letters, digits and what may stand between them."""
    return re.sub(r"[^\w.@-]+", "-", name).strip("-")

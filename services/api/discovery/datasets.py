"""A ledger as a data set, in the words of schema.org and of DCAT 3, as JSON-LD.

Both name the same files: every table in every form, complete, and the event log behind them.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

from schemas.kept_release import KeptRelease
from schemas.ledger import LedgerConfiguration
from services.api.discovery.feeds import FEEDS
from services.api.http.media_types import MEDIA_TYPES, Form
from services.release.citing import instant_text, licence_of
from services.release.described import DESCRIPTION
from services.release.tables import TABLES


KEYWORDS = ("prisoner exchange", "prisoners of war")
#: The forms of each table that catalogues name.
FORMS: tuple[Form, ...] = ("csv", "json", "parquet", "xlsx")
_MEDIA_TYPE_IRI = "https://www.iana.org/assignments/media-types"
#: The vocabularies of the Publications Office of the EU, whose words DCAT-AP asks for.
_AUTHORITY = "http://publications.europa.eu/resource/authority"
_THEME = {
    "@id": f"{_AUTHORITY}/data-theme/INTR",
    "@type": "skos:Concept",
    "skos:prefLabel": {"@language": "en", "@value": "International issues"},
}
_LANGUAGE = {"@id": f"{_AUTHORITY}/language/ENG", "@type": "dct:LinguisticSystem"}
#: What `planned-availability` calls a file that changes with the ledger, and one that is kept.
_LIVE, _KEPT = "available", "stable"
#: What `file-type` calls a media type; the others have no name there.
_FILE_TYPES: Mapping[str, str] = {
    "text/csv": "CSV",
    "application/json": "JSON",
    "application/ld+json": "JSON_LD",
    "application/vnd.apache.parquet": "PARQUET",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "XLSX",
    "application/atom+xml": "ATOM",
    "text/plain": "TXT",
}
_CONTEXT: Mapping[str, Any] = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcatap": "http://data.europa.eu/r5r/",
    "dct": "http://purl.org/dc/terms/",
    "spdx": "http://spdx.org/rdf/terms#",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}


class DatasetDescribed(NamedTuple):
    """A ledger as catalogues name it.

    Attributes:
        ledger: The ledger.
        origin: What the addresses of this server begin with.
        author: Who releases the data.
        position: The log position that its files stand for now.
        modified: When the event there was recorded, null for an empty log.
        releases: The releases that are kept, the newest first.
    """

    ledger: LedgerConfiguration
    origin: str
    author: str
    position: int
    modified: datetime | None
    releases: tuple[KeptRelease, ...] = ()

    @property
    def page(self) -> str:
        """The page that shows it to people, which is also its name."""
        return f"{self.origin}/{self.ledger.name}"

    @property
    def files(self) -> Iterator[tuple[str, str, str, str]]:
        """Each file: what it is, its address, its media type, and how its form is called."""
        query = urlencode({"ledger": self.ledger.name})
        for table in TABLES:
            for form in FORMS:
                address = f"{self.origin}/v1/{table.name}.{form}?{query}"
                yield table.description, address, MEDIA_TYPES[form], form

    def schema_org(self) -> dict[str, Any]:
        """Return it as a schema.org Dataset."""
        known: dict[str, Any] = {
            "@context": "https://schema.org/",
            "@type": "Dataset",
            "@id": f"{self.page}#dataset",
            "name": self.ledger.title,
            "description": DESCRIPTION,
            "url": self.page,
            "identifier": self.ledger.name,
            "version": str(self.position),
            "isAccessibleForFree": True,
            "keywords": [*KEYWORDS, *(side.name for side in self.ledger.sides)],
            "creator": {"@type": "Organization", "name": self.author},
            "includedInDataCatalog": {
                "@type": "DataCatalog",
                "name": "exchange-ledger",
                "url": f"{self.origin}/dcat.jsonld",
            },
            "distribution": [
                {
                    "@type": "DataDownload",
                    "name": about,
                    "contentUrl": address,
                    "encodingFormat": media_type,
                }
                for about, address, media_type, _ in self.files
            ],
        }
        if licence := licence_of(self.ledger.data_licence):
            known["license"] = licence.url
        if self.modified:
            known["dateModified"] = instant_text(self.modified)
        if self.ledger.opened:
            known["temporalCoverage"] = f"{self.ledger.opened.isoformat()}/.."
        return known

    def dcat(self) -> dict[str, Any]:
        """Return it as a dcat:Dataset, without the context."""
        known: dict[str, Any] = {
            "@id": f"{self.page}#dataset",
            "@type": "dcat:Dataset",
            "dct:title": _english(self.ledger.title),
            "dct:description": _english(DESCRIPTION),
            "dct:identifier": self.ledger.name,
            "dct:creator": _agent(self.author),
            "dct:publisher": _agent(self.author),
            "dcat:keyword": [
                _english(word) for word in (*KEYWORDS, *(side.name for side in self.ledger.sides))
            ],
            "dcat:version": str(self.position),
            "dct:language": _LANGUAGE,
            "dcat:theme": _THEME,
            "dcat:landingPage": {"@id": self.page, "@type": "foaf:Document"},
            **self._licensed(),
            "dcat:distribution": list(self._distributions()),
        }
        if self.releases:
            known["dcat:hasVersion"] = [self._version(release) for release in self.releases]
        if self.modified:
            known["dct:modified"] = _time(self.modified)
        if self.ledger.opened:
            known["dct:temporal"] = {
                "@type": "dct:PeriodOfTime",
                "dcat:startDate": {
                    "@type": "xsd:date",
                    "@value": self.ledger.opened.isoformat(),
                },
            }
        return known

    def _version(self, release: KeptRelease) -> dict[str, Any]:
        """Return a release as a dcat:Dataset of its own."""
        base = f"{self.origin}/releases/{self.ledger.name}/{release.day}/"
        return {
            "@id": base,
            "@type": "dcat:Dataset",
            "dct:title": _english(f"{self.ledger.title}, {release.day}"),
            "dct:description": _english(DESCRIPTION),
            "dct:publisher": _agent(self.author),
            "dct:issued": {"@type": "xsd:date", "@value": release.day.isoformat()},
            "dcat:version": release.version,
            "dcat:isVersionOf": {"@id": f"{self.page}#dataset"},
            "dct:language": _LANGUAGE,
            "dcat:keyword": [_english(word) for word in KEYWORDS],
            "dcat:theme": _THEME,
            **self._licensed(),
            "dcat:distribution": [
                {
                    **self._distribution(
                        f"{base}{file.name}",
                        title=file.name,
                        about=f"{file.name} of the release of {release.day}",
                        media_type=file.media_type.partition(";")[0],
                        availability=_KEPT,
                    ),
                    "dcat:byteSize": {"@type": "xsd:nonNegativeInteger", "@value": str(file.bytes)},
                    "spdx:checksum": {
                        "@type": "spdx:Checksum",
                        "spdx:algorithm": {"@id": "spdx:checksumAlgorithm_sha256"},
                        "spdx:checksumValue": {"@type": "xsd:hexBinary", "@value": file.sha256},
                    },
                }
                for file in release.files
            ],
        }

    def _distributions(self) -> Iterator[dict[str, Any]]:
        for about, address, media_type, form in self.files:
            yield self._distribution(
                address,
                title=urlsplit(address).path.rpartition("/")[2],
                about=f"{about} As {form}.",
                media_type=media_type,
                availability=_LIVE,
            )
        for name, title in FEEDS.items():
            yield self._distribution(
                f"{self.page}/feeds/{name}.atom",
                title=f"{name}.atom",
                about=title,
                media_type="application/atom+xml",
                availability=_LIVE,
            )

    def _distribution(
        self, address: str, *, title: str, about: str, media_type: str, availability: str
    ) -> dict[str, Any]:
        known: dict[str, Any] = {
            "@id": address,
            "@type": "dcat:Distribution",
            "dct:title": _english(title),
            "dct:description": _english(about),
            "dcat:accessURL": {"@id": address},
            "dcat:downloadURL": {"@id": address},
            "dcat:mediaType": {"@id": f"{_MEDIA_TYPE_IRI}/{media_type}", "@type": "dct:MediaType"},
            "dcatap:availability": {
                "@id": f"{_AUTHORITY}/planned-availability/{availability.upper()}",
                "@type": "skos:Concept",
                "skos:prefLabel": _english(availability),
            },
            **self._licensed(),
        }
        if kind := _FILE_TYPES.get(media_type):
            known["dct:format"] = {
                "@id": f"{_AUTHORITY}/file-type/{kind}",
                "@type": "dct:MediaTypeOrExtent",
            }
        return known

    def _licensed(self) -> dict[str, Any]:
        licence = licence_of(self.ledger.data_licence)
        if licence is None:
            return {}
        return {"dct:license": {"@id": licence.url, "@type": "dct:LicenseDocument"}}


def catalogue(datasets: Sequence[DatasetDescribed], *, origin: str, author: str) -> dict[str, Any]:
    """Return all ledgers of a server as a dcat:Catalog, with the API that serves them."""
    return {
        "@context": _CONTEXT,
        "@id": f"{origin}/dcat.jsonld",
        "@type": "dcat:Catalog",
        "dct:title": _english("exchange-ledger"),
        "dct:description": _english("Ledgers of prisoner exchanges, each a data set."),
        "dct:publisher": _agent(author),
        "dct:language": _LANGUAGE,
        "foaf:homepage": {"@id": f"{origin}/", "@type": "foaf:Document"},
        "dcat:dataset": [dataset.dcat() for dataset in datasets],
        "dcat:service": {
            "@id": f"{origin}/v1",
            "@type": "dcat:DataService",
            "dct:title": _english("HTTP API"),
            "dcat:endpointURL": {"@id": f"{origin}/v1"},
            "dcat:endpointDescription": {"@id": f"{origin}/openapi.json"},
            "dcat:servesDataset": [{"@id": f"{dataset.page}#dataset"} for dataset in datasets],
        },
    }


def _english(text: str) -> dict[str, str]:
    return {"@language": "en", "@value": text}


def _time(when: datetime) -> dict[str, str]:
    return {"@type": "xsd:dateTime", "@value": instant_text(when)}


def _agent(name: str) -> dict[str, str]:
    return {"@type": "foaf:Agent", "foaf:name": name}

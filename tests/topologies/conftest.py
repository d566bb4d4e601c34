"""Servers in company for the tests beside this file, each company started once."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.failure.real_servers import KINDS, binary
from tests.topologies.servers import Cluster, Watched


COMPANIES: list[tuple[type[Watched | Cluster], str]] = [
    (company, kind) for company in (Watched, Cluster) for kind in KINDS if binary(kind)
]
NAMES = [f"{company.__name__.lower()}-{kind}" for company, kind in COMPANIES]


@pytest.fixture(scope="session", params=COMPANIES, ids=NAMES)
def company(request: pytest.FixtureRequest) -> Iterator[Any]:
    make, kind = request.param
    with make(kind) as company:
        yield company

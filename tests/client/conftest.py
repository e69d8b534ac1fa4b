"""One server for all tests of the client."""

from collections.abc import Iterator

import pytest
from tests.client.serving import Server, Wire, serving


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("client") / "data") as running:
        yield running


@pytest.fixture
def wire(server: Server) -> Iterator[Wire]:
    """A way to the server that can be cut."""
    wire = Wire(server.url)
    yield wire
    wire.close()

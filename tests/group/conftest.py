import pytest

from tests.group.processes import Processes


@pytest.fixture(scope="package")
def two():
    processes = Processes(2)
    yield processes
    processes.stop()


@pytest.fixture(scope="package")
def three():
    processes = Processes(3)
    yield processes
    processes.stop()

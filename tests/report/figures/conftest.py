"""Made-up results that the tests of figures share."""

import pytest

from made_up_results import made_up_results


@pytest.fixture(scope="module")
def results():
    return made_up_results()

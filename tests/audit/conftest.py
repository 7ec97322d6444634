import functools

import pytest
from tiny_site import write_site


@pytest.fixture
def make_site(tmp_path):
    """Write a site of one page, and of whatever other files a test names."""
    return functools.partial(write_site, tmp_path / "site")

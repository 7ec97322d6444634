"""The explorer's modules that need no page, in Node.js: `node --test tests/explorer/*.test.js`."""

import re
import subprocess
from pathlib import Path

from vae_report.site.node import find_node

TESTS = sorted(Path(__file__).parent.glob("*.test.js"))


def test_the_modules_that_need_no_page():
    done = subprocess.run(
        [find_node(), "--test", "--test-reporter=spec", *TESTS],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    passed = re.search(r"^ℹ pass (\d+)$", done.stdout, re.MULTILINE)
    assert passed is not None, done.stdout
    assert int(passed[1]) >= len(TESTS), done.stdout

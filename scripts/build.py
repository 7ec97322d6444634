"""Build the report, as `vae-report build` does."""

import sys
from pathlib import Path

from vae_report.cli import main

if __name__ == "__main__":
    sys.exit(main("build", *sys.argv[1:], root=Path(__file__).resolve().parents[1]))

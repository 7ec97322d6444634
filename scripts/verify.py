"""Compare the report with a published one, as `vae-report verify` does."""

import sys
from pathlib import Path

from vae_report.cli import main

if __name__ == "__main__":
    sys.exit(main("verify", *sys.argv[1:], root=Path(__file__).resolve().parents[1]))

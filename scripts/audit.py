"""Hold the built site against its marks, as `vae-report audit` does."""

import sys
from pathlib import Path

from vae_report.cli import main

if __name__ == "__main__":
    sys.exit(main("audit", *sys.argv[1:], root=Path(__file__).resolve().parents[1]))

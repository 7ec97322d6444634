"""The code of this package, as fingerprints read it."""

from pathlib import Path

from vae_report.engine.fingerprint import Code

CODE = Code({"vae_report": Path(__file__).parent})

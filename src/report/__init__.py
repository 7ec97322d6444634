"""This report: what a fork edits, with report.toml, docs/ and assets/, and nothing else."""

"""What this report calls itself."""

from small_report import REPOSITORY
from vae_report.settings import load_settings
from vae_report.site.identity import check_citation_file


def test_the_citation_file_agrees_with_the_report():
    check_citation_file(
        REPOSITORY / "CITATION.cff", load_settings(REPOSITORY / "report.toml").report
    )

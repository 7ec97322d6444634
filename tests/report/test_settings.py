"""The settings of this report."""

from small_report import REPOSITORY
from vae_report.settings import load_settings


def test_every_profile_of_the_repositorys_own_report_is_valid():
    for profile in ("full", "quick"):
        settings = load_settings(REPOSITORY / "report.toml", profile)
        assert settings.profile == profile
        assert settings.headline == ("vae-2", "vae-16", "ae-2", "ae-16")

"""The latent explorer of this report."""

from exported import dataset, export, write_run
from small_report import REPOSITORY
from vae_report.explorer.page import explorer_facts
from vae_report.settings import load_settings


def test_what_the_page_loads_of_the_real_report_keeps_to_its_budget(tmp_path):
    """The sizes are those of the trained models: they do not depend on the weights."""
    settings = load_settings(REPOSITORY / "report.toml")
    asked = settings.explorer
    classes = len(settings.data.classes)
    real = [settings.runs[name] for name in settings.sweeps[asked.sweep]]
    runs = [write_run(tmp_path / "runs", **run.model_dump()) for run in real if run.latent == 2]
    data = dataset(classes * asked.points_per_class, classes * asked.images_per_class)
    export(runs, tmp_path / "explorer", data, asked.points_per_class, asked.images_per_class)
    written = sum(path.stat().st_size for path in (tmp_path / "explorer").iterdir())
    assert written <= 900_000
    facts = explorer_facts(tmp_path / "explorer" / "manifest.json")
    assert facts == {
        "bytes": written,
        "runs": {"vae-2": "narrow-vae-2", "ae-2": "narrow-ae-2"},
        "kinds": ["ae", "vae"],
        "side": 28,
        "sizes": [2],
        "classes": list(data.classes),
    }

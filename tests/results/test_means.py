"""Means over seeds, and intervals that cover them."""

import pytest

from made_up_results import diverged, made_up_results
from vae_report.results.means import mean_baselines, mean_metrics
from vae_report.results.metrics import Values
from vae_report.results.uncertainty import Estimate, interval_of_seeds

RESULTS = made_up_results()
VAE = [each.metrics for each in RESULTS.runs["vae-16"].replicates]


def test_every_number_is_the_mean_over_seeds():
    found = mean_metrics(VAE)
    assert found.seeds == (0, 1, 2, 3, 4)
    for read in (
        lambda each: each.test.mse,
        lambda each: each.validation.negative_elbo,
        lambda each: each.per_class["ssim"][3],
        lambda each: each.samples.frechet,
        lambda each: each.recognition.path_realism,
        lambda each: each.latent_space.knn_accuracy,
    ):
        by_seed = [read(each) for each in VAE]
        assert len(set(by_seed)) > 1
        assert read(found) == pytest.approx(sum(by_seed) / 5)
    assert (found.kind, found.latent, found.parameters) == ("vae", 16, VAE[0].parameters)
    assert isinstance(found.parameters, int)


def test_every_interval_is_about_its_own_mean_and_covers_seeds():
    found = mean_metrics(VAE)
    for name, (lower, upper) in found.intervals.items():
        value = found.test[name]
        assert lower < value < upper
        assert (lower, upper) == interval_of_seeds(
            [each.test[name] for each in VAE], [each.intervals[name] for each in VAE]
        )
    for record in (found.latent_space, found.recognition, found.samples):
        ends = {key: value for key, value in record.items() if key.endswith("interval")}
        assert ends
        for key, (lower, upper) in ends.items():
            owner = {
                "knn_interval": "knn_accuracy",
                "probe_interval": "probe_accuracy",
            }.get(key, key.removesuffix("_interval"))
            assert (lower + upper) / 2 == pytest.approx(record[owner])


def test_a_number_without_an_interval_over_images_has_one_over_seeds():
    def with_contrast(each, contrast):
        typical = Values(contrast_interval=None, contrast=contrast, contrasts=[1])
        return Values(each, typical=typical)

    found = mean_metrics([with_contrast(*pair) for pair in zip(VAE, (1, 2, 3, 4, 6), strict=True)])
    assert found.typical.contrast == 3.2
    over_seeds = Estimate.of([1, 2, 3, 4, 6]).interval()
    assert found.typical.contrast_interval == pytest.approx(over_seeds)
    assert mean_metrics([with_contrast(each, None) for each in VAE]).typical == {
        "contrast_interval": None,
        "contrast": None,
        "contrasts": [1],
    }


def test_what_only_the_first_seed_has_is_kept_as_it_is():
    bound = Values(bound=240.0, draws=200)
    others = [Values(each, evidence=None) for each in VAE[1:]]
    found = mean_metrics([Values(VAE[0], evidence=bound), *others])
    assert found.evidence == bound
    assert found.mixture_samples is None


def test_one_seed_is_what_it_is():
    assert mean_metrics(VAE[:1]) == VAE[0]


def test_a_run_that_diverged_with_one_seed_has_no_means():
    [lost, *_] = diverged(RESULTS.runs["vae-16"]).replicates
    found = mean_metrics([*VAE[:2], lost.metrics])
    assert found.diverged
    assert found.test is found.samples is None
    assert found.seeds == (0, 1, 0)


def test_judges_are_averaged_like_runs():
    judges = [judge.metrics for judge in RESULTS.judges.values()]
    assert len(judges) == 5
    found = mean_baselines(judges)
    distances = [judge.samples["noise"].frechet for judge in judges]
    assert found.samples["noise"].frechet == pytest.approx(sum(distances) / 5)
    lower, upper = found.samples["noise"].frechet_interval
    assert lower < min(judge.samples["noise"].frechet_interval[1] for judge in judges)
    assert upper > lower
    assert mean_baselines(judges[:1]) == judges[0]

"""Reports side by side: honest ones agree, and each way to differ is found."""

from dataclasses import replace

import numpy as np
import pytest
from reports import CLAIMS, PROVENANCE, claim, published

from vae_report.errors import ReportError
from vae_report.verify.comparison import verify
from vae_report.verify.published import Provenance, PublishedClaim

RUNS, OWN, JUDGED = 10, 24, 8
NUMBERS = OWN + JUDGED


def build(seed, seeds=3, shift=0.0, place="here"):
    """A report of made-up trainings.

    The numbers of a training depend on each other, and those that the classifier has a part in
    depend, for all runs alike, on the classifier of that seed.

    Args:
        seed: of all noise.
        seeds: trainings of each run.
        shift: of each number, in standard deviations over seeds, or an array (runs, 1, numbers).
        place: of the report.
    """
    generator = np.random.default_rng(seed)
    training, classifier, alone = (
        generator.normal(size=shape)
        for shape in ((RUNS, seeds, 1), (1, seeds, 1), (RUNS, seeds, NUMBERS))
    )
    noise = np.sqrt(0.8) * training + np.sqrt(0.2) * alone
    noise[..., OWN:] = np.sqrt(0.2) * noise[..., OWN:] + np.sqrt(0.8) * classifier
    values = 1 + np.arange(NUMBERS) + 0.1 * (noise + shift)
    return published(values, judged=range(OWN, NUMBERS), place=place)


def with_claims(report, *claims):
    return replace(report, claims={each["id"]: PublishedClaim(**each) for each in claims})


def changes(found):
    return {each.id: each.change for each in found.claims}


@pytest.mark.parametrize("seeds", [3, 5])
def test_honest_builds_agree(seeds):
    pairs = 100
    agreeing = sum(
        verify(build(2 * pair, seeds), build(2 * pair + 1, seeds)).agrees for pair in range(pairs)
    )
    assert agreeing >= 0.97 * pairs


def test_a_build_agrees_with_itself():
    found = verify(build(0), build(0, place="there"))
    assert found.agrees
    assert found.incompatible == []
    assert found.differences == ()
    assert set(changes(found).values()) == {"same"}
    assert found.summary == (
        "The reports agree: of 4 verdicts 4 are the same, 0 moved to or from inconclusive or not "
        f"measured, 0 are opposite; {RUNS * NUMBERS} of {RUNS * NUMBERS} numbers of {RUNS} runs "
        "are compatible (100.0%; 95% are promised)."
    )


def test_one_number_that_is_shifted_in_all_seeds_is_the_first_of_the_list():
    shift = np.zeros((RUNS, 1, NUMBERS))
    shift[3, 0, 7] = 60
    found = verify(build(0, shift=shift), build(1))
    first = found.incompatible[0]
    assert (first.run, first.number) == ("run-3", "n7")
    assert first.here.value - first.published.value == pytest.approx(6, abs=0.5)
    assert first.here.interval[0] < first.here.value < first.here.interval[1]


@pytest.mark.parametrize(("seeds", "least"), [(3, 17), (5, 20)])
def test_many_numbers_that_are_shifted_a_little_are_noticed(seeds, least):
    shift = np.zeros((RUNS, 1, NUMBERS))
    shift[..., :OWN] = 2.5
    found = [
        verify(build(2 * pair, seeds, shift), build(2 * pair + 1, seeds)) for pair in range(20)
    ]
    assert sum(not each.agrees for each in found) >= least
    failures = {failure for each in found for failure in each.failures}
    assert any("on average over 10 runs only" in failure for failure in failures)


def test_a_classifier_that_judges_otherwise_is_noticed():
    shift = np.zeros((RUNS, 1, NUMBERS))
    shift[..., OWN:] = 12
    found = verify(build(0, 5, shift), build(1, 5))
    [failure] = found.failures
    assert failure == (
        "more than half of the numbers of the classifier's judgement lie far outside their "
        "intervals"
    )


@pytest.mark.parametrize(
    ("here", "there", "change"),
    [
        ("supported", "supported", "same"),
        ("supported", "contradicted", "opposite"),
        ("contradicted", "supported", "opposite"),
        ("inconclusive", "supported", "moved"),
        ("contradicted", "inconclusive", "moved"),
        ("not measured in this profile", "supported", "moved"),
    ],
)
def test_verdicts_side_by_side(here, there, change):
    effects = {
        "supported": (0.6, (0.55, 0.65)),
        "contradicted": (0.4, (0.35, 0.45)),
        "inconclusive": (0.5, (0.4, 0.6)),
        "not measured in this profile": (None, None),
    }
    found = verify(
        with_claims(build(0), claim("it-blurs", here, *effects[here])),
        with_claims(build(0), claim("it-blurs", there, *effects[there])),
    )
    assert changes(found) == {"it-blurs": change}
    assert found.agrees == (change != "opposite")
    if change == "opposite":
        assert found.failures == (f'claim "it-blurs" is {here} here and {there} as published',)


def test_opposite_verdicts_come_first_and_those_of_one_side_are_shown():
    same, other = claim("a", "supported"), claim("b", "supported")
    found = verify(
        with_claims(build(0), same, other, claim("mine", "supported")),
        with_claims(
            build(0),
            same,
            claim("b", "contradicted", 0.4, (0.3, 0.45)),
            claim("theirs", "supported"),
        ),
    )
    assert list(changes(found).items()) == [
        ("b", "opposite"),
        ("mine", "only here"),
        ("theirs", "only published"),
        ("a", "same"),
    ]
    assert "2 are on one side alone" in found.summary


@pytest.mark.parametrize(
    ("effect", "interval", "compatible"),
    [
        (0.6, (0.55, 0.65), True),
        (0.66, (0.61, 0.71), True),
        (0.7, (0.65, 0.75), False),
        (0.45, (0.41, 0.9), True),
        (0.45, (0.01, 0.49), False),
    ],
)
def test_effects_are_compatible_where_their_facing_ends_reach(effect, interval, compatible):
    found = verify(
        with_claims(build(0), claim("a", "supported")),
        with_claims(build(0), claim("a", "inconclusive", effect, interval)),
    )
    assert found.claims[0].compatible is compatible


def test_a_run_that_was_trained_once_is_shown_and_not_judged():
    here = build(0)
    once = {
        name: replace(run, replicates=run.replicates[:1], mean=run.replicates[0], diverged=[False])
        for name, run in here.runs.items()
    }
    found = verify(replace(here, runs=once), build(1, shift=100))
    assert found.agrees
    assert {number.compatible for number in found.numbers} == {None}
    assert {number.here.interval for number in found.numbers} == {None}
    assert None not in {number.published.interval for number in found.numbers}
    assert (
        f"{RUNS * NUMBERS} numbers of runs that were trained once are not judged" in found.summary
    )


def test_a_run_that_diverges_on_one_side_alone_is_listed():
    here, there = build(0), build(0)
    lost = replace(here.runs["run-2"], mean={}, replicates=[{}] * 3, diverged=[True] * 3)
    found = verify(replace(here, runs=here.runs | {"run-2": lost}), there)
    [number] = found.incompatible
    assert (number.run, number.number) == ("run-2", "diverged")


def test_a_mean_of_other_trainings_is_a_failure():
    there = build(0, place="there")
    edited = replace(there.runs["run-1"], mean=there.runs["run-1"].mean | {"n3": 3.9})
    found = verify(build(0), replace(there, runs=there.runs | {"run-1": edited}))
    assert found.failures == ('there: n3 of "run-1" is not the mean over its trainings',)
    baseless = replace(there.runs["run-1"], replicates=[], diverged=[])
    found = verify(build(0), replace(there, runs=there.runs | {"run-1": baseless}))
    assert found.failures == ('there: no training stands behind the numbers of "run-1"',)


@pytest.mark.parametrize(
    "edited",
    [
        claim("a", "supported", 0.7, (0.55, 0.65)),
        claim("a", "supported", 0.55, (0.45, 0.65)),
        claim("a", "supported", 0.4, (0.35, 0.45)),
        claim("a", "supported", None, None),
        claim("a", "inconclusive", 0.6, (0.55, 0.65)),
        claim("a", "contradicted", 0.6, (0.55, 0.65)),
        claim("a", "contradicted", 0.4, (0.3, 0.55)),
        claim("a", "contradicted", 0.4, (0.35, 0.45), direction="below"),
        claim("a", "not measured in this profile"),
    ],
)
def test_a_verdict_that_does_not_follow_from_its_effect_is_a_failure(edited):
    found = verify(build(0), with_claims(build(0, place="there"), edited))
    assert found.failures == ('there: the verdict of "a" does not follow from its effect',)


def test_what_else_differs_is_said_and_is_no_failure():
    here, there = build(0), build(0)
    run = replace(here.runs["run-0"], settings={"epochs": "12"})
    here = replace(here, runs=here.runs | {"run-0": run, "new": run})
    other = PROVENANCE | {
        "commit": None,
        "processors": ["Brand 2, AVX512"],
        "versions": PROVENANCE["versions"] | {"torch": "2.14.0"},
    }
    there = replace(there, provenance=Provenance(**other))
    moved = [CLAIMS[0] | {"threshold": 0.52}, *CLAIMS[1:]]
    found = verify(here, with_claims(there, *moved))
    assert found.agrees
    assert found.differences == (
        f"commit: {PROVENANCE['commit']} here, none as published",
        "processors: Brand 1, AVX2 here, Brand 2, AVX512 as published",
        "torch: 2.13.0 here, 2.14.0 as published",
        'run "run-0": epochs 12 here, None as published',
        'run "new": only here',
        'claim "samples-blur": holds above 0.5 here, above 0.52 as published',
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"profile": "quick"}, "the profile is full here and quick there"),
        (
            {"data": PROVENANCE["data"] | {"digest": "cd"}},
            "the data set is abab.* here and cd there",
        ),
    ],
)
def test_other_images_or_another_profile_cannot_be_compared(change, words):
    there = replace(build(0, place="there"), provenance=Provenance(**PROVENANCE | change))
    with pytest.raises(ReportError, match=f"^here and there: {words}, so nothing"):
        verify(build(0), there)


def test_reports_with_nothing_in_common_cannot_be_compared():
    there = with_claims(replace(build(0), runs={}), claim("z", "supported"))
    with pytest.raises(ReportError, match="neither a run nor a claim in common"):
        verify(build(0), there)

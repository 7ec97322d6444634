import pytest

from vae_report.audit.lighthouse import judge
from vae_report.audit.marks import NOT_FOUND, PERFORMANCE, SHIFT, Violation

FULL = {"performance": 1.0, "accessibility": 1.0, "best-practices": 1.0, "seo": 1.0}


def result(shift=0.0, audits=None, **scores):
    """What Lighthouse writes, as far as it is read."""
    audits = audits or {}
    categories = FULL | {name.replace("_", "-"): score for name, score in scores.items()}
    return {
        "categories": {
            name: {"score": score, "auditRefs": [{"id": each, "weight": 1} for each in audits]}
            for name, score in categories.items()
        },
        "audits": {"cumulative-layout-shift": {"numericValue": shift}, **audits},
    }


def judged(page, *results):
    given = iter(results)
    return judge(page, lambda: next(given))


def test_page_that_reaches_its_marks_is_judged_once():
    judgement = judged("/", result(shift=SHIFT))
    assert judgement.scores == dict.fromkeys(FULL, 100)
    assert (judgement.violations, judgement.runs) == ((), 1)


@pytest.mark.parametrize(("scores", "slow"), [((0.6, 0.99, 0.97), False), ((0.7, 0.5, 0.96), True)])
def test_median_of_three_decides_where_the_first_run_is_slow(scores, slow):
    faults = {"speed-index": {"score": 0.4, "displayValue": "9.0 s", "title": "Speed"}}
    judgement = judged("/", *(result(performance=score, audits=faults) for score in scores))
    assert judgement.runs == 3
    assert judgement.scores["performance"] == round(100 * sorted(scores)[1])
    assert judgement.violations == ((("/", "performance", "speed-index", "9.0 s"),) if slow else ())


def test_every_element_at_fault_is_named():
    nodes = [{"node": {"snippet": f"<b id={number}>"}} for number in range(7)]
    faults = {
        "image-alt": {"score": 0, "title": "Images", "details": {"items": nodes}},
        "not-applicable": {"score": None, "title": "None"},
        "in-order": {"score": 1, "title": "Good"},
    }
    judgement = judged("/", result(accessibility=0.9, audits=faults))
    assert judgement.violations == tuple(
        Violation("/", "accessibility", "image-alt", each["node"]["snippet"]) for each in nodes
    )


def test_what_moves_while_loading_is_a_violation():
    (violation,) = judged("/", result(shift=2 * SHIFT)).violations
    assert violation[:3] == ("/", "shift", "layout-shift")


@pytest.mark.parametrize(
    ("page", "scores", "reached"),
    [
        ("metrics/", {"performance": PERFORMANCE / 100}, True),
        ("metrics/", {"performance": 0.91}, False),
        ("explorer/", {"performance": 0.91}, True),
        ("explorer/", {"performance": 0.89}, False),
        ("explorer/", {"seo": 0.99}, False),
        (NOT_FOUND, {"seo": 0.6}, True),
        (NOT_FOUND, {"best_practices": 0.96}, False),
    ],
)
def test_marks_are_those_of_the_page(page, scores, reached):
    fault = {"rule": {"score": 0, "title": "A fault"}}
    assert (not judged(page, *[result(audits=fault, **scores)] * 3).violations) == reached

"""`report.toml`: what is wrong with it is said in one line that names file and key."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from small_report import REPORT, SWEEPS
from vae_report.errors import ReportError
from vae_report.settings import load_settings


@pytest.fixture
def written(tmp_path):
    """Write a report with some of its text changed."""

    def write(old="", new=""):
        assert old in REPORT + SWEEPS
        path = tmp_path / "report.toml"
        path.write_text((REPORT + SWEEPS).replace(old, new, 1))
        return path

    return write


def headline(settings):
    return [settings.runs[name] for name in settings.headline]


def test_a_run_takes_what_it_does_not_say_from_the_training_table(written):
    runs = headline(load_settings(written("latent = 16\n", "latent = 16\nbeta = 0.5\n")))
    assert [run.beta for run in runs] == [1.0, 0.5, 1.0, 1.0]
    assert [run.latent for run in runs] == [2, 16, 2, 16]
    assert {run.hidden for run in runs} == {(32,)}


def test_options_are_a_table_whose_order_does_not_matter(written):
    texts = ('{ words = ["a", "b"], free_bits = 0.25 }', '{ free_bits = 0.25, words = ["a", "b"] }')
    runs = [
        load_settings(written("latent = 16\n", f"latent = 16\noptions = {text}\n")).runs["vae-16"]
        for text in texts
    ]
    assert runs[0] == runs[1]
    assert dict(runs[0].options) == {"free_bits": 0.25, "words": ("a", "b")}


def test_a_sweep_may_vary_options(written):
    free = "options = [{ free_bits = 0 }, { free_bits = 0.25 }]"
    settings = load_settings(written("vary = { beta = [0, 1, 16] }", f"vary = {{ {free} }}"))
    options = {name: dict(settings.runs[name].options) for name in settings.sweeps["beta"]}
    assert options == {"beta-0": {"free_bits": 0}, "beta-0.25": {"free_bits": 0.25}}


def test_a_profile_overrides_every_run(written):
    path = written("[runs.vae-2]", "[runs.vae-2]\nepochs = 7")
    assert [run.epochs for run in headline(load_settings(path, "full"))] == [7, 3, 3, 3]
    assert {run.epochs for run in load_settings(path, "quick").runs.values()} == {1}


def test_a_profile_overrides_classifier_and_measurements(written):
    path = written(
        "[profiles.quick]",
        "[profiles.quick.classifier]\nepochs = 9\n[profiles.quick.measurements]\ngenerated = 7\n"
        "[profiles.quick]",
    )
    full, quick = (load_settings(path, profile) for profile in ("full", "quick"))
    assert (full.classifier.epochs, quick.classifier.epochs) == (3, 9)
    assert (full.measurements.generated, quick.measurements.generated) == (150, 7)
    assert quick.measurements.importance_samples == full.measurements.importance_samples == 5


def test_a_whole_number_may_stand_for_a_real_one(written):
    assert load_settings(written("beta = 1.0", "beta = 4")).runs["vae-2"].beta == 4.0


def test_a_sweep_is_the_base_run_with_every_combination_of_values(written):
    settings = load_settings(written("hidden = [32]", "hidden = [8]"))
    assert settings.sweeps["kl-warmup"] == ("beta-16", "kl-warmup-16-0.5")
    member, base = settings.runs["kl-warmup-16-0.5"], settings.runs["vae-16"]
    changes = {"beta": 16.0, "kl_warmup": 0.5, "epochs": 2}
    assert member == base.model_copy(update=changes)


def test_a_run_that_two_sweeps_share_is_one_run_under_its_first_name(written):
    settings = load_settings(written())
    assert settings.sweeps["latent"] == ("vae-2", "vae-16", "ae-2", "ae-16")
    assert settings.sweeps["likelihood"] == ("beta-1", "likelihood-continuous-bernoulli")
    assert settings.sweeps["learning-rate"] == (
        *("learning-rate-0.0001", "beta-1", "learning-rate-1e+06"),
    )
    assert len(set(settings.runs.values())) == len(settings.runs)


def test_every_run_is_trained_with_as_many_seeds_as_its_table_says(written):
    settings = load_settings(written("[sweeps.beta]\n", "[sweeps.beta]\nseeds = 4\n"))
    assert {settings.seeds[name] for name in settings.headline} == {2}
    for name in settings.sweeps["beta"]:
        base = settings.runs[name]
        expected = [base.model_copy(update={"seed": seed}) for seed in range(4)]
        assert list(settings.replicates(name)) == expected
    titles = list(settings.trained.values())
    assert len(set(titles)) == len(titles) == sum(settings.seeds.values())
    assert {"vae-2 seed 0", "vae-2 seed 1", "beta-16 seed 3"} <= set(titles)


@pytest.mark.parametrize("more", ["beta", "likelihood"])
def test_what_sweeps_share_is_trained_with_the_larger_number_of_seeds(written, more):
    settings = load_settings(written(f"[sweeps.{more}]\n", f"[sweeps.{more}]\nseeds = 4\n"))
    assert "beta-1" in settings.sweeps["beta"]
    assert "beta-1" in settings.sweeps["likelihood"]
    assert settings.seeds["beta-1"] == 4
    other = {"beta": "likelihood-continuous-bernoulli", "likelihood": "beta-0"}[more]
    assert settings.seeds[other] == 2


def test_a_seed_that_two_runs_share_is_trained_once(written):
    settings = load_settings(written("beta = [0, 1, 16]", "seed = [0, 1]"))
    assert settings.sweeps["beta"] == ("beta-0", "beta-1")
    earlier, later = map(settings.replicates, settings.sweeps["beta"])
    assert earlier[1] == later[0]
    swept = [settings.trained[run] for run in dict.fromkeys([*earlier, *later])]
    assert swept == ["beta-0 seed 0", "beta-0 seed 1", "beta-1 seed 2"]
    assert len(set(settings.trained.values())) == len(settings.trained)
    assert list(settings.judges) == [0, 1, 2]


def test_one_key_shifts_every_seed(written):
    settings, shifted = (load_settings(written("\nseed = 0", f"\nseed = {at}")) for at in (0, 100))
    assert list(shifted.runs) == list(settings.runs)
    assert shifted.seeds == settings.seeds
    for name in settings.runs:
        pairs = zip(settings.replicates(name), shifted.replicates(name), strict=True)
        assert all(
            later == earlier.model_copy(update={"seed": earlier.seed + 100})
            for earlier, later in pairs
        )
    assert (list(settings.judges), list(shifted.judges)) == ([0, 1], [100, 101])
    assert all(judge.seed == seed for seed, judge in shifted.judges.items())
    assert shifted.classifier.seed == 100


def test_a_profile_may_train_with_one_seed(written):
    settings = load_settings(written(), "quick")
    assert set(settings.seeds.values()) == {1}
    assert list(settings.judges) == [0]
    assert list(settings.trained.values()) == list(settings.runs)


def test_a_profile_keeps_sweeps_whole_but_for_what_it_says_of_them(written):
    path = written(
        "[profiles.small]",
        "[profiles.small.sweeps]\nbeta = { beta = [4, 0.5] }\nlikelihood = false\n",
    )
    full, small = (load_settings(path, profile).sweeps for profile in ("full", "small"))
    assert small.pop("beta") == ("beta-4", "beta-0.5")
    assert list(full) == ["latent", "beta", "kl-warmup", "learning-rate", "likelihood"]
    assert list(small) == ["latent", "kl-warmup", "learning-rate"]
    assert small["latent"] == full["latent"]


BAD = [
    ("beta = 1.0", "betta = 1.0", "unknown key 'training.betta'"),
    ("seed = 0\nseeds", "sed = 0\nseed = 0\nseeds", "unknown key 'training.sed'"),
    ("\nseeds = 2", "\nseeds = 0", "training.seeds = 0: "),
    ("\nseeds = 2", "\nseeds = 2.0", "training.seeds = 2.0: "),
    ("\nseeds = 2", "\nseeds = 1001", "training.seeds = 1001: "),
    ("[sweeps.beta]\n", "[sweeps.beta]\nseeds = 0\n", "sweeps.beta.seeds = 0: "),
    ("epochs = 1\nseeds = 1", "epochs = 1\nseeds = 0", "profiles.quick.seeds = 0: "),
    ("beta = [0, 1, 16]", "seeds = [0]", "sweeps.beta.vary.seeds = 0: "),
    ("channels =", "seed = 0\nchannels =", "unknown key 'classifier.seed'"),
    ("split_seed = 0", "split_seed = 0\nshuffle = true", "unknown key 'data.shuffle'"),
    ("[profiles.full]", "[profile.full]", "unknown key 'profile'"),
    ("epochs = 1\n", "epoch = 1\n", "unknown key 'profiles.quick.epoch'"),
    ("epochs = 1\n", "epochs = 0\n", "profiles.quick.epochs = 0: "),
    ("latent = 2", "latent = 2\nlayers = 3", "unknown key 'runs.vae-2.layers'"),
    ("latent = 2", "latent = 0", "runs.vae-2.latent = 0: "),
    ("latent = 16", "latent = -1", "runs.vae-16.latent = -1: "),
    ("latent = 2", "latent = '2'", "runs.vae-2.latent = '2': "),
    ("latent = 2", "latent = 2.0", "runs.vae-2.latent = 2.0: "),
    ("latent = 2", "latent = true", "runs.vae-2.latent = True: "),
    ("title = 'Small \"shapes\", measured'", "", "'report.title' is missing"),
    ("title = 'Small \"shapes\", measured'", 'title = ""', "report.title = '': "),
    (
        "'Small \"shapes\", measured'",
        '"Shapes"\nsubtitle = "Small"',
        "unknown key 'report.subtitle'",
    ),
    ('["Ada Lovelace", "Charles Babbage"]', "[]", "report.authors = []: "),
    ('["Ada Lovelace", "Charles Babbage"]', '"Ada Lovelace"', "report.authors = 'Ada Lovelace': "),
    ("https://example.org/", "example.org/", "report.repository = 'example.org/shapes/report': "),
    ("#7a1f5c", "purple", "report.accent.light = 'purple': "),
    ("[profiles.quick]", "[profiles.quick.report]\ntitle = 'T'\n[profiles.quick]", "unknown key "),
    ("latent = 2", "", "'runs.vae-2.latent' is missing"),
    ("hidden = [32]", "", "'runs.vae-2.hidden' is missing"),
    ("hidden = [32]", "hidden = []", "training.hidden = []: "),
    ("hidden = [32]", "hidden = [32, 0]", "training.hidden.1 = 0: "),
    ("hidden = [32]", "hidden = 32", "training.hidden = 32: "),
    ("beta = 1.0", "beta = -0.1", "training.beta = -0.1: "),
    ("beta = 1.0", "beta = nan", "training.beta = nan: "),
    ("beta = 1.0", "beta = inf", "training.beta = inf: "),
    ("beta = 1.0", "beta = 'much'", "training.beta = 'much': "),
    ("epochs = 3", "epochs = 0", "training.epochs = 0: "),
    ("batch_size = 32", "batch_size = 0", "training.batch_size = 0: "),
    ("learning_rate = 1e-2", "learning_rate = 0.0", "training.learning_rate = 0.0: "),
    ("warmup = 0.1", "warmup = 1.0", "training.warmup = 1.0: "),
    ("warmup = 0.1", "warmup = nan", "training.warmup = nan: "),
    ("final_rate = 1e-2", "final_rate = 1.5", "training.final_rate = 1.5: "),
    ("\nseed = 0", f"\nseed = {2**64}", f"training.seed = {2**64}: "),
    ("snapshots = [1, 2]", "snapshots = [2, 1]", "training.snapshots: the values must ascend"),
    ("snapshots = [1, 2]", "snapshots = [0]", "training.snapshots.0 = 0: "),
    ("validation_fraction = 0.2", "validation_fraction = 1.0", "data.validation_fraction = 1.0: "),
    ("train_images = 300", "train_images = 0", "data.train_images = 0: "),
    ('["A", "B", "C", "D", "E", "F", "G", "H", "I", "J"]', "[]", "data.classes = []: "),
    ('["A", "B", "C", "D", "E", "F", "G", "H", "I", "J"]', "['A']", "data.classes = ['A']: "),
    ("[training]", "[data.sha256]\ntrain_images = '1'\n[training]", "data.sha256.train_images = "),
    ("[runs.vae-2]", "[runs.VAE]", "runs.VAE"),
    ("[runs.vae-16]", "[runs.vae-2]", "not valid TOML: Cannot declare ('runs', 'vae-2') twice"),
    ("seed = 0", "seed =", "not valid TOML: "),
    ('likelihood = "bernoulli"\n', 'likelihood = "normal"\n', "training.likelihood = 'normal': "),
    ("latent = 16", "latent = 16\noptions = 3", "runs.vae-16.options: a table of numbers, texts"),
    ("latent = 16", "latent = 16\noptions.a.b = 3", "runs.vae-16.options: a table of numbers"),
    ("latent = 16", "latent = 16\noptions.a = [[3]]", "runs.vae-16.options: a table of numbers"),
    ("beta = [0, 1, 16]", "options = [1]", "sweeps.beta.vary.options: a table of numbers"),
    ("kl_warmup = 0.0", "kl_warmup = 1.1", "training.kl_warmup = 1.1: "),
    ("generated = 150", "generated = 1", "measurements.generated = 1: "),
    ("channels = [4, 8]", "channels = []", "classifier.channels = []: "),
    ("vary = { beta = [0, 1, 16] }", "vary = {}", "sweeps.beta.vary = {}: "),
    ("beta = [0, 1, 16]", "beta = []", "sweeps.beta.vary.beta = []: "),
    ("beta = [0, 1, 16]", "beta = 1", "sweeps.beta.vary.beta = 1: "),
    ("beta = [0, 1, 16]", "gamma = [1]", "unknown key 'sweeps.beta.vary.gamma'"),
    ("beta = [0, 1, 16]", "beta = [0, -1]", "sweeps.beta.vary.beta = -1: "),
    ("beta = [0, 1, 16]", "beta = [0, 1, 0]", "sweeps.beta: two runs would be called 'beta-0'"),
    (
        "[profiles.small]",
        "[profiles.small.sweeps]\nbata = false",
        "profiles.small.sweeps.bata: no such sweep; correct it: name one of beta, latent, ",
    ),
    (
        "[profiles.small]",
        "[profiles.small.sweeps]\nlatent = { latent = [2] }",
        "profiles.small.sweeps.latent: the sweep varies model, latent; correct it to values",
    ),
    (
        "[profiles.small]",
        "[profiles.small.sweeps]\nbeta = true",
        "profiles.small.sweeps.beta = True: ",
    ),
    ("[sweeps.beta]\n", "[sweeps.beta]\nlayers = 1\n", "unknown key 'sweeps.beta.layers'"),
]


@pytest.mark.parametrize("profile", ["full", "quick"])
@pytest.mark.parametrize(("old", "new", "problem"), BAD)
def test_a_bad_setting(written, old, new, problem, profile):
    path = written(old, new)
    with pytest.raises(ReportError) as raised:
        load_settings(path, profile)
    message = str(raised.value)
    assert message.startswith(f"{path}: {problem}")
    assert "correct" in message or "drop" in message
    assert "\n" not in message


def test_an_unknown_profile_is_named_with_those_there_are(written):
    with pytest.raises(
        ReportError, match=r"no profile 'fast'; choose one of full, quick, small\.$"
    ):
        load_settings(written(), "fast")


def test_a_missing_file(tmp_path):
    path = tmp_path / "report.toml"
    with pytest.raises(ReportError, match="No such file") as raised:
        load_settings(path)
    assert str(path) in str(raised.value)


def test_a_file_that_is_no_text(tmp_path):
    path = tmp_path / "report.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ReportError, match="not valid TOML"):
        load_settings(path)


@given(st.text())
def test_whatever_the_text_the_failure_is_one_line(tmp_path_factory, text):
    path = tmp_path_factory.getbasetemp() / "any.toml"
    path.write_text(text, encoding="utf-8", errors="replace", newline="")
    with pytest.raises(ReportError) as raised:
        load_settings(path)
    assert "\n" not in str(raised.value)


def test_a_profile_that_leaves_the_explorers_sweep_out_has_no_explorer(written):
    path = written("[profiles.small]", "[profiles.quick.sweeps]\nlatent = false\n[profiles.small]")
    assert load_settings(path, "full").explorer.sweep == "latent"
    assert load_settings(path, "quick").explorer is None


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (('sweep = "latent"', 'sweep = "width"'), "explorer.sweep = 'width': no such sweep;"),
        (('sweep = "latent"', 'sweep = "beta"'), "no two runs of the same"),
        (("latent = [2, 16] }", "latent = [1, 2] }"), "none of one dimension"),
    ],
)
def test_what_the_explorer_cannot_show_is_said(written, change, complaint):
    with pytest.raises(ReportError, match=re.escape(complaint)) as raised:
        load_settings(written(*change))
    assert "\n" not in str(raised.value)

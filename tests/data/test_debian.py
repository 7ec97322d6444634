"""A real package, built here, from a repository that is a folder, by the real apt-get."""

import hashlib
import shutil
import subprocess
from pathlib import Path

import pytest
from made_up import IDX_NAMES, digests, settings, write

from vae_report.data import load_dataset
from vae_report.errors import ReportError
from vae_report.settings import Sources

needs_apt = pytest.mark.skipif(
    not (shutil.which("apt-get") and shutil.which("dpkg-deb")),
    reason="no apt-get or dpkg-deb on this machine",
)
CONTROL = """\
Package: dataset-made-up
Version: 1.0
Architecture: all
Maintainer: Nobody <nobody@example.org>
Description: images that a test made up
"""


def load(folder, package="dataset-made-up"):
    return load_dataset(settings(sources=Sources(debian_package=package), sha256=digests()), folder)


@pytest.fixture
def tree(tmp_path) -> Path:
    """What the package is to install."""
    folder = tmp_path / "tree" / "usr" / "share" / "datasets" / "made-up"
    write(folder, "gzip")
    return folder


@pytest.fixture
def publish(tmp_path, tree, monkeypatch):
    """Build the package, and make apt-get see its repository and no other."""

    def publish():
        root, repository = tmp_path / "tree", tmp_path / "repository"
        (root / "DEBIAN").mkdir()
        (root / "DEBIAN" / "control").write_text(CONTROL)
        repository.mkdir()
        package = repository / "made-up.deb"
        build = ["dpkg-deb", "--root-owner-group", "-Znone", "-b", str(root), str(package)]
        subprocess.run(build, check=True, capture_output=True)
        content = package.read_bytes()
        (repository / "Packages").write_text(
            f"{CONTROL}Filename: ./made-up.deb\nSize: {len(content)}\n"
            f"SHA256: {hashlib.sha256(content).hexdigest()}\n"
        )
        sources = tmp_path / "sources.list"
        sources.write_text(f"deb [trusted=yes] file:{repository} ./\n")
        configuration = tmp_path / "apt.conf"
        configuration.write_text(
            f'Dir::Etc::SourceList "{sources}";\n'
            f'Dir::Etc::SourceParts "{tmp_path / "none"}";\n'
            f'APT::Update::Post-Invoke {{ "touch {tmp_path / "hook"}"; }};\n'
        )
        monkeypatch.setenv("APT_CONFIG", str(configuration))

    return publish


@needs_apt
def test_the_files_of_the_package_land_in_the_folder(tmp_path, publish):
    publish()
    folder = tmp_path / "data with a space"
    dataset = load(folder)
    assert dataset.source == "the Debian package dataset-made-up (IDX, gzipped)"
    assert dataset.verified
    assert sorted(path.name for path in folder.iterdir()) == sorted(f"{n}.gz" for n in IDX_NAMES)
    assert load(folder).source == "data with a space/ (IDX, gzipped)"


@needs_apt
def test_no_hook_of_the_system_runs(tmp_path, publish):
    publish()
    load(tmp_path / "data")
    assert not (tmp_path / "hook").exists()


@needs_apt
@pytest.mark.parametrize("fault", ["damaged", "missing", "unknown"])
def test_a_package_of_no_use_leaves_nothing(tmp_path, tree, publish, fault):
    image_file = tree / f"{IDX_NAMES[0]}.gz"
    if fault == "damaged":
        image_file.write_bytes(image_file.read_bytes()[:-9])
    if fault == "missing":
        image_file.unlink()
    publish()
    package = "dataset-unheard-of" if fault == "unknown" else "dataset-made-up"
    with pytest.raises(ReportError) as raised:
        load(tmp_path / "data", package)
    reason = {
        "damaged": "truncated or corrupt gzip",
        "missing": f"it holds no {IDX_NAMES[0]}",
        "unknown": "apt-get: E: Unable to locate package dataset-unheard-of",
    }[fault]
    assert f"the Debian package {package}: {reason}" in str(raised.value).replace("is a ", "")
    assert list((tmp_path / "data").iterdir()) == []


def test_a_machine_without_apt_says_so(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ReportError, match="apt-get is not on this machine"):
        load(tmp_path / "data")

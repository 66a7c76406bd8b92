"""Installing a server where that cannot be done says so, and what to do; nothing is left behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from terpseed.errors import ConnectionFailedError
from terpseed.server import KINDS, ServerKind, cache_folder, install

if TYPE_CHECKING:
    from pathlib import Path

MODULE = install.__module__


@pytest.fixture(autouse=True)
def bare_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No server is found, and the cache is a folder of the test's own."""
    monkeypatch.setenv("TERPSEED_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(f"{MODULE}.find_program", lambda _kind: None)


@pytest.mark.parametrize("kind", KINDS)
def test_other_systems_are_told_what_to_install(
    kind: ServerKind, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"{MODULE}._KEYRING", tmp_path / "no-keyring")
    with pytest.raises(ConnectionFailedError, match="this is not Debian") as caught:
        install(kind)
    assert "next:" in str(caught.value)
    assert not cache_folder().exists()


def test_mirror_that_does_not_answer_leaves_no_half_root(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(f"{MODULE}._mirrors", lambda: ["http://127.0.0.1:1/mirror/"])
    with pytest.raises(ConnectionFailedError, match="apt-get update") as caught:
        install("mysql")
    assert "127.0.0.1:1" in str(caught.value)
    assert [path.name for path in cache_folder().iterdir()] == ["install.lock"]


def test_cache_that_cannot_be_written_is_an_error_of_ours(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file in the way")
    with pytest.raises(ConnectionFailedError, match="cannot be filled"):
        install("mysql")


def test_packages_that_were_installed_in_vain_are_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(f"{MODULE}._download", lambda _work: None)
    monkeypatch.setattr(f"{MODULE}._unpack", lambda work: (work / "root").mkdir())
    with pytest.raises(ConnectionFailedError, match="does not run"):
        install("mysql")

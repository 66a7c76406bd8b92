"""A server that asks for files of the client gets those of one folder, and no other."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from terpseed.connection import Target, connect
from tests.conftest import execute

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def files(tmp_path: Path, database_url: str) -> tuple[Path, Path, Path]:
    """Return a folder that is let in, a file in it, and one beside it; a table waits for them."""
    folder = tmp_path / "chunks"
    folder.mkdir()
    inside, outside = folder / "inside.csv", tmp_path / "outside.csv"
    inside.write_text("inside\n")
    outside.write_text("outside\n")
    execute(Target.parse(database_url), "CREATE TABLE taken (line VARCHAR(80))")
    return folder, inside, outside


def _ask_for(target: Target, folder: Path | bool, path: str) -> None:
    with closing(connect(target, local_infile=folder)) as connection:
        with closing(connection.cursor()) as cursor:
            cursor.execute(f"LOAD DATA LOCAL INFILE '{path}' INTO TABLE taken")
        connection.commit()


def test_files_of_the_folder_alone_are_let_in(
    files: tuple[Path, Path, Path], database_url: str
) -> None:
    folder, inside, outside = files
    target = Target.parse(database_url)
    _ask_for(target, folder, str(inside))
    (folder / "link.csv").symlink_to(outside)
    for path in (outside, folder / ".." / outside.name, "/etc/hostname", folder / "link.csv"):
        with pytest.raises(Exception, match=r"(?i)local|infile|file|link"):
            _ask_for(target, folder, str(path))
    assert execute(target, "SELECT line FROM taken") == [("inside",)]


def test_no_file_at_all_is_let_in_unless_a_load_asks_for_it(
    files: tuple[Path, Path, Path], database_url: str
) -> None:
    _, inside, _ = files
    target = Target.parse(database_url)
    with pytest.raises(Exception, match=r"(?i)local|infile|file|link"):
        _ask_for(target, folder=False, path=str(inside))
    assert execute(target, "SELECT line FROM taken") == []

"""A server, a dataset, and the truth: what a database must hold after any number of faults.

The truth is a second database, loaded once without any fault. Databases are compared with it by
the server, row by row and value by value, by nothing that the loader itself uses.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import load
from load.receipt import read
from terpseed.catalog import Catalog, Column, ColumnType, Table
from terpseed.catalog.ddl import quoted
from terpseed.connection import connect
from tests.load.rows import LEDGER, create, write

if TYPE_CHECKING:
    from collections.abc import Iterator

    from terpseed.connection import Target
    from terpseed.dataset import Dataset
    from terpseed.server import PrivateServer

ROOT = Path(__file__).parents[2]
CHUNK_BYTES = 150_000
_TRIES = 12  # runs that a load may need after one fault
_REFUSED = 6
_LIMIT = 180  # seconds of one run


def _table(name: str, key: tuple[str, ...], **kinds: str) -> Table:
    columns = [Column(n, ColumnType.parse(k), nullable=n not in key) for n, k in kinds.items()]
    return Table(name, tuple(columns), key)


# Tables of TERP, one with a key of two columns, one without any key, and one with texts as keys.
CATALOG = Catalog(
    "torture",
    dict(
        sorted(
            {
                **LEDGER.tables,
                "pairs": _table("pairs", ("a", "b"), a="int", b="varchar(20)", note="text"),
                "keyless": _table("keyless", (), a="int", note="text", data="json"),
                "named": _table("named", ("code",), code="varchar(64)", amount="decimal(12,2)"),
            }.items()
        )
    ),
    references=LEDGER.references,
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """A database held against the truth, in rows.

    Attributes:
        lost: in the truth, not in the database.
        duplicated: more in the database than in the truth, or not in the truth at all.
        altered: with the same key and another value.
        proved: whether ``verify`` finds the database to be the dataset, too.
    """

    lost: int
    duplicated: int
    altered: int
    proved: bool

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return self.proved and not (self.lost or self.duplicated or self.altered)


@dataclass(frozen=True, slots=True)
class Run:
    """A loader that ended.

    Attributes:
        code: its exit code; negative for the signal that ended it.
        present: chunks that it found in the target; None if it did not get so far.
        talk: what it said on stderr.
    """

    code: int
    present: int | None
    talk: str


@dataclass
class Scene:
    """A server with the truth on it, and a dataset to load beside it.

    Attributes:
        server: the server; it may be killed and restarted.
        folder: where everything lies.
        rows: rows of the largest table.
        dataset: what is loaded.
        number: databases made so far.
    """

    server: PrivateServer
    folder: Path
    rows: int = 12_000
    dataset: Dataset = field(init=False)
    number: int = 0

    def __post_init__(self) -> None:
        some = self.rows // 10
        counts = {"ledgerEntries": self.rows, "users": some, "pairs": some, "keyless": some}
        self.dataset = write(self.folder / "set", CATALOG, counts)
        truth = self.fresh("truth")
        assert self.finish(truth)[-1].code == 0
        assert load.verify(self.dataset, truth).ok

    def fresh(self, name: str = "") -> Target:
        """Make a new database with empty tables, and forget earlier receipts."""
        self.number += 1
        name = name or f"torture_{self.number}"
        self.sql(self.server.target, f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
        target = self.server.target.with_database(name)
        create(target, CATALOG)
        shutil.rmtree(self.dataset.path / "receipts", ignore_errors=True)
        (self.folder / "tmp").mkdir(exist_ok=True)
        return target

    def drop(self, target: Target) -> None:
        """Drop a database."""
        self.sql(self.server.target, f"DROP DATABASE {target.database}")

    def start(self, target: Target, *, patience: float = 20) -> subprocess.Popen[str]:
        """Start a loader."""
        return subprocess.Popen(
            [
                *(sys.executable, "-m", "tests.torture.loader"),
                *(str(self.dataset.path), str(CHUNK_BYTES), str(patience)),
            ],
            env={
                **os.environ,
                "DATABASE_URL": target.url,
                "TMPDIR": str(self.folder / "tmp"),
                "PYTHONPATH": str(ROOT),
            },
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def end(self, process: subprocess.Popen[str]) -> Run:
        """Wait for a loader to end."""
        try:
            said, talk = process.communicate(timeout=_LIMIT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise
        found = [line.split() for line in said.splitlines() if line.startswith("present")]
        return Run(process.returncode, int(found[0][1]) if found else None, talk)

    def finish(self, target: Target) -> list[Run]:
        """Run the same command again until it succeeds; return all the runs."""
        runs = []
        time.sleep(0.4)  # temporary files of this moment are not taken for those of the dead
        for _ in range(_TRIES):
            runs.append(self.end(self.start(target)))
            if runs[-1].code == 0 or (runs[-1].code == _REFUSED and self._proved()):
                return runs
            time.sleep(0.3)
        raise AssertionError(f"not loaded after {_TRIES} runs: {runs[-1].code}\n{runs[-1].talk}")

    def _proved(self) -> bool:
        """Say whether a load was struck only after it had been proved."""
        paths = (self.dataset.path / "receipts").glob("load-*.jsonl")
        return any(read(path).ending == "proved" for path in paths if b"\n" in path.read_bytes())

    def begun(self, process: subprocess.Popen[str]) -> bool:
        """Wait until a loader has begun to send; say whether it still runs."""
        while process.poll() is None:
            if any((self.dataset.path / "receipts").glob("load-*.jsonl")):
                return True
            time.sleep(0.005)
        return False

    def in_doubt(self) -> int:
        """Return the number of chunks whose commit was never confirmed, over all receipts."""
        paths = (self.dataset.path / "receipts").glob("load-*.jsonl")
        return sum(len(read(path).doubtful) for path in paths if b"\n" in path.read_bytes())

    def span(self) -> float:
        """Return the seconds from a loader's first receipt to its end."""
        target = self.fresh()
        process = self.start(target)
        assert self.begun(process)
        started = time.monotonic()
        assert self.end(process).code == 0
        self.drop(target)
        return time.monotonic() - started

    def judge(self, target: Target) -> Verdict:
        """Hold a database against the truth, and drop it."""
        counts = dict.fromkeys(("lost", "duplicated", "altered"), 0)
        for table in CATALOG.tables.values():
            for sql, what in _comparisons(table, str(target.database)):
                ((count,),) = self.sql(self.server.target, sql)
                counts[what] += int(count)
        proved = load.verify(self.dataset, target).ok
        leftovers = list((self.folder / "tmp").glob("terpseed-load-*"))
        assert not leftovers, leftovers
        self.drop(target)
        return Verdict(**counts, proved=proved)

    def sql(self, target: Target, *statements: str) -> list[tuple[Any, ...]]:
        """Run statements; return the rows of the last one."""
        found: list[Any] = []
        with closing(connect(target)) as connection, closing(connection.cursor()) as cursor:
            for statement in statements:
                cursor.execute(statement)
                found = cursor.fetchall() if cursor.description else []
            connection.commit()
        return found


def _comparisons(table: Table, database: str) -> Iterator[tuple[str, str]]:
    """Yield SQL that counts rows, and what they are."""
    truth, found = f"truth.{quoted(table.name)}", f"{database}.{quoted(table.name)}"
    names = [quoted(column.name) for column in table.columns]
    if not table.primary_key:
        # As often as in the truth, each row counted with all its values.
        listed = ", ".join(f"CAST({name} AS BINARY) AS c{n}" for n, name in enumerate(names))
        by = ", ".join(f"c{n}" for n in range(len(names)))
        signed = (
            f"SELECT {by}, SUM(w) AS s FROM (SELECT {listed}, 1 AS w FROM {truth} UNION ALL"
            f" SELECT {listed}, -1 AS w FROM {found}) u GROUP BY {by}"
        )
        for sign, what in ((1, "lost"), (-1, "duplicated")):
            yield f"SELECT COALESCE(SUM(GREATEST({sign} * s, 0)), 0) FROM ({signed}) x", what
        return
    key = [quoted(name) for name in table.primary_key]
    on = " AND ".join(f"a.{name} = b.{name}" for name in key)
    for one, other, what in ((truth, found, "lost"), (found, truth, "duplicated")):
        yield (
            f"SELECT COUNT(*) FROM {one} a LEFT JOIN {other} b ON {on} WHERE b.{key[0]} IS NULL",
            what,
        )
    same = " AND ".join(f"CAST(a.{n} AS BINARY) <=> CAST(b.{n} AS BINARY)" for n in names)
    yield f"SELECT COUNT(*) FROM {truth} a JOIN {found} b ON {on} WHERE NOT ({same})", "altered"

"""A database in use that a dataset goes on from: what it holds, and how the dataset fits to it.

``read_continued`` reads the highest keys and numbers, and the rows that every market shares.
``Continued.joined`` puts those rows into the dataset's tables as the database has them, and
``Continued.after`` says in the manifest which they are, where own keys begin, and which cells of
reused rows a load has to set.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl
import polars.selectors as cs

from generate.world import KeyPlan, Occupied
from generate.world._keys import ID_STEP, INT_MAX
from generate.world._markets import handed_in
from generate.world._shared import COUNTED, OF_THE_COMPANY
from terpseed.catalog import NEWEST, shipped
from terpseed.catalog.ddl import quoted
from terpseed.catalog.part import in_part
from terpseed.dataset import Advance, After
from terpseed.errors import SchemaError, StateDiffersError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from generate.world import World
    from terpseed.catalog import Catalog, Table
    from terpseed.connection import Connection, Target

COUNT = "currentValue"  # of a sequence
_NUMBERED = (
    ("batches", "code"),
    ("batches", "sku"),
    ("bills", "billNumber"),
    ("clients", "teri_code"),
    ("credits", "creditNumber"),
    ("expenses", "expenseNumber"),
    ("intake_receipts", "receipt_number"),
    ("invoice_disputes", "dispute_number"),
    ("invoices", "invoiceNumber"),
    ("lots", "code"),
    ("orders", "order_number"),
    ("payments", "paymentNumber"),
    ("purchaseOrders", "poNumber"),
    ("receipts", "receipt_number"),
    ("sequences", "currentValue"),
    ("service_invoices", "invoice_number"),
    ("site_transfers", "transfer_number"),
    ("transactions", "transactionNumber"),
    ("vendor_payables", "payable_number"),
)
"""Columns that end in a document's number."""
_LONGEST = 9  # digits of a number; what has more is a moment
_DELETED = ("deleted_at", "deletedAt")


@dataclass(frozen=True, slots=True)
class Continued:
    """A database that a dataset goes on from.

    Attributes:
        address: of it, without a password.
        server: the server's own unique id.
        database: its name.
        catalog: its schema.
        occupied: its keys and numbers, and its rows that markets share, in the world's terms.
        rows: those rows by table, in the schema's exact types.
    """

    address: str
    server: str
    database: str
    catalog: Catalog
    occupied: Occupied
    rows: Mapping[str, pl.DataFrame]

    @property
    def keys(self) -> KeyPlan:
        """The keys of the market that is added."""
        return KeyPlan(occupied=self.occupied)

    def to_dict(self) -> dict[str, Any]:
        """Return what a plan says of it."""
        return {
            "address": self.address,
            "server": self.server,
            "database": self.database,
            "tables_with_rows": len(self.occupied.held),
            "highest_number": self.occupied.numbers,
            "first_client": self.keys.keys(0).ids.get("clients", 0) + 1,
        }

    def told(self, world: World) -> dict[str, pl.DataFrame]:
        """Return the tables that the market hands in.

        Older schemas ask who entered what a client entered through the portal: the first user.
        """
        told = handed_in(world, alone=True)
        for table in ("client_needs", "vendor_supply"):
            column = "created_by"
            known = table in told and table in self.catalog and column in self.catalog[table]
            if known and not self.catalog[table][column].nullable:
                first = pl.col(column).fill_null(world.admin)
                told[table] = told[table].with_columns(first)
        return told

    def filled(self, told: Mapping[str, pl.DataFrame]) -> Catalog:
        """Return the part of the schema that gets rows: what is told, and what is empty so far."""
        newest = shipped(NEWEST)
        others = {name for name in self.catalog.tables if name not in newest}
        wanted = told.keys() | (others - self.occupied.held)
        return in_part(self.catalog, sorted(wanted))

    def joined(self, frames: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
        """Return fitted tables with reused rows exactly as the database has them.

        Sequences are the exception: they stand where the dataset's own numbers end. What reused
        rows refer to is there too.

        Args:
            frames: the market's fitted tables.
        """
        joined = dict(frames)
        for table in sorted(self.rows.keys() & frames.keys()):
            ours, key = frames[table], list(self.catalog[table].primary_key)
            theirs = self.rows[table].join(ours.select(key), on=key, how="semi")
            if table in COUNTED:
                theirs = _counted(theirs, ours)
            own = ours.join(theirs.select(key), on=key, how="anti", maintain_order="left")
            joined[table] = pl.concat([theirs.select(ours.columns), own])
        self._complete(joined)
        shared = OF_THE_COMPANY.keys() | COUNTED
        return {
            name: frame.sort(list(self.catalog[name].primary_key)) if name in shared else frame
            for name, frame in joined.items()
        }

    def _complete(self, frames: dict[str, pl.DataFrame]) -> None:
        """Add what reused rows refer to, and what that refers to, so that nothing is missing."""
        links = [
            (table.name, key.columns[0], key.ref_table, key.ref_columns[0])
            for table in self.catalog.tables.values()
            for key in table.foreign_keys
            if len(key.columns) == 1
        ] + [
            (entry.table, entry.column, entry.ref_table, entry.ref_column)
            for entry in self.catalog.references
            if entry.kind in {"plain", "text"} and entry.when is None
        ]
        known = self.rows.keys() & frames.keys()
        links = [
            link
            for link in links
            if {link[0], link[2]} <= known and self.catalog[link[2]].primary_key == ("id",)
        ]
        grew = True
        while grew:
            grew = False
            for table, column, ref_table, ref_column in links:
                if column not in frames[table].columns:
                    continue
                named = frames[table][column].drop_nulls().unique()
                theirs = self.rows[ref_table]
                lacking = theirs.filter(
                    pl.col(ref_column).is_in(named.cast(theirs.schema[ref_column]).implode())
                    & ~pl.col("id").is_in(frames[ref_table]["id"].implode())
                )
                if lacking.height:
                    rows = lacking.select(frames[ref_table].columns)
                    frames[ref_table] = pl.concat([frames[ref_table], rows])
                    grew = True

    def after(self, frames: Mapping[str, pl.DataFrame]) -> After:
        """Return what the manifest says of the database.

        Args:
            frames: the tables of the dataset, as ``joined`` returned them.
        """
        firsts, reused = {}, {}
        for table, frame in frames.items():
            key = _key(self.catalog[table])
            if key is None:
                named = list(self.catalog[table].primary_key)
                theirs = self.rows.get(table, frame.clear())
                held = frame.join(theirs, on=named, how="semi").height if named else 0
            else:
                last = self.occupied.ids.get(table, 0)
                own = frame.filter(pl.col(key) > last)[key]
                # The type of a minimum is that of the column, which is a whole number here.
                firsts[table] = int(own.min()) if len(own) else last + 1  # type: ignore[arg-type]
                held = frame.height - len(own)
            if held:
                reused[table] = held
        return After(
            server=self.server,
            database=self.database,
            firsts=firsts,
            reused=reused,
            advances=tuple(self._advances(frames)),
        )

    def _advances(self, frames: Mapping[str, pl.DataFrame]) -> Iterator[Advance]:
        for table in sorted(COUNTED & frames.keys() & self.rows.keys()):
            before = self.rows[table].select("id", before=COUNT)
            changed = (
                frames[table]
                .select("id", after=COUNT)
                .join(before, on="id", how="inner", maintain_order="left")
                .filter(pl.col("after") != pl.col("before"))
            )
            for key, new, old in changed.iter_rows():
                yield Advance(table, {"id": key}, COUNT, str(old), str(new))


def _counted(theirs: pl.DataFrame, ours: pl.DataFrame) -> pl.DataFrame:
    """Return rows of sequences as a database has them, but at the number that ours end at."""
    ends = ours.select("id", ends=COUNT)
    both = theirs.join(ends, on="id", how="left", maintain_order="left")
    last = pl.max_horizontal(COUNT, "ends").cast(ours.schema[COUNT])
    return both.with_columns(last.alias(COUNT)).drop("ends")


def read_continued(target: Target) -> Continued:
    """Read what a database holds, as of one moment.

    Args:
        target: the database.

    Raises:
        ConnectionFailedError: if it cannot be reached.
        SchemaError: if the URL names no database, or the schema has no people as TERP has them.
        StateDiffersError: if there is no room left above its keys.
    """
    from terpseed.catalog.introspect import pull  # noqa: PLC0415 - seldom needed
    from terpseed.connection import connect  # noqa: PLC0415 - seldom needed
    from terpseed.snapshot.table import read_table  # noqa: PLC0415 - seldom needed

    if target.database is None:
        raise SchemaError(
            "the URL names no database", where=target.display, then="add /DATABASE to the URL"
        )
    with closing(connect(target)) as connection:
        catalog = pull(connection)
        _ask(connection, "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        _ask(connection, "START TRANSACTION WITH CONSISTENT SNAPSHOT")
        ids = _highest_ids(connection, catalog)
        held = frozenset(
            name
            for name in catalog.tables
            if _ask(connection, f"SELECT 1 FROM {quoted(name)} LIMIT 1")
        )
        numbers = _highest_number(connection, catalog)
        rows = {
            name: read_table(connection, catalog[name])
            for name, key in {**OF_THE_COMPANY, **dict.fromkeys(COUNTED, ("name",))}.items()
            if name in held and set(key) <= set(catalog[name].column_names)
        }
        server = _server_id(connection)
    _check_room(ids, catalog, target)
    found = {name: _as_told(frame) for name, frame in rows.items()}
    return Continued(
        address=target.display,
        server=server,
        database=target.database,
        catalog=catalog,
        occupied=Occupied(ids=ids, numbers=numbers, found=found, held=held),
        rows=rows,
    )


def _as_told(frame: pl.DataFrame) -> pl.DataFrame:
    """Return rows as the world tells them, those that stand before those that were deleted."""
    plain = frame.with_columns(
        cs.datetime(time_zone="*").dt.replace_time_zone(None),
        cs.enum().cast(pl.String),
        cs.integer().cast(pl.Int64),
    )
    marks = [name for name in _DELETED if name in plain.columns]
    return plain.sort(pl.col(marks[0]).is_not_null(), maintain_order=True) if marks else plain


def _key(table: Table) -> str | None:
    """Return the primary key if that is one whole number."""
    if len(table.primary_key) != 1:
        return None
    column = table[table.primary_key[0]]
    return column.name if column.type.is_integer and not column.type.is_boolean else None


def _highest_ids(connection: Connection, catalog: Catalog) -> dict[str, int]:
    highest = {}
    for table in catalog.tables.values():
        key = _key(table)
        if key is not None:
            query = f"SELECT MAX({quoted(key)}) FROM {quoted(table.name)}"
            highest[table.name] = int(_ask(connection, query)[0][0] or 0)
    return highest


def _highest_number(connection: Connection, catalog: Catalog) -> int:
    """Return the highest number of a document in any series."""
    highest = 0
    digits = f"(^|[^0-9])[0-9]{{1,{_LONGEST}}}$"
    for name, column in _NUMBERED:
        if name in catalog and column in catalog[name]:
            cell = f"CAST({quoted(column)} AS CHAR)"
            found = _ask(
                connection,
                f"SELECT MAX(CAST(REGEXP_SUBSTR({cell}, '[0-9]+$') AS UNSIGNED))"
                f" FROM {quoted(name)} WHERE {cell} REGEXP '{digits}'",
            )
            highest = max(highest, int(found[0][0] or 0))
    if "ledgerEntries" in catalog:
        # Numbers of entries that were written by hand stand before their side.
        found = _ask(
            connection,
            "SELECT MAX(CAST(SUBSTRING(entryNumber, 9) AS UNSIGNED)) FROM ledgerEntries"
            " WHERE entryNumber REGEXP '^JE-[0-9]{4}-[0-9]+-'",
        )
        highest = max(highest, int(found[0][0] or 0))
    return highest


def _server_id(connection: Connection) -> str:
    """Return what tells the server from others, as a load looks it up."""
    version, comment, host, folder = _ask(
        connection, "SELECT @@version, @@version_comment, @@hostname, @@datadir"
    )[0]
    maria = "mariadb" in f"{version} {comment}".lower()
    found = _ask(connection, f"SHOW VARIABLES LIKE '{'server_uid' if maria else 'server_uuid'}'")
    return str(found[0][1]) if found and found[0][1] else f"{host}:{folder}"


def _check_room(ids: Mapping[str, int], catalog: Catalog, target: Target) -> None:
    for name, highest in ids.items():
        key = _key(catalog[name])
        bounds = catalog[name][key].type.integer_range if key else None
        if bounds and highest + 2 * ID_STEP > min(bounds[1], INT_MAX):
            raise StateDiffersError(
                f"table {name} has no keys left",
                where=f"{target.display}: the highest is {highest:,} of {bounds[1]:,}",
                why="new rows need keys above it",
                then="use another database",
            )


def _ask(connection: Connection, sql: str) -> list[tuple[Any, ...]]:
    with closing(connection.cursor()) as cursor:
        cursor.execute(sql)
        if not cursor.description:
            return []
        return [
            tuple(cell.decode() if isinstance(cell, bytes | bytearray) else cell for cell in row)
            for row in cursor.fetchall()
        ]

"""Datasets: a folder of table files and a manifest, checksummed, never half-written."""

from terpseed.dataset.after import Advance, After
from terpseed.dataset.dialect import LOAD_DATA_CLAUSE, duckdb_csv_options, read_csv, write_csv
from terpseed.dataset.dtypes import dtype_of, frame_schema, stored_columns
from terpseed.dataset.layout import MANIFEST
from terpseed.dataset.manifest import FileFormat, Manifest, TableEntry, TableFile
from terpseed.dataset.reader import Dataset, open_dataset
from terpseed.dataset.sink import TableSink
from terpseed.dataset.text import (
    NULL_TEXT,
    SEPARATOR,
    Checksum,
    checksum,
    checksum_sql,
    exact_sql,
    row_number_sql,
    row_numbers,
    row_text,
)
from terpseed.dataset.writer import DatasetWriter

__all__ = [
    "LOAD_DATA_CLAUSE",
    "MANIFEST",
    "NULL_TEXT",
    "SEPARATOR",
    "Advance",
    "After",
    "Checksum",
    "Dataset",
    "DatasetWriter",
    "FileFormat",
    "Manifest",
    "TableEntry",
    "TableFile",
    "TableSink",
    "checksum",
    "checksum_sql",
    "dtype_of",
    "duckdb_csv_options",
    "exact_sql",
    "frame_schema",
    "open_dataset",
    "read_csv",
    "row_number_sql",
    "row_numbers",
    "row_text",
    "stored_columns",
    "write_csv",
]

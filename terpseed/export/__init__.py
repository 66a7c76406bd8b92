"""Exporting: a dataset in the form that other tools want.

A dataset is what is proved and loaded; an export is made from it and says which dataset that was.
Every form appears under its name complete or not at all.
"""

from terpseed.export.csvfiles import CsvOptions
from terpseed.export.exporting import FORMATS, Export, ExportFormat, Options, export
from terpseed.export.sqlscript import SqlOptions

__all__ = ["FORMATS", "CsvOptions", "Export", "ExportFormat", "Options", "SqlOptions", "export"]

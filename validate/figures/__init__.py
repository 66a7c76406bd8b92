"""Figures of the business: what an owner, an accountant or a buyer would want to see of a dataset.

Each figure is a small table, computed in DuckDB by a query of its own under ``queries/``. How it is
shown, as text or as a chart, is no business of this package.
"""

from validate.figures._figure import Column, Figure, Figures, Unit
from validate.figures._measure import figures
from validate.figures._text import as_text

__all__ = ["Column", "Figure", "Figures", "Unit", "as_text", "figures"]

"""Forms in which a validation is told: text for a terminal, files for keeping.

Each form is a function of a ``ValidationResult``; none of them opens a dataset.
"""

from validate.report.kept import keep, keep_or_clear
from validate.report.terminal import terminal

__all__ = ["keep", "keep_or_clear", "terminal"]

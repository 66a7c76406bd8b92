"""Forms in which a validation is told: text for a terminal, a page, XML, files for keeping.

Each form is a function of a ``ValidationResult``; none of them opens a dataset.
"""

from validate.report.html import html
from validate.report.junit import junit
from validate.report.kept import keep, keep_or_clear
from validate.report.terminal import terminal

__all__ = ["html", "junit", "keep", "keep_or_clear", "terminal"]

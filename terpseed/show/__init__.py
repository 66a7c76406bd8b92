"""Looking at a dataset: rows of a table, a document with all that belongs to it, a diagram.

Nothing here writes a file or proves anything; ``validate`` proves.
"""

from terpseed.show.diagram import draw
from terpseed.show.documents import KINDS, Branch, Kind
from terpseed.show.rows import Filter, head, parse_filter
from terpseed.show.tree import Node, document, tree_text

__all__ = [
    "KINDS",
    "Branch",
    "Filter",
    "Kind",
    "Node",
    "document",
    "draw",
    "head",
    "parse_filter",
    "tree_text",
]

"""A live database as a dataset: read in one view, in parallel, exactly, and masked if wanted."""

from terpseed.snapshot._take import snapshot
from terpseed.snapshot.mask import Mask, masked_columns
from terpseed.snapshot.result import Piece, Snapshot, Unheld

__all__ = ["Mask", "Piece", "Snapshot", "Unheld", "masked_columns", "snapshot"]

"""Loading: a dataset into a TERP database, and the proof that it arrived.

``plan`` looks and says what will be done, ``load`` does exactly that, ``verify`` proves a target
against a dataset, ``clean`` takes out what an unfinished load left, ``undo`` takes a whole load
back.
"""

from load._chunks import CHUNK_BYTES
from load._leftovers import clean_leftovers
from load.loading import clean, load
from load.planning import plan
from load.plans import Check, Chunk, LoadPlan, Method, Mode, Piece, Server
from load.progress import Progress
from load.proving import verify
from load.results import (
    LoadResult,
    ProofFailedError,
    ReferenceProof,
    TableProof,
    VerifyResult,
)
from load.undo_plans import UndoPlan, UndoResult
from load.undoing import plan_undo, undo

__all__ = [
    "CHUNK_BYTES",
    "Check",
    "Chunk",
    "LoadPlan",
    "LoadResult",
    "Method",
    "Mode",
    "Piece",
    "Progress",
    "ProofFailedError",
    "ReferenceProof",
    "Server",
    "TableProof",
    "UndoPlan",
    "UndoResult",
    "VerifyResult",
    "clean",
    "clean_leftovers",
    "load",
    "plan",
    "plan_undo",
    "undo",
    "verify",
]

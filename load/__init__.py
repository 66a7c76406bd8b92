"""Loading: a dataset into a TERP database, and the proof that it arrived.

``plan`` looks and says what will be done, ``load`` does exactly that, ``verify`` proves a target
against a dataset, ``clean`` takes out what an unfinished load left.
"""

from load._chunks import CHUNK_BYTES
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
    "VerifyResult",
    "clean",
    "load",
    "plan",
    "verify",
]

"""Letters and digits replaced by others of their kind, keyed, and such that no two texts meet.

A text keeps its length in characters and bytes, its spaces, punctuation and upper case. What is
replaced together are the letters and digits of a *segment*: a word, or a whole value. They are the
digits of a number of mixed base, which an alternating Feistel network permutes. So within one form
of text the replacement is one to one, equal words become equal words wherever they stand, and case
makes no difference to what a letter becomes, as it makes none to the server.

This hides data from readers. It is no cipher with a proof.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    Words = NDArray[np.uint64]

# First and last code point of each kind of letter. A kind stays within one length in UTF-8, so that
# texts keep theirs; kinds with a shift are folded to lower case first.
_KINDS: tuple[tuple[int, int], ...] = (
    (0x30, 0x39),  # digits
    (0x61, 0x7A),  # a to z
    (0xE0, 0xF6),  # Latin with accents
    (0xF8, 0xFE),
    (0x100, 0x17F),
    (0x3B1, 0x3C1),  # Greek
    (0x3C3, 0x3C9),
    (0x430, 0x44F),  # Cyrillic
    (0x5D0, 0x5EA),  # Hebrew
    (0x621, 0x63A),  # Arabic
    (0x905, 0x939),  # Devanagari
    (0xE01, 0xE2E),  # Thai
    (0x3041, 0x3096),  # Hiragana
    (0x30A1, 0x30FA),  # Katakana
    (0x4E00, 0x9FFF),  # Han
    (0xAC00, 0xD7A3),  # Hangul
)
_UPPER: tuple[tuple[int, int], ...] = (
    (0x41, 0x5A),
    (0xC0, 0xD6),
    (0xD8, 0xDE),
    (0x391, 0x3A1),
    (0x3A3, 0x3A9),
    (0x410, 0x42F),
)
_SHIFT = 0x20  # from upper to lower case, in all of these
_LOW = np.array([low for low, _ in _KINDS], dtype=np.uint32)
_HIGH = np.array([high for _, high in _KINDS], dtype=np.uint32)
_ROUNDS = 4
_BCRYPT_PREFIX = 7  # "$2b$10$"
_UUID_MARKS = (14, 19)  # version and variant
_HEX_LETTERS = 6
_CODE_DIGITS = 2  # digits that make a word in capitals a code
_CODE_PARTS = 3  # parts of a code before its number, joined by hyphens


def round_keys(seed: str) -> Words:
    """Return the keys that a seed stands for."""
    raw = b"".join(hashlib.sha256(f"mask {n} {seed}".encode()).digest() for n in range(_ROUNDS))
    return np.frombuffer(raw, dtype="<u8")[: 2 * _ROUNDS].copy()


@dataclass(frozen=True, slots=True)
class Letters:
    """The letters and digits among many code points.

    Attributes:
        at: where they are, ascending.
        folded: their code points in lower case.
        upper: which of them were in upper case.
        kind: number of the kind of each.
        narrow: which of them stay hexadecimal.
    """

    at: NDArray[np.int64]
    folded: NDArray[np.uint32]
    upper: NDArray[np.bool_]
    kind: NDArray[np.int64]
    narrow: NDArray[np.bool_]

    def only(self, kept: NDArray[np.bool_]) -> Letters:
        """Return some of them."""
        return Letters(
            self.at[kept], self.folded[kept], self.upper[kept], self.kind[kept], self.narrow[kept]
        )


def letters_of(points: NDArray[np.uint32]) -> Letters:
    """Return the letters and digits among code points."""
    upper = np.zeros(len(points), dtype=bool)
    for low, high in _UPPER:
        upper |= (points >= low) & (points <= high)
    folded = points + np.where(upper, np.uint32(_SHIFT), np.uint32(0))
    kind = np.searchsorted(_LOW, folded, side="right").astype(np.int64) - 1
    found = (kind >= 0) & (folded <= _HIGH[np.maximum(kind, 0)])
    at = np.flatnonzero(found)
    return Letters(at, folded[at], upper[at], kind[at], np.zeros(len(at), dtype=bool))


def hashes_kept(letters: Letters, values: pl.Series, starts: NDArray[np.int64]) -> Letters:
    """Return letters without those that make a value a bcrypt hash or a UUID, and hexadecimal.

    Args:
        letters: of all the values.
        values: the texts, without NULL.
        starts: where each begins.
    """
    bcrypt = values.str.contains(r"^\$2[aby]\$\d\d\$").to_numpy()
    uuid = values.str.contains(r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$").to_numpy()
    hexadecimal = values.str.contains(r"^[0-9a-f-]+$").to_numpy()
    fixed = [starts[bcrypt] + n for n in range(_BCRYPT_PREFIX)]
    fixed += [starts[uuid] + n for n in _UUID_MARKS]
    owner = np.searchsorted(starts, letters.at, side="right") - 1
    found = replace(letters, narrow=hexadecimal[owner] & (letters.kind == 1))
    return found.only(~np.isin(letters.at, np.concatenate(fixed)))


def words_of(letters: Letters, starts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the number of the word that each letter is in: a run without anything between.

    Args:
        letters: among many texts, one after the other.
        starts: where each text begins, so that no word goes on from one into the next.
    """
    follows = np.append(False, letters.at[1:] == letters.at[:-1] + 1)
    begins = np.isin(letters.at, starts)
    return np.cumsum(~follows | begins) - 1


def numbers_in(
    points: NDArray[np.uint32], letters: Letters, words: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Say which letters belong to numbers and codes: ``12``, ``INV-2024-0003``, ``VND0006``."""
    if not len(words):
        return np.zeros(0, dtype=bool)
    firsts = np.flatnonzero(np.append(True, words[1:] != words[:-1]))
    digit = letters.kind == 0
    digits = np.add.reduceat(digit, firsts, dtype=np.int64)
    lengths = np.diff(np.append(firsts, len(words)))
    small = np.add.reduceat(~digit & ~(letters.upper & (letters.kind == 1)), firsts, dtype=np.int64)
    capital = small == 0
    number = (digits == lengths) | (capital & (digits >= _CODE_DIGITS))
    ends = letters.at[firsts] + lengths
    joined = np.append(
        (letters.at[firsts][1:] == ends[:-1] + 1)
        & (points[np.minimum(ends[:-1], len(points) - 1)] == ord("-")),
        False,
    )
    # "return #12": what comes before a number sign says what kind of thing is meant.
    marked = np.append(letters.at[firsts][1:] == ends[:-1] + 2, False)
    marked &= points[np.minimum(ends + 1, len(points) - 1)] == ord("#")
    number |= marked & np.append(number[1:], False)
    for _ in range(_CODE_PARTS):
        number |= capital & joined & np.append(number[1:], False)
    return np.repeat(number, lengths)


def substitute(
    points: NDArray[np.uint32], letters: Letters, segments: NDArray[np.int64], keys: Words
) -> None:
    """Replace letters and digits in place.

    Args:
        points: code points of many texts, one after the other.
        letters: those to replace.
        segments: ascending numbers; letters of the same number are replaced together.
        keys: see ``round_keys``.
    """
    if not len(letters.at):
        return
    base = _LOW[letters.kind].astype(np.uint64)
    radix = (_HIGH - _LOW + 1)[letters.kind].astype(np.uint64)
    radix[letters.narrow] = _HEX_LETTERS
    value = letters.folded.astype(np.uint64) - base
    _permute(value, radix, segments, keys)
    shift = np.where(letters.upper, np.uint32(_SHIFT), np.uint32(0))
    points[letters.at] = (value + base).astype(np.uint32) - shift


def _permute(value: Words, radix: Words, segment: NDArray[np.int64], keys: Words) -> None:
    """Permute the values of each segment in place, as one number of mixed base."""
    firsts = np.flatnonzero(np.append(True, segment[1:] != segment[:-1]))
    lengths = np.diff(np.append(firsts, len(segment)))
    place = (np.arange(len(segment)) - np.repeat(firsts, lengths)).astype(np.uint64)
    form = _mixed(radix * np.uint64(0x9E3779B97F4A7C15) + place)
    with np.errstate(over="ignore"):
        for turn in range(_ROUNDS):
            left = place % np.uint64(2) == turn % 2
            told = np.where(left, np.uint64(0), _mixed(form + value * keys[2 * turn]))
            sums = np.add.reduceat(told, firsts)
            drawn = _mixed(np.repeat(sums, lengths) + form + keys[2 * turn + 1])
            value[left] = (value[left] + drawn[left] % radix[left]) % radix[left]


def _mixed(words: Words) -> Words:
    """Return words scrambled, each for itself (the end of SplitMix64)."""
    with np.errstate(over="ignore"):
        words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return words ^ (words >> np.uint64(31))

"""CRC32 of whole numbers in decimal, for many at a time.

CRC32 is linear: that of a text is the exclusive or of what each of its characters adds to that of
a text of as many zeros. So a number of ten digits takes two looks into tables of five digits each.
"""

from __future__ import annotations

import zlib
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Numbers = npt.NDArray[np.uint32]

_DIGITS = 10  # of the largest number of 32 bits
_HALF = 5
_SPLIT = np.uint32(10**_HALF)


def crc_of_decimal(numbers: Numbers) -> Numbers:
    """Return the CRC32 of each number's decimal text.

    Args:
        numbers: the numbers, any shape of one dimension.
    """
    upper, lower, zeros, least = _tables()
    above = numbers // _SPLIT
    sums: Numbers = upper[above] ^ lower[numbers - above * _SPLIT] ^ zeros[_DIGITS]
    short = np.flatnonzero(numbers < least[-1])
    if len(short):
        digits = np.searchsorted(least, numbers[short], side="right") + 1
        sums[short] ^= zeros[_DIGITS] ^ zeros[digits]
    return sums


@cache
def _tables() -> tuple[Numbers, Numbers, Numbers, Numbers]:
    """Return what the upper and lower five digits add, zeros' sums, least numbers by digits."""
    zeros = np.array([zlib.crc32(b"0" * n) for n in range(_DIGITS + 1)], np.uint32)
    least = np.array([10**n for n in range(1, _DIGITS)], np.uint32)
    return _added(_HALF), _added(0), zeros, least


def _added(place: int) -> Numbers:
    """Return what five digits add, the last of which is followed by ``place`` others."""
    added = np.zeros(1, np.uint32)
    for after in range(place, place + _HALF):
        nothing = zlib.crc32(b"0" * (after + 1))
        one = [zlib.crc32(b"%d" % digit + b"0" * after) ^ nothing for digit in range(10)]
        added = (np.array(one, np.uint32)[:, None] ^ added[None, :]).ravel()
    return added

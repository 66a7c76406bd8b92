"""Pictures kept in the database itself: snapshots that nobody has moved to the media store yet.

Makes ``demo_media_blobs`` for some pictures that wait for approval, and lets ``product_images``
name them: the address of such a picture ends in the id of its blob.
"""

from __future__ import annotations

import base64
import struct
import zlib
from typing import TYPE_CHECKING

import polars as pl

from generate.world._tokens import tokens

if TYPE_CHECKING:
    from generate.world._world import World

_MOST = 5
_GREENS = ((86, 125, 70), (120, 148, 97), (64, 98, 52), (143, 151, 121), (96, 130, 60))


def build(world: World) -> None:
    """Keep the bytes of the latest snapshots."""
    stream = world.stream("media", "blobs")
    images = world["product_images"].filter(pl.col("status") == "PENDING")
    images = images if images.height else world["product_images"]
    images = images.tail(_MOST)
    n = images.height
    ids = tokens(stream, n, 32)
    bytes_of = [_png(40 + 24 * k, _GREENS[k]) for k in range(n)]
    codes = world["batches"].select(batch_id="id", code="code")
    named = images.join(codes, on="batch_id", how="left", maintain_order="left")
    world.put(
        "demo_media_blobs",
        named.select(
            id=ids,
            file_name=pl.format("{}-{}.png", pl.col("code").str.to_lowercase(), "id"),
            content_type=pl.lit("image/png"),  # constant: phones send nothing else
            bytes_base64=pl.Series([base64.b64encode(data).decode() for data in bytes_of]),
            file_size=pl.Series([len(data) for data in bytes_of]),
            uploaded_by="uploaded_by",
            batch_id="batch_id",
            created_at="uploaded_at",
        ),
    )
    # deleted_at stays empty: the pictures are still shown.
    world.amend(
        "product_images", images.select("id", image_url=pl.format("/api/demo-media/{}", ids))
    )


def _png(side: int, colour: tuple[int, int, int]) -> bytes:
    """Return a valid square picture of one colour."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    parts = {
        b"IHDR": struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0),
        b"IDAT": zlib.compress((b"\0" + bytes(colour) * side) * side, 9),
        b"IEND": b"",
    }
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(kind, data) for kind, data in parts.items())

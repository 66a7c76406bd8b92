"""The catalog that a dataset carries: by name if terpseed ships it, else as a file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from terpseed import __version__
from terpseed.catalog import Catalog, shipped, shipped_versions
from terpseed.catalog.serialise import catalog_from_dict, catalog_to_dict
from terpseed.dataset.layout import CATALOG
from terpseed.dataset.manifest import Manifest, digest_of_text
from terpseed.errors import DatasetError

if TYPE_CHECKING:
    from pathlib import Path


def catalog_text(catalog: Catalog) -> str | None:
    """Return the text of ``catalog.json``, or None for a catalog that terpseed ships."""
    if catalog.version in shipped_versions() and shipped(catalog.version) == catalog:
        return None
    return json.dumps(catalog_to_dict(catalog), ensure_ascii=False, indent=1) + "\n"


def carried_catalog(folder: Path, manifest: Manifest) -> Catalog:
    """Return the catalog that a dataset was made for.

    Args:
        folder: the dataset.
        manifest: its manifest.

    Raises:
        DatasetError: if the catalog is neither shipped nor in the dataset, or its file is damaged.
    """
    if manifest.catalog_sha256 is None:
        return _shipped_catalog(folder, manifest)
    path = folder / CATALOG
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise DatasetError(
            "a file of the dataset is missing",
            where=str(path),
            why="it says what the tables of this schema look like",
            then="generate the dataset again",
        ) from None
    except UnicodeDecodeError:
        text = ""
    if digest_of_text(text) != manifest.catalog_sha256:
        raise DatasetError(
            "a file of the dataset was changed or damaged",
            where=f"{path}: its SHA-256 is not the manifest's",
            then="generate the dataset again",
        )
    return catalog_from_dict(json.loads(text))


def _shipped_catalog(folder: Path, manifest: Manifest) -> Catalog:
    version = manifest.catalog_version
    known = version in shipped_versions()
    if known and shipped(version).fingerprint == manifest.catalog_fingerprint:
        return shipped(version)
    raise DatasetError(
        f"the dataset is made for another form of schema {version} than this terpseed ships"
        if known
        else f"the dataset is made for schema {version!r}, which this terpseed does not ship",
        where=f"{folder}, schema fingerprint {manifest.catalog_fingerprint[:16]}...",
        why=f"this is terpseed {__version__}, which ships {', '.join(shipped_versions())}",
        then=f"generate it again, or use the terpseed that made it ({manifest.generator})",
    )

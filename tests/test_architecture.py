"""Who may import whom, and what importing costs; ARCHITECTURE.md says why."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import terpseed

ROOT = Path(terpseed.__file__).parent.parent
STAGES = ("generate", "validate", "load")
HEAVY = (
    "bcrypt",
    "duckdb",
    "faker",
    "mysql",
    "numpy",
    "polars",
    "pyarrow",
    "sqlglot",
    "generate",
    "validate",
    "load",
)
MOST_LINES = 800


def _modules(package: str) -> list[Path]:
    found = sorted((ROOT / package).rglob("*.py"))
    assert found
    return found


def _imported(file: Path) -> set[str]:
    """Return the top-level packages that a file imports anywhere in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.split(".")[0])
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            # import_module("load.plans") is an import, too.
            names |= {node.value.split(".")[0]} & {
                stage for stage in STAGES if node.value.startswith(f"{stage}.")
            }
    return names


@pytest.mark.parametrize("stage", STAGES)
def test_stages_never_import_each_other(stage: str) -> None:
    others = set(STAGES) - {stage}
    found = {str(file.relative_to(ROOT)): _imported(file) & others for file in _modules(stage)}
    assert {file: names for file, names in found.items() if names} == {}


def test_only_the_command_line_imports_the_stages() -> None:
    cli = ROOT / "terpseed" / "cli"
    found = {
        str(file.relative_to(ROOT)): _imported(file) & set(STAGES)
        for file in _modules("terpseed")
        if cli not in file.parents
    }
    assert {file: names for file, names in found.items() if names} == {}


def test_the_check_sees_every_way_of_importing(tmp_path: Path) -> None:
    file = tmp_path / "module.py"
    file.write_text(
        "import os.path\n"
        "def f():\n"
        "    from load.plans import x\n"
        "    import_module('validate.rules')\n"
        "if TYPE_CHECKING:\n"
        "    import generate\n"
        "from . import load\n"
    )
    assert _imported(file) == {"os", "load", "validate", "generate"}


def test_files_stay_small() -> None:
    packages = ("terpseed", *STAGES)
    sizes = {
        str(file.relative_to(ROOT)): len(file.read_text(encoding="utf-8").splitlines())
        for package in packages
        for file in _modules(package)
    }
    assert {file: size for file, size in sizes.items() if size > MOST_LINES} == {}


@pytest.mark.parametrize(
    "code",
    [
        "import terpseed",
        "import terpseed.catalog, terpseed.connection, terpseed.errors, terpseed.server",
        "from terpseed.cli import main; main(['--help'], standalone_mode=False)",
        "from terpseed.cli import main; main(['--version'], standalone_mode=False)",
    ],
)
def test_nothing_heavy_is_imported_before_it_is_needed(code: str) -> None:
    script = f"{code}\nimport sys\nprint(*sys.modules, sep='\\n', file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = set(done.stderr.split())
    assert "terpseed" in loaded
    assert loaded & set(HEAVY) == set()


def test_the_connectors_c_extension_survives_the_command_line() -> None:
    """Polars or Python's own hashes, imported first, would push it out; see connection.py."""
    script = (
        "from terpseed.cli import main\n"
        "try: main(['load', '--help'])\n"
        "except SystemExit: pass\n"
        "import sys; sys.exit(0 if '_mysql_connector' in sys.modules else 1)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, check=False
    )
    extension = subprocess.run(
        [sys.executable, "-c", "import _mysql_connector"], capture_output=True, check=False
    )
    assert done.returncode == extension.returncode == 0

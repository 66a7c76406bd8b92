"""Write the generated pages, or say which are stale."""

from __future__ import annotations

import sys

from docs.make.pages import ROOT, pages, stale


def run(*, check: bool) -> int:
    """Write the pages, or only compare them; return the exit code."""
    wrong = stale()
    for path in wrong:
        if check:
            sys.stderr.write(f"stale: {path}; run `make docs`\n")
            continue
        file = ROOT / path
        file.parent.mkdir(parents=True, exist_ok=True)
        text = pages().get(path)
        if text is None:
            file.unlink()
        else:
            file.write_text(text, encoding="utf-8")
        sys.stderr.write(f"{'removed' if text is None else 'wrote'} {path}\n")
    return 1 if check and wrong else 0


if __name__ == "__main__":
    sys.exit(run(check="--check" in sys.argv))

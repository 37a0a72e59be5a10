"""With ``CI=true`` a test that leaves itself out is a failure; elsewhere it is listed by name."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = Path(__file__).parents[1] / "conftest.py"
LEFT_OUT = {
    "by a mark": "@pytest.mark.skip(reason='no printer here')\ndef test_it() -> None: ...",
    "by its own word": "def test_it() -> None:\n    pytest.skip('no printer here')",
    "as a file": "pytest.skip('no printer here', allow_module_level=True)",
    "by a library": "pytest.importorskip('no_printer_here')",
}


def run(folder: Path, way: str, ci: str) -> subprocess.CompletedProcess[str]:
    shutil.copy(CONFTEST, folder / "conftest.py")
    (folder / "test_it.py").write_text(f"import pytest\n\n{LEFT_OUT[way]}\n")
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-ra", "-p", "no:cacheprovider", str(folder)],
        cwd=folder,
        env={**os.environ, "CI": ci, "PYTHONPATH": str(CONFTEST.parents[1])},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("way", LEFT_OUT)
def test_nothing_is_left_out_on_ci(tmp_path: Path, way: str) -> None:
    done = run(tmp_path, way, "true")
    assert done.returncode not in (0, 5)
    assert "which CI does not allow" in done.stdout


@pytest.mark.parametrize("way", LEFT_OUT)
def test_elsewhere_it_is_listed_with_its_reason(tmp_path: Path, way: str) -> None:
    done = run(tmp_path, way, "")
    assert "SKIPPED" in done.stdout and "printer" in done.stdout

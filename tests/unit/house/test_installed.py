"""The programs that `tools/install-tree.sh` writes: a helper that one of them starts finds its module, too."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = (Path(__file__).resolve().parents[3] / "tools" / "install-tree.sh").read_text()
PROGRAM = """import subprocess, sys
def main():
    return subprocess.run([sys.executable, *sys.argv[1:], "-m", "box.helper"]).returncode
"""


@pytest.mark.parametrize("options", [(), ("-P",)])
def test_a_helper_is_found(tmp_path, options):
    room = tmp_path / "box"
    room.mkdir()
    (room / "__init__.py").touch()
    (room / "program.py").write_text(PROGRAM)
    (room / "helper.py").write_text("print('here')")
    written = SCRIPT.partition("<<END\n")[2].partition("\nEND\n")[0]
    written = written.replace("/usr/lib/dyzurka/lib", str(tmp_path)).replace("$2", "box.program")
    program = tmp_path / "program"
    program.write_text(written)
    done = subprocess.run([sys.executable, "-IB", program, *options], capture_output=True, text=True, cwd="/")
    assert (done.stdout, done.returncode) == ("here\n", 0), done.stderr

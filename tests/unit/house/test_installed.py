"""What `tools/install-tree.sh` writes: programs whose helpers find their module, units that write where data are."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[3]
SCRIPT = (TOP / "tools" / "install-tree.sh").read_text()
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


@pytest.mark.parametrize("data", ["/data/dyzurka", "/var/lib/dyzurka/data"])
def test_the_services_may_write_where_the_data_are_and_nowhere_else(tmp_path, data):
    """A path that is not there keeps a service from starting (ReadWritePaths=, systemd.exec(5))."""
    moved = next(line for line in SCRIPT.splitlines() if line.startswith("placed_for()"))
    text = f"{moved}\nplaced_for 644 systemd/dyzurka-$3.service /$3\n"
    found = {}
    for unit in ("exchange", "web"):
        words = ["sh", "-euc", f"root=$1 data=$2\n{text}", "sh", str(tmp_path), data, unit]
        subprocess.run(words, cwd=TOP, check=True)
        lines = (tmp_path / unit).read_text().splitlines()
        found[unit] = [line for line in lines if line.startswith("ReadWritePaths=")]
    above = data.rpartition("/")[0]
    assert found == {"exchange": [f"ReadWritePaths={above}"], "web": [f"ReadWritePaths=-{data}/incoming"]}

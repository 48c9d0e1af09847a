"""What we depend on is written down, and nothing is written down that we do not depend on; importing it stays cheap."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

TOP = Path(__file__).parents[3]
RECORD = (TOP / "docs" / "decisions" / "0009-dependencies.md").read_text("utf-8")
PROJECT = tomllib.loads((TOP / "pyproject.toml").read_text("utf-8"))["project"]
OTHERS_MIB, OTHERS_SECONDS = 62, 0.3  # what importing another SIP stack costs, for it brings a media library along
MEDIA_LIBRARIES = {"av", "numpy", "aiortc", "flask", "babel"}  # they belong to processes of their own

MEASURE = """
import resource, sys, time
before, begun = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
import {module}
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before, time.process_time() - begun, *sys.modules)
"""


def plain(name: str) -> str:
    """A package's name as the index compares it, without version and extras."""
    return re.sub(r"[-_.]+", "-", re.split(r"[ <>=;\[(]", name.strip())[0]).lower()


def test_every_dependency_has_its_line_and_no_other_has_one():
    rows = re.findall(r"^\| (?!package)([^|-][^|]*?) \|", RECORD, re.MULTILINE)
    named = [[plain(name) for name in row.split(",")] for row in rows]
    wanted = {plain(each) for each in [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["test"]]}
    assert wanted - {name for row in named for name in row} == set(), "without a line"
    assert [row for row in named if not wanted.intersection(row)] == [], "a line without a dependency"


def imported(module: str) -> tuple[float, float, set[str]]:
    """MiB and seconds of the processor that an import costs, and the packages it brings."""
    command = [sys.executable, "-c", MEASURE.format(module=module)]
    kib, seconds, *modules = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    return int(kib) / 1024, float(seconds), {each.partition(".")[0] for each in modules}


def test_importing_sip_costs_less_than_half_of_what_it_does_elsewhere():
    imported("appliance.lines.sip.stack")  # compiled now, if it was not
    mib, seconds, packages = imported("appliance.lines.sip.stack")
    assert mib < OTHERS_MIB / 2
    assert seconds < 2 * OTHERS_SECONDS, "a busy machine is given twice the time"
    assert not packages & MEDIA_LIBRARIES


def test_the_exchange_carries_no_library_of_its_helpers():
    mib, _, packages = imported("appliance.exchange")
    assert mib < OTHERS_MIB
    assert not packages & MEDIA_LIBRARIES

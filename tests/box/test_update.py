"""Updates on the image: into slot B and kept, a bad one back by itself, a stranger's refused.

The bundles are those that `image/70-bundle.sh` makes of what was built; a bad one differs in its root alone. The
emulator has no firmware: kernel and initrd stay the ones it was given, and the initrd chooses the slot.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.box.machine import BUILD, TOP, Card, Machine, free_disk

CACHE = Path(os.environ.get("CACHE", TOP / ".cache" / "image"))
UPDATE_SECONDS = 900.0  # an emulated processor reckons up 150 MB several times, and a minute is waited for
BUNDLE_SECONDS = 300
# A version whose page does not come up, and which does not wait ten minutes to find that out.
NO_PAGE = "#!/bin/sh\\nexit 1\\n"
IMPATIENT = 'DYZURKA_RUN="--data /data/dyzurka --web 0.0.0.0:80 --probation 60"\\n'

pytestmark = pytest.mark.full


def bundle(version: str, **env: str) -> Path:
    """The signed bundle of this version, made as `./build.sh` makes it."""
    known = os.environ | {"CACHE": str(CACHE), "BUILD": str(BUILD), "BUNDLE_VERSION": version, **env}
    subprocess.run(["image/70-bundle.sh"], cwd=TOP, env=known, check=True, timeout=BUNDLE_SECONDS)
    return BUILD / f"dyzurka-{version}.raucb"


def root_without_page(folder: Path) -> Path:
    """A slot's root in which the page ends at once."""
    root = folder / "bad.squashfs"
    page, defaults = "usr/lib/dyzurka/bin/dyzurka-page", "etc/default/dyzurka"
    words = ["mksquashfs", str(CACHE / "tree"), str(root), "-comp", "zstd", "-Xcompression-level", "1", "-no-progress"]
    words += ["-quiet", "-noappend", "-p", f"{page} f 755 0 0 printf '{NO_PAGE}'"]
    words += ["-p", f"{defaults} f 644 0 0 printf '{IMPATIENT}'"]
    subprocess.run([*words, "-e", page, defaults], check=True, capture_output=True, timeout=BUNDLE_SECONDS)
    return root


@pytest.fixture(scope="module")
def good() -> Path:
    return bundle("90.0.0", NEWS="Quieter ringing")


@pytest.fixture(scope="module")
def bad(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = root_without_page(tmp_path_factory.mktemp("bad"))
    return bundle("91.0.0", BUNDLE_ROOT=str(root))


@pytest.fixture
def card(tmp_path: Path) -> Iterator[Card]:
    card = Card(tmp_path / "card", more_mib=1536)
    yield card
    free_disk(card.folder)


@pytest.fixture
def box(card: Card) -> Iterator[Machine]:
    """A box of its own: what happens to it happens to no other test's."""
    machine = Machine(card).up()
    yield machine
    if machine.on:
        machine.pull_the_plug()


def brings(box: Machine, path: Path) -> None:
    """The file lies on the box, as if it had been carried there."""
    box.run("cat > /data/new.part && sync && mv /data/new.part /data/new.raucb && sync", 300, text=path.read_bytes())


def stands(box: Machine) -> dict:
    """What the exchange says of updates; {} while it does not answer."""
    return box.asks("update")


def ended(box: Machine, state: str) -> dict:
    """How things stand once the last update has ended, which must be so."""
    box.until(
        f"the update has ended: {state}",
        lambda: ((stands(box).get("update") or {}).get("goes_on")) is False,
        UPDATE_SECONDS,
    )
    told = stands(box)
    assert told["update"]["state"] == state, told["update"]
    return told


def running(box: Machine) -> str:
    """The slot whose root is mounted: by the initrd's word, and by the disk's."""
    slot = box.run("cat /run/dyzurka/slot").strip()
    source = box.run("findmnt -no SOURCE / | head -n 1").strip()
    assert source.endswith({"A": "2", "B": "3"}[slot]), (slot, source)
    return slot


def committed(box: Machine) -> str:
    """The slot that the firmware would start."""
    found = re.findall(r"^os_prefix=([AB])/", box.run("cat /firmware/config.txt"), re.MULTILINE)
    return str(found[-1])


def remembers(box: Machine, what: str) -> None:
    """Something in the register, and a setting, of before the update."""
    box.run(f"echo {what} > /data/dyzurka/prompts/{what}.txt")


def test_an_update_goes_into_slot_b_and_stays(box, good):
    assert (running(box), committed(box)) == ("A", "A")
    remembers(box, "before")
    before = box.register()
    brings(box, good)
    said = box.run("dyzurka update /data/new.raucb", UPDATE_SECONDS, check=False)
    assert "90.0.0, signed by" in said
    assert "Quieter ringing" in said
    told = ended(box, "done")
    assert (running(box), committed(box)) == ("B", "B")
    assert told["slots"]["holds"]["B"] == {"version": "90.0.0", "good": True}
    assert box.run(f"ls /data/dyzurka/{told['update']['backup']}")
    assert box.run("cat /data/dyzurka/prompts/before.txt").strip() == "before"
    assert box.register()[: len(before)] == before
    assert box.run("cat /run/dyzurka/probation").strip() == "kept"
    box.run("systemctl reboot", check=False)
    box.until("it has restarted", lambda: "slot B" in box.console(), 120)
    box.up()
    assert running(box) == "B"
    # And back, which is tried in the same way.
    box.run("dyzurka update --back", UPDATE_SECONDS, check=False)
    ended(box, "done")
    assert (running(box), committed(box)) == ("A", "A")


def test_a_bad_update_goes_back_by_itself(box, bad):
    brings(box, bad)
    box.run("dyzurka update /data/new.raucb", UPDATE_SECONDS, check=False)
    told = ended(box, "back")
    assert (running(box), committed(box)) == ("A", "A")
    assert told["update"]["why"]["key"] == "unwell"
    assert "page" in told["update"]["why"]["values"]["missing"]
    assert any("91.0.0" in fault for fault in box.status()["faults"])


def test_what_a_stranger_signed_or_somebody_changed_is_refused(box, good, tmp_path):
    from tests.unit.updating.test_bundle import bundle as signed
    from tests.unit.updating.test_bundle import certificate

    certificate(tmp_path, "Stranger")
    brings(box, signed(tmp_path, "stranger", "Stranger"))
    assert "Nobody whom this box trusts" in box.run("dyzurka update /data/new.raucb 2>&1", 120, check=False)
    whole = bytearray(good.read_bytes())
    whole[len(whole) // 2] ^= 1
    (tmp_path / "changed.raucb").write_bytes(whole)
    brings(box, tmp_path / "changed.raucb")
    assert "damaged" in box.run("dyzurka update /data/new.raucb 2>&1", 300, check=False)
    assert (running(box), committed(box)) == ("A", "A")
    assert box.run("ls /data/dyzurka/incoming/").strip() == ""


def test_a_new_version_that_does_not_answer_for_itself_is_left_by_root_s_guard(box, card, good):
    """Its exchange may be dead altogether: nothing of it is asked."""
    brings(box, good)
    box.run("dyzurka update /data/new.raucb", UPDATE_SECONDS, check=False)
    box.until("it has restarted", lambda: "slot B is on probation" in box.console(), UPDATE_SECONDS)
    box.until("slot B answers", lambda: box.run("cat /run/dyzurka/slot", 20, check=False).strip() == "B", 300)
    box.run("systemctl stop dyzurka-exchange; systemctl start --no-block dyzurka-probation.service", check=False)
    told = ended(box, "back")
    assert (running(box), committed(box)) == ("A", "A")
    assert told["update"]["why"]["key"] == "cut_off_proving"

"""What the emulator cannot miss: the drivers that a Raspberry Pi's device tree names are on the image, and whole."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.box.test_update import CACHE

NAME = re.compile(rb"[ -~]{3,}")
# Bluetooth, the camera, sound by the header, and the firmware's own sound: nobody here uses them.
NOT_WANTED = {"hci_uart", "pisp_be", "rp1_cfe", "snd_soc_bcm2835_i2s", "vchiq"}
USB = (
    "dwc2",
    "dwc3",
    "xhci_pci",
    "xhci_plat_hcd",
    "option",
    "cdc_acm",
    "ftdi_sio",
    "snd_usb_audio",
    "usb_storage",
    "uas",
)


@pytest.fixture(scope="module")
def kernel() -> Path:
    return CACHE / "kernel"


@pytest.fixture(scope="module")
def version(kernel) -> str:
    (found,) = (kernel / "lib" / "modules").iterdir()
    return found.name


def modules(root: Path) -> set[str]:
    return {path.name.partition(".ko")[0].replace("-", "_") for path in root.rglob("*.ko*")}


def test_what_a_pi_s_device_tree_names_is_there(kernel, version, tmp_path):
    for each in (CACHE / "debs").glob("linux-modules-*.deb"):
        subprocess.run(["dpkg-deb", "-x", str(each), str(tmp_path)], check=True)
    subprocess.run(["/usr/sbin/depmod", "-b", str(tmp_path / "usr"), version], check=True, capture_output=True)
    whole = tmp_path / "usr" / "lib" / "modules" / version
    trees = sorted((kernel / "dtb").glob("*.dtb"))
    named = {each.decode() for tree in trees for each in NAME.findall(tree.read_bytes())}
    wanted = set()
    for line in (whole / "modules.alias").read_text().splitlines():
        alias, *module = line.split()[1:]
        if alias.startswith("of:") and alias.partition("C")[2].removesuffix("*").removesuffix("C") in named:
            wanted.update(module)
    assert len(trees) > 5 and {"genet", "sdhci_brcmstb"} <= wanted
    assert wanted - modules(kernel) == NOT_WANTED


@pytest.mark.parametrize("module", USB)
def test_a_usb_driver_has_all_that_it_needs(kernel, version, module):
    words = ["/usr/sbin/modprobe", "-d", str(kernel), "-S", version, "--show-depends", module]
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    driver = subprocess.run(
        ["/usr/sbin/modinfo", "-b", str(kernel), "-k", version, "-F", "depends", module], capture_output=True, text=True
    )
    needed = {each for each in driver.stdout.strip().replace("-", "_").split(",") if each}
    there = {Path(line.split()[1]).name.partition(".ko")[0].replace("-", "_") for line in done.stdout.splitlines()}
    assert needed <= there, needed - there

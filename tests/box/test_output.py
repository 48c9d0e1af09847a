"""What goes out beside the card: what it was made from and how large it is can be checked by whoever downloads it."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.box.machine import BUILD, TOP
from tests.box.test_update import CACHE

BUILD_SECONDS = 1200
LARGEST = 180 << 20  # bytes
AGAIN = ("root", "kernel", "firmware", "busybox", "packages.txt")
MADE = ("root", "kernel", "module")

pytestmark = [pytest.mark.full, pytest.mark.timeout(2 * BUILD_SECONDS)]


def build(*words: str, **env: str) -> None:
    known = os.environ | {"CACHE": str(CACHE), "BUILD": str(BUILD), **env}
    subprocess.run(["./build.sh", *words], cwd=TOP, env=known, check=True, timeout=BUILD_SECONDS)


def digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@pytest.fixture(scope="module")
def packed() -> Path:
    build()
    return max(BUILD.glob("dyzurka-*.img.zst"), key=lambda path: path.stat().st_mtime)


def beside(packed: Path, ending: str) -> Path:
    return packed.with_name(packed.name.removesuffix(".img.zst") + ending)


def test_the_download_is_small_and_its_checksum_is_beside_it(packed):
    assert packed.stat().st_size <= LARGEST, f"{packed.stat().st_size / (1 << 20):.1f} MiB"
    subprocess.run(["sha256sum", "--check", "--quiet", f"{packed.name}.sha256"], cwd=packed.parent, check=True)


def test_what_rpi_imager_is_told_is_so(packed):
    (entry,) = json.loads(beside(packed, ".rpi-imager.json").read_text())["os_list"]
    card = beside(packed, ".img")
    assert entry["image_download_size"] == packed.stat().st_size
    assert entry["image_download_sha256"] == digest(packed)
    assert entry["extract_size"] == card.stat().st_size
    unpacked = subprocess.run(["zstd", "-dc", str(packed)], check=True, capture_output=True).stdout
    assert hashlib.sha256(unpacked).hexdigest() == entry["extract_sha256"] == digest(card)


def test_the_list_of_contents_names_every_package(packed):
    told = json.loads(beside(packed, ".spdx.json").read_text())
    # Debian and PyPI have packages of one name: gpiod.
    listed = {(each["SPDXID"].split("-")[1], each["name"], each["versionInfo"]) for each in told["packages"]}
    for line in (CACHE / "packages.txt").read_text().splitlines():
        name, version, *_ = line.split()
        assert ("debian", name, version) in listed
    libraries = CACHE / "tree" / "usr" / "lib" / "dyzurka" / "lib"
    for each in libraries.glob("*.dist-info"):
        name, version = each.name.removesuffix(".dist-info").split("-")
        assert ("pypi", name, version) in listed
    assert ("debian", "linux-image-arm64", (TOP / "image" / "kernel.version").read_text().strip()) in listed
    assert len({each["SPDXID"] for each in told["packages"]}) == len(told["packages"])


def test_what_may_differ_between_two_builds_is_listed_and_nothing_else_differs(packed, tmp_path):
    again = tmp_path / "cache"
    again.mkdir()
    kept = [CACHE / name for name in (*AGAIN, *(f"{each}.made" for each in MADE))]
    subprocess.run(["cp", "-a", "--reflink=auto", *map(str, kept), str(again)], check=True)
    subprocess.run(["cp", "-a", str(CACHE.parent / "update-key"), str(tmp_path)], check=True)
    build("--card", CACHE=str(again), BUILD=str(tmp_path / "build"), SQUASH_LEVEL="22")
    first, second = beside(packed, ".img"), next((tmp_path / "build").glob("*.img"))
    assert digest(CACHE / "initrd.zst") == digest(again / "initrd.zst")
    assert digest(CACHE / "root.squashfs") == digest(again / "root.squashfs")
    assert digest(first) == digest(second)
    assert "packages.txt" in beside(packed, ".reproducible.txt").read_text()

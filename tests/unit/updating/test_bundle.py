"""Bundles as RAUC itself makes them: signed by us, by a stranger, by nobody; cut, changed, for another machine."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from appliance.updating.bundle import read, signer_in, understood
from appliance.updating.slots import Bundle, SlotsError

MANIFEST = """[update]
compatible=dyzurka-raspberrypi-arm64
version=0.2.0
description=Żółw dzwoni

[bundle]
format={format}

[image.rootfs]
filename=root.squashfs
"""


def run(*command: str, cwd: Path) -> None:
    subprocess.run(command, cwd=cwd, check=True, capture_output=True)


def certificate(folder: Path, name: str) -> None:
    run(
        *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
        *("-days", "30", "-keyout", f"{name}.key", "-out", f"{name}.pem", "-subj", f"/O=Example/CN={name}"),
        cwd=folder,
    )


def bundle(folder: Path, name: str, signer: str = "Publisher", form: str = "verity") -> Path:
    content = folder / f"{name}.d"
    content.mkdir()
    (content / "manifest.raucm").write_text(MANIFEST.format(format=form))
    (content / "root.squashfs").write_bytes(bytes(range(256)) * 8000)
    run("rauc", f"--cert={signer}.pem", f"--key={signer}.key", "bundle", content.name, f"{name}.raucb", cwd=folder)
    return folder / f"{name}.raucb"


@pytest.fixture(scope="module")
def publisher(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with two people's keys, and a bundle that the first of them has signed."""
    folder = tmp_path_factory.mktemp("publisher")
    certificate(folder, "Publisher")
    certificate(folder, "Stranger")
    bundle(folder, "good")
    return folder


def refused(path: Path, keyring: Path) -> str:
    with pytest.raises(SlotsError) as error:
        read(path, keyring)
    return error.value.key


def test_a_signed_bundle_says_what_it_is_and_who_signed_it(publisher):
    path = publisher / "good.raucb"
    assert read(path, publisher / "Publisher.pem") == Bundle(
        version="0.2.0",
        compatible="dyzurka-raspberrypi-arm64",
        description="Żółw dzwoni",
        signer="Publisher",
        bytes=path.stat().st_size,
    )


def test_what_a_stranger_signed_is_not_signed(publisher):
    assert refused(bundle(publisher, "stranger", "Stranger"), publisher / "Publisher.pem") == "not_signed"


def test_what_was_changed_behind_the_signature_is_found(publisher):
    """`rauc info` alone does not notice it: it looks at the signature, and the data are read when they are needed."""
    whole = bytearray((publisher / "good.raucb").read_bytes())
    whole[len(whole) // 3] ^= 1
    changed = publisher / "changed.raucb"
    changed.write_bytes(whole)
    run("rauc", "--keyring=Publisher.pem", "info", "changed.raucb", cwd=publisher)
    assert refused(changed, publisher / "Publisher.pem") == "tampered"


def test_a_changed_signature_is_none(publisher):
    whole = bytearray((publisher / "good.raucb").read_bytes())
    whole[-300] ^= 1
    (publisher / "forged.raucb").write_bytes(whole)
    assert refused(publisher / "forged.raucb", publisher / "Publisher.pem") == "not_signed"


def test_a_format_that_cannot_be_checked_while_it_is_read_is_refused(publisher):
    assert refused(bundle(publisher, "plain", form="plain"), publisher / "Publisher.pem") == "no_bundle"


@pytest.mark.parametrize("what", ["half of it", "nothing", "another file", "no file"])
def test_what_is_no_whole_bundle_is_said_to_be_none(publisher, tmp_path, what):
    whole = (publisher / "good.raucb").read_bytes()
    content = {"half of it": whole[: len(whole) // 2], "nothing": b"", "another file": b"PK\3\4" + bytes(100_000)}
    path = tmp_path / "dyzurka.raucb"
    if what in content:
        path.write_bytes(content[what])
    assert refused(path, publisher / "Publisher.pem") == "no_bundle"


@pytest.mark.parametrize(
    ("output", "name"),
    [
        ("rauc-Message: 10:04:26.939: Verified inline signature by 'O = Example, CN = Publisher'", "Publisher"),
        ("Verified inline signature by '/O=Example/CN=Publisher'", "Publisher"),
        ("Verified inline signature by 'O = Example'", "O = Example"),
        ("nothing of that", ""),
    ],
)
def test_the_signer_is_named(output, name):
    assert signer_in(output) == name


@pytest.mark.parametrize("text", ["", "[update]", "no manifest", "[update]\nversion=1\n[bundle]\nformat=verity"])
def test_half_a_manifest_is_none(text):
    with pytest.raises(SlotsError, match="no_bundle"):
        understood(text)

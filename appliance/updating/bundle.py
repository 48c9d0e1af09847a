"""A RAUC bundle before it is installed: who signed it, what it says of itself, whether all of it is what was signed.

`rauc info` checks the signature alone; a bundle that was cut or changed behind it would be found while the other slot
is already half overwritten. So the dm-verity hash of all the data is reckoned up here, too. RAUC checks everything once
more when it installs: what is found here is for people to read, and never the reason to trust a bundle.
"""

from __future__ import annotations

import os
import re
import struct
import subprocess
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import IO

from appliance.updating.slots import Bundle, SlotsError

BLOCK_BYTES = 4096  # of dm-verity, both of data and of hashes
DIGEST_BYTES = 32
MOST_SIGNATURE_BYTES = 65536  # RAUC's own limit is 64 KiB
SIZE_BYTES = 8  # at the very end: how long the signature before it is, big endian
MOST_TEXT = 300  # of what a bundle says of itself
COMMAND_SECONDS = 120.0
KEYS = ("compatible", "version", "description")

_SIGNER = re.compile(r"[Vv]erified inline signature by '(.*)'")
_COMMON_NAME = re.compile(r"(?:^|[,/]\s*)CN\s*=\s*([^,/]+)")


@dataclass(frozen=True, slots=True)
class Manifest:
    """What was signed: what the bundle is, and the root of the hashes of its data (hex; `tree`: bytes of the tree)."""

    compatible: str
    version: str
    description: str
    root: str
    salt: str
    tree: int


def read(path: Path, keyring: Path) -> Bundle:
    """The bundle, if somebody in the keyring signed every byte of it. Takes seconds: not within an event loop.

    Raises SlotsError: "no_bundle", "not_signed" {why}, "tampered", "no_rauc".
    """
    try:
        with path.open("rb") as file:
            signature, data = _parts(file)
            signer = _verified(path, keyring)
            manifest = understood(_content(signature))
            if _root(file, data - manifest.tree, bytes.fromhex(manifest.salt)) != manifest.root:
                raise SlotsError("tampered")
            size = os.fstat(file.fileno()).st_size
    except OSError as error:
        raise SlotsError("no_bundle", why=str(error)) from error
    return Bundle(manifest.version, manifest.compatible, manifest.description, signer, size)


def understood(text: str) -> Manifest:
    """A manifest of the verity format. Raises SlotsError "no_bundle"."""
    import configparser  # while an update is looked at, and not in every exchange

    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(text)
        update, bundle = parser["update"], parser["bundle"]
        if bundle.get("format") != "verity":
            raise SlotsError("no_bundle", why="its format is not verity")
        root, salt, tree = bundle["verity-hash"], bundle["verity-salt"], int(bundle["verity-size"])
        bytes.fromhex(root + salt)
        compatible, version, description = (_shown(update.get(key, "")) for key in KEYS)
    except (configparser.Error, KeyError, ValueError) as error:
        raise SlotsError("no_bundle", why=f"its manifest cannot be understood ({error})") from error
    return Manifest(compatible, version, description, root, salt, tree)


def signer_in(output: str) -> str:
    """The name of whoever signed, out of what `rauc info` tells; "" where it tells none."""
    found = _SIGNER.search(output)
    if not found:
        return ""
    name = _COMMON_NAME.search(found[1])
    return _shown(name[1].strip() if name else found[1])


def why_in(output: str) -> str:
    """Why a signature was not found good: the last line that `rauc info` tells."""
    lines = [line.strip() for line in output.splitlines() if line.strip() and "Message:" not in line]
    return _shown(lines[-1]) if lines else ""


def _shown(text: str) -> str:
    return "".join(each for each in text if each.isprintable())[:MOST_TEXT]


def _parts(file: IO[bytes]) -> tuple[bytes, int]:
    """The signature (CMS, DER), and how many bytes stand before it."""
    size = file.seek(0, os.SEEK_END)
    if size < SIZE_BYTES + BLOCK_BYTES:
        raise SlotsError("no_bundle", why="it is too short")
    file.seek(size - SIZE_BYTES)
    (length,) = struct.unpack(">Q", file.read(SIZE_BYTES))
    begins = size - SIZE_BYTES - length
    if not 0 < length <= MOST_SIGNATURE_BYTES or begins < BLOCK_BYTES:
        raise SlotsError("no_bundle", why="there is no signature at its end: it is another file, or only a part")
    file.seek(begins)
    return file.read(length), begins


def _verified(path: Path, keyring: Path) -> str:
    """Who signed. Raises SlotsError."""
    try:
        done = subprocess.run(
            ["rauc", f"--keyring={keyring}", "info", str(path)],
            capture_output=True,
            timeout=COMMAND_SECONDS,
            env=os.environ | {"LC_ALL": "C.UTF-8"},
        )
    except (FileNotFoundError, subprocess.TimeoutExpired) as error:
        raise SlotsError("no_rauc", why=str(error)) from error
    told = (done.stdout + b"\n" + done.stderr).decode(errors="replace")
    if done.returncode:
        raise SlotsError("not_signed", why=why_in(done.stderr.decode(errors="replace")))
    return signer_in(told)


def _content(signature: bytes) -> str:
    """What was signed, out of a signature that was found good."""
    done = subprocess.run(
        ["openssl", "cms", "-verify", "-noverify", "-inform", "DER"],
        input=signature,
        capture_output=True,
        timeout=COMMAND_SECONDS,
    )
    if done.returncode:
        raise SlotsError("no_bundle", why="its signature holds no manifest: its format is not verity")
    return done.stdout.decode(errors="replace")


def _root(file: IO[bytes], length: int, salt: bytes) -> str:
    """The root hash of the first `length` bytes, by dm-verity's format 1 (kernel: admin-guide/device-mapper/verity)."""
    if length <= 0 or length % BLOCK_BYTES:
        raise SlotsError("tampered")
    file.seek(0)
    level = bytearray()
    for _ in range(length // BLOCK_BYTES):
        level += sha256(salt + file.read(BLOCK_BYTES)).digest()
    while len(level) > DIGEST_BYTES:
        level += bytes(-len(level) % BLOCK_BYTES)
        level = bytearray(
            b"".join(sha256(salt + level[at : at + BLOCK_BYTES]).digest() for at in range(0, len(level), BLOCK_BYTES))
        )
    return level.hex()

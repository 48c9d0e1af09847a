"""Certificates for tests, made on the spot by openssl: an authority of one's own, and what it signs or should not."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

CONFIG = """\
[ca]
default_ca = ours
[ours]
database = {folder}/index.txt
new_certs_dir = {folder}
rand_serial = yes
default_md = sha256
policy = any
copy_extensions = copy
unique_subject = no
[any]
commonName = supplied
"""
KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
PAST, LONG_PAST, FAR = "20210101000000Z", "20200101000000Z", "20450101000000Z"


class Authority:
    """Signs in `folder`; `ca` is its own certificate."""

    def __init__(self, folder: Path) -> None:
        assert shutil.which("openssl"), "openssl is missing: tools/setup.sh test installs it"
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        (folder / "index.txt").write_text("")
        (folder / "ca.cnf").write_text(CONFIG.format(folder=folder))
        self.ca = folder / "ca.pem"
        _openssl("req", "-x509", *KEY, "-keyout", folder / "ca.key", "-out", self.ca, "-subj", "/CN=Test CA")

    def certificate(self, name: str, *, host: str, expired: bool = False) -> Path:
        """A file with key and certificate for `host` ("DNS:…" or "IP:…"), signed by this authority."""
        key, asked, signed = (self.folder / f"{name}.{kind}" for kind in ("key", "csr", "crt"))
        _openssl(
            "req", *KEY, "-keyout", key, "-out", asked, "-subj", f"/CN={name}", "-addext", f"subjectAltName={host}"
        )
        start, end = (LONG_PAST, PAST) if expired else (LONG_PAST, FAR)
        _openssl(
            *("ca", "-batch", "-notext", "-config", self.folder / "ca.cnf", "-cert", self.ca),
            *("-keyfile", self.folder / "ca.key", "-in", asked, "-out", signed, "-startdate", start, "-enddate", end),
        )
        return self._joined(name, key, signed)

    def self_signed(self, name: str, *, host: str) -> Path:
        """The same, signed by nobody but itself."""
        key, signed = self.folder / f"{name}.key", self.folder / f"{name}.crt"
        _openssl(
            *("req", "-x509", *KEY, "-keyout", key, "-out", signed, "-subj", f"/CN={name}"),
            *("-addext", f"subjectAltName={host}"),
        )
        return self._joined(name, key, signed)

    def _joined(self, name: str, key: Path, signed: Path) -> Path:
        joined = self.folder / f"{name}.pem"
        joined.write_text(key.read_text() + signed.read_text())
        return joined


def _openssl(*words: str | Path) -> None:
    done = subprocess.run(["openssl", *map(str, words)], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr

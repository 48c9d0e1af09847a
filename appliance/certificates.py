"""The box's own certificate authority, and the certificate of its page: made and renewed by the command `openssl`.

Both lie in DATA/tls, which the page reads. The authority may vouch for names in this building alone (name constraints,
RFC 5280 §4.2.1.10): a telephone that trusts it trusts no foreign site because of it.
"""

from __future__ import annotations

import ipaddress
import json
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from appliance.clock import Clock
from appliance.media.durable import write_durably
from appliance.sharing import make_private

FOLDER, STATE = "tls", "tls.json"  # below the data directory
AUTHORITY, AUTHORITY_KEY, CERTIFICATE, CERTIFICATE_KEY = "ca.crt", "ca.key", "box.crt", "box.key"
OFF, OFFERED, ONLY = "off", "offered", "only"  # not served; served beside plain HTTP; plain HTTP leads to it
MODES = (OFF, OFFERED, ONLY)
PRIVATE_MODE, PUBLIC_MODE = 0o600, 0o644
AUTHORITY_DAYS = 3650
CERTIFICATE_DAYS = 397  # what browsers take at most
RENEWED_BEFORE = timedelta(days=30)
OPENSSL_SECONDS = 30.0
MOST_NAMES = 40
# Where a building's network may lie: RFC 1918, 3927, 4193, 4291, 6598, and the machine itself.
PRIVATE = (
    *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "127.0.0.0/8"),
    *("fc00::/7", "fe80::/10", "::1/128"),
)
_NETWORKS = tuple(ipaddress.ip_network(each) for each in PRIVATE)
_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


class CertificateError(Exception):
    """No certificate could be made; the text says why and what to do."""


class Certificates:
    """What lies in DATA/tls. Its methods wait for the disk and for openssl: ask them in a thread."""

    def __init__(self, data: Path, clock: Clock) -> None:
        self._folder, self._clock = data / FOLDER, clock

    def state(self) -> dict[str, Any]:
        """{"mode", "names", "until": ISO 8601 | "", "fingerprint": SHA-256 of the authority | ""}."""
        kept = self._kept()
        mode = kept.get("mode")
        return {
            "mode": mode if mode in MODES and (self._folder / CERTIFICATE).exists() else OFF,
            "names": [str(each) for each in kept.get("names", ())],
            "until": str(kept.get("until", "")),
            "fingerprint": str(kept.get("fingerprint", "")) if (self._folder / AUTHORITY).exists() else "",
        }

    def choose(self, mode: str, names: Iterable[str]) -> dict[str, Any]:
        """Serve it so from now on; the state. Raises CertificateError, OSError; then all is as it was."""
        if mode == OFF:
            for each in (CERTIFICATE, CERTIFICATE_KEY):
                (self._folder / each).unlink(missing_ok=True)
            self._keep(mode=OFF)
            return self.state()
        make_private(self._folder)
        self._ensure(names)
        self._keep(mode=mode)
        return self.state()

    def renew(self, names: Iterable[str]) -> bool:
        """Whether another certificate was made, because its time ends or the box has a further name.

        Raises CertificateError, OSError.
        """
        return self.state()["mode"] != OFF and self._ensure(names)

    def _ensure(self, names: Iterable[str]) -> bool:
        """See that there is a good certificate for these names; whether one had to be made."""
        now, kept = self._clock.now(), self.state()
        wanted = fitting([*names, *kept["names"]])
        until = datetime.fromisoformat(kept["until"]) if kept["until"] else now
        good = now + RENEWED_BEFORE < until <= now + timedelta(days=CERTIFICATE_DAYS)
        there = (self._folder / CERTIFICATE).exists() and self._authority_is_good()
        if good and there and set(wanted) == set(kept["names"]):
            return False
        self._certify(wanted)
        return True

    def _certify(self, names: Sequence[str]) -> None:
        """A new certificate for these names, and the authority first, where there is none."""
        if not names:
            raise CertificateError(
                "the box has no address in a private network: HTTPS is for the building's own network"
            )
        with tempfile.TemporaryDirectory(dir=self._folder, prefix=".making-") as place:
            making = Path(place)
            if not self._authority_is_good():
                self._make_authority(making)
            request, made, key = (making / each for each in ("box.csr", CERTIFICATE, CERTIFICATE_KEY))
            extensions = making / "box.cnf"
            extensions.write_text(_CERTIFICATE.format(names=", ".join(map(_alternative, names))), encoding="utf-8")
            subject = ("-config", self._config(making), "-subj", "/CN=Dyzurka")
            _openssl("req", *_KEY, "-keyout", key, "-out", request, *subject)
            _openssl(
                *("x509", "-req", "-in", request, "-CA", self._folder / AUTHORITY),
                *("-CAkey", self._folder / AUTHORITY_KEY, "-set_serial", f"0x{secrets.token_hex(16)}"),
                *("-days", CERTIFICATE_DAYS, "-extfile", extensions, "-out", made),
            )
            write_durably(self._folder / CERTIFICATE_KEY, key.read_bytes(), PRIVATE_MODE)
            write_durably(self._folder / CERTIFICATE, made.read_bytes(), PUBLIC_MODE)
        until = self._clock.now() + timedelta(days=CERTIFICATE_DAYS)
        self._keep(names=list(names), until=until.isoformat(timespec="seconds"), fingerprint=self._fingerprint())

    def _authority_is_good(self) -> bool:
        there = all((self._folder / each).exists() for each in (AUTHORITY, AUTHORITY_KEY))
        made = self._kept().get("authority_until")
        return there and (not made or datetime.fromisoformat(made) > self._clock.now() + RENEWED_BEFORE)

    def _make_authority(self, making: Path) -> None:
        key, made = making / AUTHORITY_KEY, making / AUTHORITY
        mark = secrets.token_hex(3)  # two boxes' authorities are told apart in a telephone's list
        subject = ("-subj", f"/CN=Dyzurka {mark}", "-config", self._config(making), "-extensions", "authority")
        _openssl("req", "-x509", *_KEY, "-days", AUTHORITY_DAYS, "-keyout", key, "-out", made, *subject)
        write_durably(self._folder / AUTHORITY_KEY, key.read_bytes(), PRIVATE_MODE)
        write_durably(self._folder / AUTHORITY, made.read_bytes(), PUBLIC_MODE)
        until = self._clock.now() + timedelta(days=AUTHORITY_DAYS)
        self._keep(authority_until=until.isoformat(timespec="seconds"))

    def _config(self, making: Path) -> Path:
        path = making / "openssl.cnf"
        networks = [f"permitted;IP:{each.network_address}/{each.netmask}" for each in _NETWORKS]
        permitted = ", ".join(["permitted;DNS:local", "permitted;DNS:localhost", *networks])
        path.write_text(_AUTHORITY.format(permitted=permitted), encoding="utf-8")
        return path

    def _fingerprint(self) -> str:
        told = _openssl("x509", "-in", self._folder / AUTHORITY, "-noout", "-fingerprint", "-sha256")
        return told.rpartition("=")[2].strip()

    def _kept(self) -> dict[str, Any]:
        try:
            kept = json.loads((self._folder / STATE).read_bytes())
        except (OSError, ValueError):
            return {}
        return kept if isinstance(kept, dict) else {}

    def _keep(self, **values: object) -> None:
        make_private(self._folder)
        content = json.dumps({**self._kept(), **values}).encode()
        write_durably(self._folder / STATE, content, PUBLIC_MODE)


def fitting(names: Iterable[str]) -> list[str]:
    """Those that the authority may vouch for: addresses of private networks, localhost, names ending in .local."""
    found = dict.fromkeys(each.strip().rstrip(".").lower() for each in names)
    return [each for each in found if _fits(each)][:MOST_NAMES]


def _fits(name: str) -> bool:
    address = _address(name)
    if address is not None:
        return any(address in network for network in _NETWORKS)
    labels = name.split(".")
    plain = all(label.replace("-", "").isalnum() and label.isascii() for label in labels) and len(name) < 254
    return plain and (name == "localhost" or (len(labels) > 1 and labels[-1] == "local"))


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None


def _alternative(name: str) -> str:
    return f"DNS:{name}" if _address(name) is None else f"IP:{name}"


def _openssl(*words: object) -> str:
    """What it said. Raises CertificateError."""
    program = shutil.which("openssl")
    if program is None:
        raise CertificateError("the command openssl is missing: apt install openssl")
    try:
        done = subprocess.run(
            [program, *map(str, words)], capture_output=True, text=True, timeout=OPENSSL_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CertificateError(f"openssl: {error}") from error
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["?"])[-1]
        raise CertificateError(f"openssl {words[0]}: {said}")
    return done.stdout


_AUTHORITY = """[req]
distinguished_name = name
prompt = no
[name]
CN = Dyzurka
[authority]
basicConstraints = critical, CA:TRUE, pathlen:0
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
nameConstraints = critical, {permitted}
"""
_CERTIFICATE = """basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = {names}
"""

"""The box's own certificate authority, as a browser that trusts it sees it."""

from __future__ import annotations

import json
import shutil
import socket
import ssl
import stat
import subprocess
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from appliance.certificates import CertificateError, Certificates, fitting

NAMES = ["192.168.1.20", "dyzurka.local", "fd00::1"]


class Standing:
    """A clock that is put on by hand."""

    def __init__(self) -> None:
        self.wall = datetime.now(UTC)

    def now(self) -> datetime:
        return self.wall

    def monotonic(self) -> float:
        return 0.0


@pytest.fixture
def clock() -> Standing:
    return Standing()


@pytest.fixture
def box(tmp_path: Path, clock: Standing) -> Certificates:
    return Certificates(tmp_path, clock)


def accepted(folder: Path, name: str) -> bool:
    """Whether a browser that trusts the authority takes the certificate for that name."""
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(folder / "box.crt", folder / "box.key")
    trusting = ssl.create_default_context(cafile=str(folder / "ca.crt"))
    ours, theirs = socket.socketpair()

    def serve() -> None:
        try:
            with serving.wrap_socket(ours, server_side=True) as held:
                held.recv(1)
        except OSError:
            ours.close()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        with trusting.wrap_socket(theirs, server_hostname=name):
            return True
    except ssl.SSLCertVerificationError:
        return False
    finally:
        theirs.close()
        thread.join()


def test_a_new_box_has_no_https(box: Certificates) -> None:
    assert box.state() == {"mode": "off", "names": [], "until": "", "fingerprint": ""}
    assert not box.renew(NAMES)


def test_a_browser_that_trusts_the_authority_takes_the_page_under_all_its_names(
    box: Certificates, tmp_path: Path
) -> None:
    state = box.choose("offered", NAMES)
    assert state["mode"] == "offered"
    assert state["names"] == NAMES
    assert len(state["fingerprint"].split(":")) == 32
    assert [accepted(tmp_path / "tls", name) for name in NAMES] == [True, True, True]
    assert not accepted(tmp_path / "tls", "192.168.1.21")


def test_keys_are_the_owners_alone(box: Certificates, tmp_path: Path) -> None:
    box.choose("only", NAMES)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "tls").iterdir()}
    assert modes["ca.key"] == modes["box.key"] == 0o600
    assert stat.S_IMODE((tmp_path / "tls").stat().st_mode) == 0o700


def test_the_authority_cannot_vouch_for_a_bank(box: Certificates, tmp_path: Path) -> None:
    box.choose("offered", NAMES)
    folder = tmp_path / "tls"
    forged = [
        *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
        *("-CA", str(folder / "ca.crt"), "-CAkey", str(folder / "ca.key"), "-keyout", str(folder / "box.key")),
        *("-out", str(folder / "box.crt"), "-subj", "/CN=bank", "-addext", "subjectAltName=DNS:bank.example.com"),
        *("-addext", "basicConstraints=critical,CA:FALSE"),
    ]
    done = subprocess.run(forged, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert not accepted(folder, "bank.example.com")


def test_it_is_renewed_a_month_before_its_end_by_the_same_authority(
    box: Certificates, clock: Standing, tmp_path: Path
) -> None:
    before = box.choose("only", NAMES)
    clock.wall += timedelta(days=300)
    assert not box.renew(NAMES)
    clock.wall += timedelta(days=70)
    assert box.renew(NAMES)
    after = box.state()
    assert after["fingerprint"] == before["fingerprint"]
    assert after["until"] > before["until"]
    assert after["mode"] == "only"


def test_a_new_address_of_the_box_comes_into_the_certificate_and_old_ones_stay(
    box: Certificates, tmp_path: Path
) -> None:
    box.choose("only", NAMES)
    assert box.renew(["192.168.1.77"])
    assert accepted(tmp_path / "tls", "192.168.1.77")
    assert accepted(tmp_path / "tls", "192.168.1.20")


def test_switched_off_and_on_again_devices_still_trust_it(box: Certificates, tmp_path: Path) -> None:
    before = box.choose("offered", NAMES)
    assert box.choose("off", ())["mode"] == "off"
    assert not (tmp_path / "tls" / "box.key").exists()
    assert box.choose("offered", NAMES)["fingerprint"] == before["fingerprint"]


def test_what_is_not_of_this_network_is_no_name_for_it(box: Certificates) -> None:
    wanted = ["10.0.0.5", "8.8.8.8", "example.com", "LOCALHOST", "box.local.", "x y.local", "", "::1", "DNS:a.local"]
    assert fitting(wanted) == ["10.0.0.5", "localhost", "box.local", "::1"]
    with pytest.raises(CertificateError, match="no address in a private network"):
        box.choose("offered", ["8.8.8.8"])


def test_without_openssl_it_says_what_to_install(box: Certificates, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(CertificateError, match="apt install openssl"):
        box.choose("offered", NAMES)
    assert box.state()["mode"] == "off"


def test_a_spoilt_state_is_off(box: Certificates, tmp_path: Path) -> None:
    box.choose("only", NAMES)
    (tmp_path / "tls" / "tls.json").write_text(json.dumps([1]))
    assert box.state()["mode"] == "off"

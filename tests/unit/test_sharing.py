"""Who may read what the exchange keeps, where the page is another user in the data directory's group, and where not."""

import os
import stat
from pathlib import Path

import pytest

from appliance.media.durable import write_durably
from appliance.sharing import file_mode, is_shared, make_private


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def shared(tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    data.chmod(0o2750)
    return data


@pytest.fixture(autouse=True)
def nobody_sets_the_bit(monkeypatch, tmp_path):
    """As in the box's units: RestrictSUIDSGID."""

    def chmod(path, mode, **more):
        if mode & (stat.S_ISUID | stat.S_ISGID) and Path(path) != tmp_path / "data":
            raise PermissionError(1, "Operation not permitted", str(path))
        return real(path, mode, **more)

    real = os.chmod
    monkeypatch.setattr(os, "chmod", chmod)


def test_what_is_private_is_the_owners_alone(tmp_path):
    write_durably(tmp_path / "users.json", b"{}", 0o600)
    make_private(tmp_path / "tls")
    assert (mode(tmp_path / "users.json"), mode(tmp_path / "tls")) == (0o600, 0o700)
    assert not is_shared(tmp_path) and not is_shared(tmp_path / "nothing")


def test_in_a_shared_directory_the_group_reads_and_writes_nothing(shared):
    before = os.umask(0o027)
    try:
        write_durably(shared / "users.json", b"{}", 0o600)
        make_private(shared / "tls")
        write_durably(shared / "tls" / "key.pem", b"", 0o600)
    finally:
        os.umask(before)
    assert mode(shared / "users.json") == mode(shared / "tls" / "key.pem") == 0o640
    assert mode(shared / "tls") == 0o2750
    assert file_mode(0o600, shared / "tls") == 0o640


def test_the_group_brings_files_in_where_it_is_let(shared):
    make_private(shared / "incoming", group_writes=True)
    assert mode(shared / "incoming") == 0o2770

"""The image as a house has it: it starts, tells where its page is, carries an urgent call, stays within its bounds."""

from __future__ import annotations

import http.client
import json

import pytest

from tests.box.machine import COMMAND_SECONDS
from tests.peers import building, sound
from tests.peers.namespaces import inside
from tests.peers.ports import HOST
from tests.peers.program import until

RESIDENT_HZ, NOWAK_HZ = 1000, 620
REGISTERED_SECONDS, HEAR_SECONDS, WRITTEN_SECONDS = 60.0, 30.0, 30.0
RENDERED_SECONDS = 240.0
BROUGHT_BACK_SECONDS = 180.0


def page(house, path="/"):
    def asked():
        connection = http.client.HTTPConnection(HOST, house.box.web, timeout=COMMAND_SECONDS)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.getheader("Location") or "", answer.read().decode()
        finally:
            connection.close()

    return inside(house.network.box, asked)


def test_a_screen_at_the_box_shows_where_the_page_is_and_the_claim_code(box):
    box.says(r"Dyżurka +http://dyzurka\.local/")
    code = box.says(r"claim code: (\w{4}-\w{4})")[1]
    assert json.loads(box.run("cat /data/dyzurka/claim.json"))["code"] == code
    assert "▀" in box.console() or "█" in box.console(), "the QR"


def test_a_mistaken_building_on_the_card_is_named_and_keeps_nobody_from_starting(box):
    told = box.run("journalctl -b -o cat -u dyzurka-firstboot")
    assert "building.toml of the card cannot be used" in told and "/firmware/building.toml:2:" in told, told


def test_the_page_answers_and_asks_for_the_claim(house):
    status, where, _ = page(house)
    assert status in (302, 303) and "/claim" in where
    status, _, told = page(house, "/claim")
    assert status == 200 and "<form" in told


def test_an_urgent_call_reaches_the_person_on_duty_with_sound_both_ways(house):
    provider = house.provider
    until("the box has registered", REGISTERED_SECONDS, lambda: bool(provider.registered))
    resident = provider.calls(building.NUMBER, building.RESIDENT_USER, RESIDENT_HZ)
    resident.voice.press("1")
    nowak = provider.is_called(NOWAK_HZ)
    nowak.voice.press("1")
    until(
        "they hear each other",
        HEAR_SECONDS,
        lambda: sound.hears(resident.voice.heard(), NOWAK_HZ) and sound.hears(nowak.voice.heard(), RESIDENT_HZ),
    )
    provider.hangs_up(resident)
    row = house.box.until(
        "the call is in the register",
        lambda: next((each for each in house.box.register() if each["ended"] and each["urgent"]), None),
        WRITTEN_SECONDS,
    )
    assert (row["outcome"], row["answered_by"], row["caller"]) == ("answered", "nowak", building.RESIDENT)


def test_exchange_and_page_are_two_users_and_the_sound_alone_is_in_a_hurry(box):
    rows = [each.split(None, 4) for each in box.run("ps -eo user:20,cls,pid,nlwp,args").splitlines()[1:]]
    ours = {each[4].partition("/usr/lib/dyzurka/")[2] or each[4]: each for each in rows if "dyzurka" in each[0]}
    users = {name.split()[0]: row[0] for name, row in ours.items()}
    assert users["bin/dyzurka"] == "dyzurka" and users["bin/dyzurka-page"] == "dyzurka-web"
    hurried = [row[4] for row in rows if row[1] == "RR" and row[0] == "dyzurka"]
    assert len(hurried) == 1 and "media" in hurried[0], hurried


def test_the_root_is_read_only_and_the_data_have_grown_to_the_card(box):
    mounts = {line.split()[1]: line.split() for line in box.run("cat /proc/mounts").splitlines()}
    assert mounts["/"][2] == "squashfs" and mounts["/firmware"][3].startswith("ro")
    assert mounts["/data"][2] == "ext4" and mounts["/etc"][2] == "overlay"
    assert int(box.run("df --output=size -m /data").split()[-1]) > 700


def test_nothing_else_is_open(box):
    listening = box.run("ss -Hltunp")
    ports = {line.split()[4].rpartition(":")[2] for line in listening.splitlines() if "127.0.0" not in line.split()[4]}
    assert {"80", "8080", "5060"} <= ports
    rules = box.run("nft list table inet dyzurka")
    assert "policy drop" in rules and "5060" in rules


def test_the_services_are_up_and_no_unit_has_failed(box):
    assert box.run("systemctl --failed --no-legend --plain") == ""
    for unit in ("dyzurka-exchange", "dyzurka-web", "systemd-networkd", "systemd-resolved", "systemd-timesyncd"):
        assert box.run(f"systemctl is-active {unit}").strip() == "active"
    assert box.run("hostname").strip() == "dyzurka"


def test_the_doctor_knows_the_box(box):
    told = box.run("dyzurka doctor", check=False)
    assert "Traceback" not in told and len(told.splitlines()) > 5, told


def test_the_association_s_own_sentences_are_spoken_by_the_box_itself(house):
    """Its voices make sound there, for what no shipped sound has; and no helper of the exchange's is missing."""
    box = house.box
    document = house.document()
    document["box"]["name"] = document["buildings"][0]["name"] = "Brzoskwiniowa 44"
    house.configure(document)
    try:
        box.until(
            "the new name is sound",
            lambda: "Brzoskwiniowa 44" in box.run("cat /data/dyzurka/prompts/*/index.json 2>/dev/null", check=False),
            RENDERED_SECONDS,
        )
    finally:
        house.configure(house.document())
    told = box.run("journalctl -b -o cat -u dyzurka-exchange -u dyzurka-web")
    assert not [line for line in told.splitlines() if "Traceback" in line or "No module" in line]


@pytest.mark.full
def test_a_backup_is_made_and_brought_back_within_the_bounds_of_the_services(box):
    before, page_before = box.register(), box.run("systemctl show -P MainPID dyzurka-web").strip()
    made = box.asks("backup", who="admin", recordings=True)["job"]
    path = box.until("the backup is made", lambda: (box.asks("job", id=made) or {}).get("result"))["path"]
    assert box.asks("restore", who="admin", path=path) == {"restore": "begun"}
    box.until("the old data lie beside", lambda: box.run("ls -d /data/dyzurka.before-restore-*", check=False))
    box.until("the exchange answers", lambda: box.run("dyzurka status --json", check=False), BROUGHT_BACK_SECONDS)
    assert box.register() == before
    assert box.run("stat -c '%a %U %G' /data/dyzurka").split() == ["2750", "dyzurka", "dyzurka"]
    box.until(
        "the page has begun anew, and writes where it did",
        lambda: (
            (page := box.run("systemctl show -P MainPID dyzurka-web").strip()) not in ("0", page_before)
            and "dyzurka/incoming" in box.run(f"cat /proc/{page}/mountinfo", check=False)
        ),
        BROUGHT_BACK_SECONDS,
    )
    assert box.run("find /data/dyzurka ! -group dyzurka").strip() == ""


def test_a_killed_exchange_and_a_killed_page_are_back(house):
    box = house.box
    for unit in ("dyzurka-exchange", "dyzurka-web"):
        before = box.run(f"systemctl show -P MainPID {unit}").strip()
        box.run(f"kill -9 {before}")
        box.until(
            f"{unit} is up again",
            lambda unit=unit, before=before: (
                box.run(f"systemctl is-active {unit}", check=False).strip() == "active"
                and box.run(f"systemctl show -P MainPID {unit}").strip() != before
            ),
        )
    assert page(house, "/claim")[0] == 200

"""Who has duty when, also on the nights when clocks change; swaps that beat the calendar; calendar feeds."""

from __future__ import annotations

import asyncio
import stat
from datetime import UTC, datetime, timedelta

from tests.unit.requests.world import World

ROTATION = {"every": "week", "starts": "2026-10-05 08:00", "people": ["nowak", "kowalska"]}
DUTY = ["duty", {"id": "pogotowie"}]


class Standing:
    wall = datetime(2026, 10, 20, 12, 0, tzinfo=UTC)

    def now(self):
        return self.wall

    def monotonic(self):
        return 0.0


def lived(folder, story):
    async def life():
        world = await World(folder, Standing()).start()
        try:
            async with asyncio.timeout(30):
                base = (await world.ask("document"))["revision"]
                edit = {"op": "set", "path": [*DUTY, "rotation"], "value": ROTATION}
                await world.ask("edit", base=base, edits=[edit], who="anna", what="rotation")
                return await story(world)
        finally:
            await world.stop()

    return asyncio.run(life())


def calendar(world, start, end, **more):
    return world.ask("duty_calendar", **{"duty": "pogotowie", "from": start, "to": end, **more})


def swap(world, person, start="2026-10-20T20:00:00+02:00", end="2026-10-21T08:00:00+02:00", **more):
    asked = {"duty": "pogotowie", "person": person, "instead_of": "nowak", "from": start, "to": end, "who": "anna"}
    return world.ask("duty_override", **{**asked, **more})


def test_the_calendar_hands_over_at_eight_local_time_across_the_change_of_clocks(tmp_path):
    async def story(world):
        told = await calendar(world, "2026-10-19T00:00:00+02:00", "2026-11-02T00:00:00+01:00")
        assert [(each["from"], each["people"][0], each["why"]) for each in told["spans"]] == [
            ("2026-10-19T00:00:00+02:00", "kowalska", "rotation"),
            ("2026-10-19T08:00:00+02:00", "nowak", "rotation"),
            ("2026-10-26T08:00:00+01:00", "kowalska", "rotation"),
        ]
        assert told["spans"][-1]["to"] == "2026-11-02T00:00:00+01:00"
        assert told["gaps"] == told["agreed"] == []

    lived(tmp_path, story)


def test_who_is_rung_on_christmas_eve_with_the_reason(tmp_path):
    async def story(world):
        told = await world.ask("who", duty="pogotowie", at="2026-12-24T22:00:00+01:00")
        assert [(each["id"], each["name"], each["why"]) for each in told["people"]] == [
            ("kowalska", "Anna Kowalska", "rotation"),
            ("nowak", "Jan Nowak", "list"),
        ]
        assert told["people"][0]["phones"] == ["+48600300400", "ext:21"]

    lived(tmp_path, story)


def test_a_swap_for_tonight_beats_the_calendar_at_once_and_can_be_taken_back(tmp_path):
    async def story(world):
        assert await swap(world, "zarzad") == {"agreed": True}
        told = await calendar(world, "2026-10-20T12:00:00+02:00", "2026-10-21T12:00:00+02:00")
        assert [(each["people"][0], each["why"]) for each in told["spans"]] == [
            ("nowak", "rotation"),
            ("zarzad", "agreement"),
            ("nowak", "rotation"),
        ]
        assert [(each["who"], each["instead_of"]) for each in told["agreed"]] == [("zarzad", "nowak")]
        assert world.desk().overrides, "the next call is not told"
        await swap(world, "nowak")
        told = await calendar(world, "2026-10-20T12:00:00+02:00", "2026-10-21T12:00:00+02:00")
        assert [each["people"][0] for each in told["spans"]] == ["nowak"]
        assert told["agreed"] == []
        assert ("anna", "duty_override") in world.audit()

    lived(tmp_path, story)


def test_what_makes_no_sense_is_refused(tmp_path):
    async def story(world):
        day = {"from": "2026-10-19T00:00:00+02:00", "to": "2026-10-20T00:00:00+02:00"}
        assert await world.refused("duty_calendar", duty="nobody", **day) == "no_such_duty"
        assert await world.refused("duty_calendar", duty="pogotowie", **{**day, "to": day["from"]}) == "bad_time"
        assert await world.refused("duty_calendar", duty="pogotowie", **{**day, "to": "2029-01-01"}) == "bad_time"
        far = {**day, "to": "2029-01-01T00:00:00+01:00"}
        assert await world.refused("duty_calendar", duty="pogotowie", **far) == "bad_time"
        assert await world.refused("who", duty="pogotowie", at="soon") == "bad_time"
        asked = {"duty": "pogotowie", "instead_of": "nowak", "who": "anna", **day}
        assert await world.refused("duty_override", person="duch", **asked) == "no_such_person"
        long = {**asked, "to": "2026-12-19T00:00:00+01:00"}
        assert await world.refused("duty_override", person="zarzad", **long) == "bad_time"
        world.register.fails = True
        assert await world.refused("duty_override", person="zarzad", **asked) == "not_saved"
        assert world.desk().overrides == ()

    lived(tmp_path, story)


def test_a_feed_tells_one_persons_duties_until_it_is_revoked(tmp_path):
    async def story(world):
        token = (await world.ask("feed_open", person="nowak", who="anna"))["token"]
        assert stat.S_IMODE((tmp_path / "feeds.json").stat().st_mode) == 0o600
        assert token not in str(world.register.events)
        told = await world.ask("feed", token=token)
        assert told["name"] == "Jan Nowak"
        starts = [datetime.fromisoformat(each["from"]) for each in told["duties"]]
        assert datetime.fromisoformat("2026-11-02T08:00:00+01:00") in starts
        ends = [datetime.fromisoformat(each["to"]) for each in told["duties"]]
        clocks_changed = starts.index(datetime.fromisoformat("2026-10-19T08:00:00+02:00"))
        assert ends[clocks_changed] - starts[clocks_changed] == timedelta(days=7, hours=1)
        another = (await world.ask("feed_open", person="nowak", who="anna"))["token"]
        assert await world.refused("feed", token=token) == "no_such_feed"
        assert [each["token"] for each in (await world.ask("feeds"))["feeds"]] == [another]
        assert await world.ask("feed_close", person="nowak", who="anna") == {"closed": True}
        assert await world.refused("feed", token=another) == "no_such_feed"
        assert await world.refused("feed_open", person="duch", who="anna") == "no_such_person"
        assert [what for _, what in world.audit()] == ["rotation", "feed_open", "feed_open", "feed_close"]

    lived(tmp_path, story)


def test_a_broken_file_of_feeds_is_begun_anew(tmp_path):
    async def story(world):
        (tmp_path / "feeds.json").write_text("[3")
        assert await world.ask("feeds") == {"feeds": []}
        assert await world.refused("feed", token="") == "no_such_feed"

    lived(tmp_path, story)


def test_telephones_that_are_there_are_told(tmp_path):
    async def story(world):
        assert await world.ask("telephones") == {
            "port": 5080,
            "extensions": [{"number": "11", "registered": False}, {"number": "21", "registered": True}],
        }

    lived(tmp_path, story)


async def edited(world, *edits):
    base = (await world.ask("document"))["revision"]
    return await world.ask("edit", base=base, edits=list(edits), who="anna", what="page")


def test_a_substitution_put_first_holds_and_one_can_be_taken_out_again(tmp_path):
    async def story(world):
        one = {"from": "2026-10-20 20:00", "to": "2026-10-21 08:00", "who": "zarzad", "instead_of": "nowak"}
        for who in ("zarzad", "biuro"):
            add = {"op": "add", "path": [*DUTY, "substitutions"], "value": {**one, "who": who}, "at": 0}
            assert "revision" in await edited(world, add)
        asked = {"duty": "pogotowie", "at": "2026-10-20T22:00:00+02:00"}
        assert (await world.ask("who", **asked))["people"][0]["id"] == "biuro"
        assert (await world.ask("who", **asked))["people"][0]["why"] == "substitution"
        assert "revision" in await edited(world, {"op": "remove", "path": [*DUTY, "substitutions", 0]})
        assert (await world.ask("who", **asked))["people"][0]["id"] == "zarzad"

    lived(tmp_path, story)


def test_what_would_leave_a_gap_is_refused_at_the_key_that_the_page_knows(tmp_path):
    async def story(world):
        nobody = {"op": "set", "path": [*DUTY, "people"], "value": []}
        answer = await edited(world, nobody)
        assert [each["key"] for each in answer["errors"]] == ["duty[0].rotation.starts"]
        assert "revision" in await edited(world, {"op": "remove", "path": [*DUTY, "rotation"]})
        answer = await edited(world, nobody)
        assert [each["key"] for each in answer["errors"]] == ["duty[0].people"]

    lived(tmp_path, story)


def test_shifts_and_a_whole_directory_are_written_and_telephones_get_passwords(tmp_path):
    async def story(world):
        shift = {"who": "zarzad", "days": "sat, sun", "hours": "20:00-08:00"}
        residents = [{"flat": str(number), "phones": [f"+48501{number:06}"]} for number in range(1, 301)]
        telephone = {"number": "31", "name": "Piwnica", "password": "dwadziescia-jeden"}
        answer = await edited(
            world,
            {"op": "add", "path": [*DUTY, "shifts"], "value": shift},
            {"op": "set", "path": ["residents"], "value": residents},
            {"op": "add", "path": ["extensions"], "value": telephone},
            {"op": "set", "path": ["extensions", {"number": "21"}, "password"], "value": "inne-haslo-21"},
        )
        assert "revision" in answer, answer
        assert len(world.building.residents) == 300
        assert world.building.extensions["31"].password == "dwadziescia-jeden"
        assert world.building.extensions["21"].password == "inne-haslo-21"
        changed = {**shift, "who": "nowak"}
        assert "revision" in await edited(world, {"op": "set", "path": [*DUTY, "shifts", 0], "value": changed})
        assert "revision" in await edited(world, {"op": "remove", "path": [*DUTY, "shifts", 0]})
        assert world.building.duties["pogotowie"].shifts == ()

    lived(tmp_path, story)

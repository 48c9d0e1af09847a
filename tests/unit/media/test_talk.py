"""A recorded conversation: both voices side by side, each at its time, whatever the network or the power did."""

from __future__ import annotations

import asyncio
import os
import signal

import pytest

from appliance.media import wav
from appliance.media.talk import TalkRecorder

from .peer import SILENCE, call, noise, plane, telephone
from .test_recorder import FRAME, Now


class Talk:
    """A conversation on a clock of its own; both say one packet each 20 ms."""

    def __init__(self, path, *, seconds=0.0, append=False):
        self.path, self.worker, self.errors = path, Now(), []
        self.talk = TalkRecorder(
            str(path), self.worker, 100.0, seconds=seconds, append=append, on_error=self.errors.append
        )

    def tick(self, number, left=None, right=None):
        """Frame `number` of either; None is lost. Why it is over, if it is."""
        moment = 100.0 + 0.02 * (number + 1)
        for side, frame, first in ((self.talk.left, left, 2**32 - 320), (self.talk.right, right, 77)):
            if frame is not None:
                side.take((first + FRAME * number) & 0xFFFFFFFF, frame, True, True, moment)
        return [side.tick(moment) for side in (self.talk.left, self.talk.right)]

    def end(self):
        self.talk.left.end("gone")
        self.talk.right.end("gone")
        self.worker.collect()
        return sides(self.path)


def sides(path):
    sound = wav.read(path, 2)
    return sound[::2], sound[1::2]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "call.talk.wav"


def test_the_caller_is_left_and_the_person_right(path):
    talk, caller, person = Talk(path), noise(130, 1), noise(130, 2)
    for number in range(130):
        talk.tick(number, caller[number], person[number])
    assert talk.end() == (b"".join(caller), b"".join(person))


def test_what_is_lost_or_late_to_begin_leaves_a_gap_of_its_length_on_its_side_only(path):
    talk, caller, person = Talk(path), noise(200, 1), noise(200, 2)
    for number in range(200):
        gone = 60 <= number < 130
        talk.tick(number, None if gone else caller[number], person[number] if number >= 110 else None)
    left, right = talk.end()
    assert left == b"".join([*caller[:60], *[SILENCE] * 70, *caller[130:]])
    assert right == b"".join([*[SILENCE] * 110, *person[110:]])


def test_at_every_moment_the_file_is_whole_and_at_most_a_second_is_missing(path):
    talk = Talk(path)
    for number, frame in enumerate(noise(200)):
        talk.tick(number, frame, None)
        left, right = sides(path)
        assert len(left) == len(right) >= FRAME * (number + 1) - 8000 - 4 * FRAME


def test_a_conversation_goes_on_in_its_file_where_the_clock_is(path):
    caller = noise(50)
    first = Talk(path)
    for number, frame in enumerate(caller):
        first.tick(number, frame)
    first.end()
    second = Talk(path, seconds=1.5, append=True)
    second.tick(0, caller[0])
    left, right = second.end()
    assert left == b"".join(caller) + SILENCE * 25 + caller[0]
    assert set(right) == {0xD5} and len(right) == len(left)


def test_a_file_that_cannot_be_made_is_told_once(tmp_path):
    talk = Talk(tmp_path / "nowhere" / "a.wav")
    assert talk.tick(0, SILENCE) == ["limit", "limit"]
    talk.talk.left.end("limit")
    talk.talk.right.end("gone")
    talk.worker.collect()
    assert [type(each) for each in talk.errors] == [FileNotFoundError]


def test_other_programs_find_two_channels(path):
    data = wav.header(8000, 2)
    assert int.from_bytes(data[22:24], "little") == int.from_bytes(data[32:34], "little") == 2
    assert int.from_bytes(data[28:32], "little") == int.from_bytes(data[54:58], "little") == 16_000
    assert int.from_bytes(data[46:50], "little") == 8000


@pytest.mark.parametrize("odd", [b"", b"\x11", b"\x11" * 8000])
def test_repair_of_a_conversation_keeps_all_sound_of_both(path, odd):
    sound = b"".join(noise(50))
    path.write_bytes(wav.header(0, 2) + sound + odd)
    assert wav.repair(path) == len(sound + odd) // 2 / 8000
    assert wav.read(path, 2) == (sound + odd)[: len(sound + odd) // 2 * 2]


def test_two_who_talk_are_recorded_also_across_a_death_of_the_media_process(path):
    async def story():
        faults = []
        async with plane(faults) as media:
            with telephone() as resident, telephone() as duty:
                one, two = call(media, resident), call(media, duty)
                for each in (resident, duty):
                    each.say()
                    await each.hear()
                one.join(two, recording=path)
                before, after = noise(30, 1), noise(30, 2)
                await asyncio.gather(resident.talk(before), duty.talk([*before[15:], *before[:15]]))
                await resident.talk(before)
                while not path.exists() or path.stat().st_size == wav.HEADER_BYTES:
                    await resident.talk(before[:5])
                os.kill(media.health().pid, signal.SIGKILL)
                resident.forget()
                duty.forget()
                speaking = asyncio.create_task(resident.talk())
                while not faults:
                    await duty.hear()
                await duty.hear()
                speaking.cancel()
                resident.say(after[0])
                await duty.hear_until(after[0])
                resident.say(after[1])
                await duty.hear_until(after[1])
                one.close()
                two.close()
                await one.released()
                await two.released()
        left, right = sides(path)
        assert b"".join(before) in left
        assert b"".join([*before[15:], *before[:15]]) in right
        assert b"".join(after[:2]) in left[-8000:]
        assert len(left) == len(right)

    asyncio.run(story())


def test_a_full_or_missing_disk_does_not_keep_two_from_talking(tmp_path):
    async def story():
        faults = []
        async with plane(faults) as media:
            with telephone() as resident, telephone() as duty:
                one, two = call(media, resident), call(media, duty)
                resident.say()
                await resident.hear()
                one.join(two, recording=tmp_path / "nowhere" / "a.talk.wav")
                frame = noise(1)[0]
                resident.say(frame)
                await duty.hear_until(frame)
                while not faults:
                    await duty.hear()
                resident.say(frame)
                await duty.hear_until(frame)
                one.close()
                two.close()
        assert faults == ["media process: a conversation is not recorded: No such file or directory"]

    asyncio.run(story())

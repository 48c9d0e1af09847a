"""A modem's sound card reaches one socket, whatever becomes of the two programs that carry it."""

import asyncio
import os
import socket

import pytest

from hardware.sound_card import SoundCard

DEADLINE_SECONDS = 20.0


def carried(tmp_path, monkeypatch, story, **programs):
    """With these shell commands in place of alsa-utils."""
    for name, command in programs.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{command}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}" if programs else str(tmp_path))

    async def whole():
        card = SoundCard()
        async with asyncio.timeout(DEADLINE_SECONDS):
            try:
                await story(card)
            finally:
                await card.close()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(whole())


async def read(sock, size):
    return await asyncio.get_running_loop().sock_recv(sock, size)


def test_what_is_said_and_heard_goes_through_one_socket(tmp_path, monkeypatch):
    said = tmp_path / "said"

    async def story(card):
        with socket.socket(fileno=await card.open(2)) as ours:
            await asyncio.get_running_loop().sock_sendall(ours, b"from us")
            assert await read(ours, 20) == b"from the card"
            while not said.exists() or said.read_bytes() != b"from us":  # noqa: ASYNC110 - nobody announces it
                await asyncio.sleep(0.01)

    carried(tmp_path, monkeypatch, story, arecord="printf 'from the card'; exec sleep 60", aplay=f"exec cat > {said}")


@pytest.mark.parametrize("ends", ["arecord", "aplay"])
def test_a_card_that_is_pulled_out_ends_the_sound(tmp_path, monkeypatch, ends):
    async def story(card):
        with socket.socket(fileno=await card.open(2)) as ours:
            assert await read(ours, 20) == b""

    programs = dict.fromkeys(("arecord", "aplay"), "exec sleep 60") | {ends: "exit 1"}
    carried(tmp_path, monkeypatch, story, **programs)


def test_another_call_opens_it_anew_and_without_alsa_utils_it_is_an_error(tmp_path, monkeypatch):
    async def story(card):
        with socket.socket(fileno=await card.open(2)) as first, socket.socket(fileno=await card.open(2)):
            assert await read(first, 20) == b""
        monkeypatch.setenv("PATH", "/nowhere")
        with pytest.raises(FileNotFoundError):
            await card.open(2)

    carried(tmp_path, monkeypatch, story, arecord="exec sleep 60", aplay="exec sleep 60")

"""The image on QEMU's Pi 3: the device tree of the real one, and its SD slot. It starts, and says where its page is."""

from __future__ import annotations

import pytest

from tests.box.machine import Card, Machine, free_disk

CARD_MIB = 2048  # the emulated slot takes a power of two
START_SECONDS = 800.0


@pytest.mark.full
def test_a_pi_3_starts_from_its_sd_card_and_says_where_its_page_is(tmp_path):
    card = Card(tmp_path / "card", whole_mib=CARD_MIB)
    box = Machine(card, board="raspi3b")
    try:
        box.says(r"the card is /dev/mmcblk", START_SECONDS)
        box.says(r"claim code: (\w{4}-\w{4})", START_SECONDS)
    finally:
        box.pull_the_plug()
        free_disk(card.folder)

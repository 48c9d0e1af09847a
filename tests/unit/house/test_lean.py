"""Each process loads what it needs to live, and not what only some boxes, some hours or another process need."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from appliance.media.plane import _roots

EXCHANGE = ("appliance.cli", "appliance.running")
PAGE = ("webui.serve", *(f"webui.{name}" for name in ("now", "register", "duty", "people", "reports", "settings")))
LOADED = "import sys, importlib; [importlib.import_module(each) for each in sys.argv[1:]]; print(*sys.modules)"


def loaded(options: tuple[str, ...], modules: tuple[str, ...]) -> set[str]:
    """What is loaded once these modules are, in a Python that is started with these options."""
    command = [sys.executable, *options, "-c", LOADED, *modules]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(_roots())}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    return set(done.stdout.split())


@pytest.mark.parametrize(
    ("options", "modules", "spared"),
    [
        ((), EXCHANGE, {"hardware.gsm.line", "hardware.fxo.line", "appliance.media.pcm"}),  # a box with SIP alone
        ((), EXCHANGE, {"http.client", "zipfile", "configparser"}),  # an update, a backup
        ((), EXCHANGE, {"statistics", "difflib"}),  # a figure, a mistake
        (("-S", "-P"), ("appliance.media.process",), {"inspect", "asyncio", "logging", "pathlib"}),
        (("-S", "-P"), ("appliance.media.render_worker",), {"inspect", "asyncio", "logging", "zoneinfo"}),
        ((), PAGE, {"asyncio", "statistics", "appliance.exchange"}),
    ],
)
def test_a_process_spares_what_it_seldom_needs(options, modules, spared):
    found = loaded(options, modules)
    assert set(modules) <= found
    assert not found & spared

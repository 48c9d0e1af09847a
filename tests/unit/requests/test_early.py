"""What the exchange answers before its lines are there."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

from appliance.building.file import read
from appliance.clock import SystemClock
from appliance.exchange import Exchange, Options

LIPOWA = Path(__file__).parents[3] / "examples" / "lipowa7.toml"


def test_status_asked_before_the_lines_exist_calls_them_starting(tmp_path):
    async def asked():
        options = Options(tmp_path, LIPOWA, ("127.0.0.1", 0), (20000, 29999), ("127.0.0.1", 0))
        exchange = Exchange(options, read(LIPOWA), SystemClock(), random.SystemRandom())
        return await exchange.requests.handlers["status"]({})

    status = asyncio.run(asked())
    assert status["lines"] == [
        {"id": "provider", "kind": "sip", "state": "starting", "fault": None, "proofs": [], "diverted": None}
    ]
    assert status["way"]["level"] == "starting"
    assert status["calls"] == []
    assert status["on_duty"]["pogotowie"]

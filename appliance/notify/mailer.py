"""Sends mail and push by a helper process of its own: apprise brings 40 MB that do not belong beside the calls.

The helper gets one message on its standard input, passwords among it, and answers with one line; it is ended when it
takes too long. `python -m appliance.notify.mail_helper` is what runs.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from appliance.building.model import Notify
from appliance.notify.notice import Notice
from appliance.notify.sms import NotSentError
from appliance.notify.telling import push_name

HELPER_SECONDS = 60.0  # a mail server that does not answer is tried again later
ANSWER_BYTES = 2000


class HelperPost:
    """Implements `Post`."""

    async def send(self, notice: Notice, how: Notify) -> None:
        """See `Post`."""
        answer = await _ask(order(notice, how))
        if answer != "sent":
            raise NotSentError(answer)


def order(notice: Notice, how: Notify) -> dict[str, Any]:
    """What the helper is told. Raises NotSentError, final: the building file has no such service any more."""
    message = {"title": notice.title, "text": notice.text}
    if notice.channel == "push":
        url = next((each for each in how.push if push_name(each) == notice.to), None)
        if url is None:
            raise NotSentError("this push service is not in the building file any more", final=True)
        return {**message, "url": url}
    if not how.mail_server:
        raise NotSentError("there is no mail_server in [notify]", final=True)
    host, _, port = how.mail_server.rpartition(":") if how.mail_server.rpartition(":")[2].isdecimal() else ("", "", "")
    return {
        **message,
        "to": notice.to,
        "from": how.mail_from or how.mail_username or notice.to,
        "host": host or how.mail_server,
        "port": int(port) if port else 0,
        "username": how.mail_username,
        "password": how.mail_password,
    }


async def _ask(told: dict[str, Any]) -> str:
    """What became of it: "sent", or why not."""
    helper = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "appliance.notify.mail_helper"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(HELPER_SECONDS):
            answer, _ = await helper.communicate(json.dumps(told).encode())
    except TimeoutError:
        return "the server does not answer"
    finally:
        if helper.returncode is None:
            helper.kill()
            await helper.wait()
    said = answer[:ANSWER_BYTES].decode("utf-8", "replace").strip()
    return said or f"the helper that sends mail ended with {helper.returncode}"

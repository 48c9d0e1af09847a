"""sipp as a telephone or as the provider: scenarios put together from steps, run to their end.

sipp does the signalling; the sound of its calls is a `handset.Handset`, for sipp itself can send none without root.
"""

from __future__ import annotations

import re
from pathlib import Path
from xml.sax.saxutils import escape

from tests.peers.ports import HOST, free_range
from tests.peers.program import Program, installed

CALL_SECONDS = 60  # the longest any of these calls may take
STEP_MS = 20_000  # the longest wait for one message

OUR_HEADERS = """\
      Via: SIP/2.0/[transport] [local_ip]:[local_port];branch={branch}
      From: {sender};tag=[pid]c[call_number]
      To: <sip:{called}@[remote_ip]:[remote_port]>[peer_tag_param]
      Call-ID: [call_id]
      CSeq: [cseq] {method}
      Contact: <sip:{caller}@[local_ip]:[local_port]>
      Max-Forwards: 70
"""
SOUND = """\
      Content-Type: application/sdp
      Content-Length: [len]

      v=0
      o=- 1 {version} IN IP4 [local_ip]
      s=-
      c=IN IP4 [local_ip]
      t=0 0
      m=audio {port} RTP/AVP 8 101
      a=rtpmap:8 PCMA/8000
      a=rtpmap:101 telephone-event/8000
      a=fmtp:101 0-15
      a={direction}
"""
SENDER = "<sip:{caller}@[local_ip]:[local_port]>"
NO_SOUND = "      Content-Length: 0\n"
ECHOED = """\
      [last_Via:]
      [last_From:]
      [last_To:]{tag}
      [last_Call-ID:]
      {cseq}
      Contact: <sip:[local_ip]:[local_port]>
"""
CALLEES_BYE = """\
      BYE [next_url] SIP/2.0
      Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
      From: [$callee];tag=[pid]p[call_number]
      To: [$caller]
      [last_Call-ID:]
      CSeq: 1 BYE
      Max-Forwards: 70
      Content-Length: 0
"""
NOTE_CALLER = """<action>
  <ereg regexp="&lt;.*" search_in="hdr" header="From:" assign_to="caller"/>
  <ereg regexp="&lt;.*" search_in="hdr" header="To:" assign_to="callee"/>
</action>"""


def sdp(port: int, *, version: int = 1, direction: str = "sendrecv") -> str:
    """A session description: PCMA and telephone-event at this port of sipp's host."""
    return SOUND.format(port=port, version=version, direction=direction)


def request(
    method: str, called: str, caller: str, body: str = NO_SOUND, *, branch: str = "[branch]", sender: str = SENDER
) -> str:
    """Send a request of the caller; the `branch` of a copy is that of its original; `sender`: what stands in From."""
    first = f"      {method} [next_url] SIP/2.0\n" if method in ("ACK", "BYE") else ""
    first = first or f"      {method} sip:{called}@[remote_ip]:[remote_port] SIP/2.0\n"
    filled = {"method": method, "caller": caller, "called": called, "branch": branch}
    text = first + OUR_HEADERS.format(**filled, sender=sender.format(caller=caller)) + body
    kind = ' ack_txn="invite"' if method == "ACK" else f' start_txn="{method.lower()}" retrans="500"'
    return f"<send{kind}><![CDATA[\n\n{text}\n]]></send>"


def reply(
    status: int,
    reason: str,
    body: str = NO_SOUND,
    *,
    headers: str = "",
    cseq: str = "[last_CSeq:]",
    until_ack: bool = False,
) -> str:
    """Answer the request received last; with a `cseq` of its own, an earlier one of the same branch."""
    tag = "" if status == 100 else ";tag=[pid]p[call_number]"
    text = f"      SIP/2.0 {status} {reason}\n" + ECHOED.format(tag=tag, cseq=cseq) + headers + body
    timer = ' retrans="500"' if until_ack else ""
    return f"<send{timer}><![CDATA[\n\n{text}\n]]></send>"


def bye_of_callee() -> str:
    """Send a BYE as the one who was called, who must have been told to `note_caller`."""
    return f'<send start_txn="bye" retrans="500"><![CDATA[\n\n{CALLEES_BYE}\n]]></send>'


def expect(method: str, *, note_caller: bool = False) -> str:
    """Wait for a request."""
    note = NOTE_CALLER if note_caller else ""
    return f'<recv request="{method}" timeout="{STEP_MS}" rrs="true">{note}</recv>'


def answered(method: str, status: int = 200) -> str:
    """Wait for the final response to a request of ours, passing over 100."""
    of = f'response_txn="{method.lower()}"'
    trying = f'<recv response="100" optional="true" {of}/>\n' if method == "INVITE" else ""
    return f'{trying}<recv response="{status}" timeout="{STEP_MS}" rrs="true" {of}/>'


def lossy(percent: int, *steps: str) -> list[str]:
    """The same steps, with so many of their messages lost on the way."""
    return [re.sub(r"^<(send|recv)", rf'<\1 lost="{percent}"', step) for step in steps]


def call(port: int, called: str, caller: str, *then: str, sender: str = SENDER) -> list[str]:
    """The steps of a call to `called` that is answered, with its sound at `port`, and what comes then."""
    invite = request("INVITE", called, caller, sdp(port), sender=sender)
    return [invite, answered("INVITE"), request("ACK", called, caller, sender=sender), *then]


def hang_up(called: str, caller: str) -> list[str]:
    """The steps of a caller who ends the call."""
    return [request("BYE", called, caller), answered("BYE")]


def pause(milliseconds: int) -> str:
    """Let so much of the call go by."""
    return f'<pause milliseconds="{milliseconds}"/>'


class Sipp:
    """One run of sipp over so many calls."""

    def __init__(
        self,
        folder: Path,
        name: str,
        steps: list[str],
        *,
        port: int = 0,
        remote: str = "",
        calls: int = 1,
        options: tuple[str, ...] = (),
    ) -> None:
        scenario = folder / f"{name}.xml"
        lines = ['<?xml version="1.0" encoding="UTF-8"?>', f'<scenario name="{escape(name)}">', *steps, "</scenario>"]
        scenario.write_text("\n".join(lines) + "\n")
        command = [installed("sipp"), "-sf", str(scenario), "-i", HOST, "-m", str(calls)]
        port = port or free_range(2)
        self.address = f"{HOST}:{port}"
        command += ["-p", str(port)]
        command += ["-nostdin", "-timeout", str(CALL_SECONDS), "-timeout_error", "-trace_err", "-trace_msg"]
        command += ["-message_file", str(folder / f"{name}.messages"), "-error_file", str(folder / f"{name}.errors")]
        self.messages_file = folder / f"{name}.messages"
        self._errors = folder / f"{name}.errors"
        self.program = Program([*command, *options, *([remote] if remote else [])], folder)

    def succeeds(self, seconds: float = CALL_SECONDS) -> None:
        """Wait for its end; every call went as the scenario says."""
        status = self.program.wait(seconds)
        errors = self._errors.read_text() if self._errors.exists() else ""
        assert status == 0, f"sipp ended with {status}: {errors}\n{self.program.tail()}"

    def messages(self) -> str:
        """All it has sent and received."""
        return self.messages_file.read_text()

    def stop(self) -> None:
        """End it, if it still runs."""
        self.program.stop()

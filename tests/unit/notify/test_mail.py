"""Mail goes out by a real helper process to a real mail server, and its failures are told in words."""

import asyncio
import email
import email.policy
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from appliance.building.model import Notify
from appliance.notify import mailer
from appliance.notify.mailer import HelperPost, order
from appliance.notify.notice import Notice
from appliance.notify.sms import NotSentError
from appliance.notify.telling import push_name

NOTICE = Notice("urgent", "mail", "zarzad@example.com", "PILNE 1001: Lipowa 7. Źródło: żółć.", "PILNE 1001: Łąkowa")


@dataclass
class MailServer:
    """As much of SMTP (RFC 5321) as one message needs. `refuses`: the answer to RCPT."""

    refuses: str = ""
    silent: bool = False
    port: int = 0
    recipients: list[str] = field(default_factory=list)
    messages: list[bytes] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        def say(line: str) -> None:
            writer.write(f"{line}\r\n".encode())

        try:
            if self.silent:
                await reader.read()
                return
            say("220 mail.example.com")
            while line := (await reader.readline()).decode().strip():
                verb = line.upper().partition(" ")[0]
                if verb == "RCPT":
                    self.recipients.append(line)
                    say(self.refuses or "250 ok")
                elif verb == "DATA":
                    say("354 go on")
                    self.messages.append(await reader.readuntil(b"\r\n.\r\n"))
                    say("250 ok")
                else:
                    say("221 bye" if verb == "QUIT" else "250 ok")
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()


@asynccontextmanager
async def mail_server(**how):
    server = MailServer(**how)
    listener = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.port = listener.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listener.close()


def sent(notice=NOTICE, **how) -> MailServer:
    """The server that got it. Raises NotSentError."""

    async def life():
        username = how.pop("username", "")
        async with mail_server(**how) as server:
            notify = Notify(
                mail=(notice.to,),
                mail_server=f"127.0.0.1:{server.port}",
                mail_from="dyzurka@example.com",
                mail_username=username,
                mail_password="tajne",
            )
            await HelperPost().send(notice, notify)
            return server

    return asyncio.run(life())


def test_a_mail_arrives_with_its_letters_and_its_sender():
    server = sent()
    assert "zarzad@example.com" in server.recipients[0]
    message = email.message_from_bytes(server.messages[0], policy=email.policy.default)
    assert message["subject"] == "PILNE 1001: Łąkowa"
    assert "dyzurka@example.com" in message["from"]
    body = message.get_body(("plain",)) or message
    assert "Źródło: żółć." in body.get_content()
    assert "Apprise" not in str(message)


def test_a_server_that_refuses_is_told_in_words():
    with pytest.raises(NotSentError, match="no such mailbox") as refused:
        sent(refuses="550 no such mailbox")
    assert not refused.value.final


def test_a_password_never_goes_out_unencrypted():
    with pytest.raises(NotSentError, match=r"(?i)tls"):
        sent(username="dyzurka")


def test_no_server_at_all_is_told_in_words():
    notify = Notify(mail=("a@example.com",), mail_server="127.0.0.1:1")
    with pytest.raises(NotSentError, match=r"(?i)refused|connect"):
        asyncio.run(HelperPost().send(NOTICE, notify))


def test_a_server_that_never_answers_holds_nobody_up_for_ever(monkeypatch):
    monkeypatch.setattr(mailer, "HELPER_SECONDS", 5.0)
    with pytest.raises(NotSentError, match="does not answer"):
        sent(silent=True)


def test_a_push_service_is_found_by_its_name_and_one_that_has_gone_is_given_up():
    url = "json://127.0.0.1:1/secret"
    notice = Notice("urgent", "push", push_name(url), "text", "title")
    assert order(notice, Notify(push=(url,)))["url"] == url
    assert "secret" not in notice.to
    with pytest.raises(NotSentError) as gone:
        order(notice, Notify(push=("json://127.0.0.1:2/other",)))
    assert gone.value.final


def test_a_push_arrives():
    async def life():
        got: list[bytes] = []

        async def serve(reader, writer):
            head = await reader.readuntil(b"\r\n\r\n")
            size = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
            got.append(await reader.readexactly(size))
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            await writer.drain()
            writer.close()

        listener = await asyncio.start_server(serve, "127.0.0.1", 0)
        url = f"json://127.0.0.1:{listener.sockets[0].getsockname()[1]}/x"
        notice = Notice("urgent", "push", push_name(url), "Zalanie", "PILNE")
        try:
            await HelperPost().send(notice, Notify(push=(url,)))
        finally:
            listener.close()
        return got

    [body] = asyncio.run(life())
    assert b"Zalanie" in body and b"PILNE" in body


def test_an_address_that_apprise_does_not_know_is_told_in_words():
    notice = Notice("urgent", "push", push_name("nowhere://x"), "text", "title")
    with pytest.raises(NotSentError, match="does not know this address"):
        asyncio.run(HelperPost().send(notice, Notify(push=("nowhere://x",))))

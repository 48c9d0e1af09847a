"""The short-lived process that hands one mail or push message over, by apprise. Never imported by the exchange.

Reads one JSON object on standard input (`mailer.order`), prints "sent" or why not, in one line.
"""

from __future__ import annotations

import json
import logging
import sys
from typing import Any

SMTPS_PORT, SUBMISSION_PORT, SMTP_PORT = 465, 587, 25
BEHIND = "Socket Exception: "
SECONDS = 30.0  # for the server's answer to one step


def main() -> None:
    """Send what standard input says."""
    heard = Heard()
    logging.getLogger("apprise").addHandler(heard)
    logging.getLogger("apprise").setLevel(logging.DEBUG)
    try:
        service = _service(json.load(sys.stdin))
        print("sent" if service() else heard.why or "the server refused it")
    except Exception as fault:
        print(f"{type(fault).__name__}: {fault}".splitlines()[0])


class Heard(logging.Handler):
    """What apprise says of a failure: the last of its complaints, or better the exception behind it."""

    def __init__(self) -> None:
        super().__init__()
        self.said, self.behind = "", ""

    @property
    def why(self) -> str:
        """What went wrong, "" where nothing was said."""
        return self.behind or self.said

    def emit(self, record: logging.LogRecord) -> None:
        """See `logging.Handler`."""
        said = record.getMessage().splitlines()[0] if record.getMessage() else ""
        if said.startswith(BEHIND):
            self.behind = said.removeprefix(BEHIND)
        elif record.levelno >= logging.WARNING:
            self.said = said


def _service(told: dict[str, Any]) -> Any:  # noqa: ANN401 - apprise has no types
    import apprise

    if "url" in told:
        service = apprise.Apprise.instantiate(told["url"])
        if service is None:
            raise ValueError("apprise does not know this address of a push service")
    else:
        service = _mail(told)
    return lambda: service.notify(body=told["text"], title=told["title"], body_format=apprise.NotifyFormat.TEXT)


def _mail(told: dict[str, Any]) -> Any:  # noqa: ANN401
    """TLS from the first byte on port 465, STARTTLS where there is a password or the port is 587, else plain."""
    from apprise import AppriseAsset
    from apprise.plugins.email import NotifyEmail

    port, secret = told["port"], bool(told["username"])
    if not port:
        port = SUBMISSION_PORT if secret else SMTP_PORT
    mode = "ssl" if port == SMTPS_PORT else "starttls" if secret or port == SUBMISSION_PORT else "insecure"
    service = NotifyEmail(  # type: ignore[no-untyped-call]
        smtp_host=told["host"],
        host=told["host"],
        port=port,
        user=told["username"] or None,
        password=told["password"] or None,
        from_addr=told["from"],
        targets=[told["to"]],
        secure=mode != "insecure",
        secure_mode=mode,
        format="text",
        asset=AppriseAsset(app_id="Dyzurka", app_desc="Dyzurka"),
    )
    service.socket_connect_timeout = SECONDS
    return service


if __name__ == "__main__":
    main()

"""Contact cards and QR codes: a card of the box (vCard 3.0, RFC 2426), what Linphone fetches, and pictures of both."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape

import segno
from markupsafe import Markup

REGISTER_SECONDS = 600


def vcard(name: str, numbers: Sequence[str]) -> str:
    """One contact with all numbers. Lines end with CRLF."""
    written = _text(name)
    lines = ["BEGIN:VCARD", "VERSION:3.0", f"N:{written};;;;", f"FN:{written}", f"ORG:{written}"]
    lines += [f"TEL;TYPE=WORK,VOICE:{each}" for each in numbers]
    return "".join(f"{each}\r\n" for each in [*lines, "END:VCARD"])


def linphone(number: str, name: str, password: str, host: str, port: int) -> str:
    """The account as Linphone's remote provisioning fetches it (its lpconfig XML)."""
    where = f"[{host}]" if ":" in host else host
    sections = {
        "proxy_0": {
            "reg_identity": f'"{name}" <sip:{number}@{where}>',
            "reg_proxy": f"<sip:{where}:{port};transport=udp>",
            "reg_sendregister": "1",
            "reg_expires": str(REGISTER_SECONDS),
        },
        "auth_info_0": {"username": number, "passwd": password, "domain": where},
        "sip": {"default_proxy": "0"},
    }
    told = "".join(
        f'<section name="{section}">'
        + "".join(f'<entry name="{key}" overwrite="true">{escape(value)}</entry>' for key, value in entries.items())
        + "</section>"
        for section, entries in sections.items()
    )
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<config xmlns="http://www.linphone.org/xsds/lpconfig.xsd">{told}</config>\n'


def qr(text: str) -> Markup:
    """A picture of a text as SVG, black on white in any colour scheme, with the quiet zone that readers need."""
    picture = segno.make(text, error="m", micro=False)
    return Markup(picture.svg_inline(border=4, dark="#000", light="#fff", svgclass="qr", lineclass=None, omitsize=True))


def _text(value: str) -> str:
    return value.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", " ").replace("\r", " ")

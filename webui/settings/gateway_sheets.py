"""The settings sheet of a gateway as the page shows it: filled in with what a form says and how the box is reached."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import g, request

from appliance.gateways.sheet import SIP_PORT, Sheet, host_and_port, models, sheet
from appliance.networks import address_towards
from webui import exchange
from webui.settings.line_forms import GatewayForm
from webui.setup.basics import split


def of_form(form: GatewayForm, line: str) -> Sheet:
    """What is to be set on the gateway that the form names; what it does not say yet is left open."""
    model = form.gateway.data if form.gateway.data in models() else next(iter(models()))
    server = next(iter(split(form.server.data)), "")
    return sheet(
        line,
        model,
        server=server,
        numbers=form.e164(),
        box=(_our_address(server), _our_port()),
        language=g.language,
    )


def _our_address(server: str) -> str:
    """As the gateway reaches us: by the address on the way to it, else by the one at which this page was asked for."""
    return address_towards(host_and_port(server)[0]) or urlsplit(request.host_url).hostname or ""


def _our_port() -> int:
    try:
        return int(exchange.ask("telephones")["port"])
    except (exchange.TroubleError, KeyError, TypeError, ValueError):
        return SIP_PORT

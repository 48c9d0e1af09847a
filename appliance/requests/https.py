"""HTTPS of the page by the box's own certificate authority: chosen, told, and renewed by itself."""

from __future__ import annotations

import asyncio

from appliance.certificates import MODES, OFF, CertificateError, Certificates
from appliance.control import Handler
from appliance.control_client import RefusedError
from appliance.networks import own_names
from appliance.requests.asked import Answer, Asked, changed, text, who_asks
from appliance.requests.context import Context

RENEWAL_SECONDS = 12 * 3600.0
FAULT = "https"


def handlers(context: Context) -> dict[str, Handler]:
    """The verbs `https`, `https_choose`."""
    certificates = Certificates(context.options.data, context.clock)

    async def https(_: Asked) -> Answer:
        return await asyncio.to_thread(certificates.state)

    async def https_choose(asked: Asked) -> Answer:
        who, mode, name = who_asks(asked), text(asked, "mode"), text(asked, "name", "")
        if mode not in MODES:
            raise RefusedError(f"mode: one of {', '.join(MODES)}", "bad_argument", name="mode")
        try:
            state = await asyncio.to_thread(certificates.choose, mode, [*own_names(), name] if mode != OFF else ())
        except CertificateError as error:
            raise RefusedError(str(error), "no_certificate", why=str(error)) from error
        except OSError as error:
            raise RefusedError(f"nothing was saved: {error}", "not_saved") from error
        context.faults.clear(FAULT)
        changed(context, who, "https_choose", mode=mode)
        return state

    return {"https": https, "https_choose": https_choose}


async def keep_renewed(context: Context) -> None:
    """Renew the page's certificate before its time ends, or when the box has another address. Until cancelled."""
    certificates = Certificates(context.options.data, context.clock)
    while True:
        try:
            await asyncio.to_thread(certificates.renew, own_names())
            context.faults.clear(FAULT)
        except (CertificateError, OSError) as error:
            context.faults.set(FAULT, f"the page's certificate could not be renewed: {error}")
        await asyncio.sleep(RENEWAL_SECONDS)

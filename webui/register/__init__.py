"""The register: every call and ticket to be searched, the story of one, its message, and what is to be done about it.

It writes nothing: tickets are taken, noted, closed and called back about by the exchange.
"""

from __future__ import annotations

from webui.register import calls, tickets
from webui.register.base import pages

__all__ = ["calls", "pages", "tickets"]

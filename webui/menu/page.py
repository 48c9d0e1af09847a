"""The blueprint of the menu's pages, and the words for what the exchange may refuse there."""

from __future__ import annotations

from webui.page import Page
from webui.words import lazy_gettext

pages = Page(
    "menu",
    "webui.menu",
    url_prefix="/menu",
    title=lazy_gettext("Menu and sentences"),
    refusals={
        "bad_sound": lazy_gettext("This file cannot be played: %(why)s. Take a WAV, MP3, OGG or M4A file."),
        "bad_name": lazy_gettext("A recording cannot have this name."),
        "bad_edit": lazy_gettext("This has been changed or removed meanwhile. Please look again."),
        "not_allowed": lazy_gettext("The box may not call %(number)s."),
        "busy": lazy_gettext("Too much goes on at once. Please try again in a minute."),
    },
)

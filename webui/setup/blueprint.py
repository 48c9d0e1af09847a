"""The blueprint of the first start, which its modules put their views on."""

from __future__ import annotations

from webui.page import Page
from webui.words import lazy_gettext

pages = Page(
    "setup",
    "webui.setup",
    url_prefix="/setup",
    refusals={
        "not_allowed": lazy_gettext("The box may not dial %(number)s. Only Polish numbers are allowed at first."),
        "no_such_duty": lazy_gettext("There is no duty list yet: save the people first."),
        "engaged": lazy_gettext("%(number)s is on a call through the box. Please wait until it is over."),
        "urgent_call": lazy_gettext("An urgent call is going on. Please test when it is over."),
        "bad_sound": lazy_gettext("This cannot be read as a recording. Please save it as WAV or MP3."),
        "no_such_job": lazy_gettext("Nothing is known of this test any more. Please start it again."),
        "busy": lazy_gettext("Too much is going on at once. Please try again in a minute."),
    },
)

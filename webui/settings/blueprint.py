"""The blueprint of the settings: for administrators alone, every view of it but the wait for a restored box."""

from __future__ import annotations

from flask import abort, current_app, g, request

from webui.page import Page
from webui.words import lazy_gettext

pages = Page(
    "settings",
    "webui.settings",
    title=lazy_gettext("Settings"),
    admin=True,
    url_prefix="/settings",
    refusals={
        "bad_name": lazy_gettext("This name cannot be used: letters, digits, dots and dashes, please."),
        "name_taken": lazy_gettext("There is a user of this name already."),
        "no_such_user": lazy_gettext("There is no such user any more."),
        "last_admin": lazy_gettext("This is the last administrator. Make somebody else an administrator first."),
        "bad_backup": lazy_gettext("This file cannot be used: %(why)s"),
        "nothing_to_confirm": lazy_gettext("It was too late: the former settings are back. Please do it once more."),
        "no_sim": lazy_gettext("There is no line with a SIM card, so no SMS can be sent."),
        "not_texted": lazy_gettext("No SMS can be sent to this number: it is no mobile, or not allowed."),
        "no_mail_server": lazy_gettext("Enter the mail server and save first."),
        "no_recipient": lazy_gettext("Nobody is entered yet: fill in and save first."),
        "no_certificate": lazy_gettext("No certificate could be made: %(why)s"),
    },
)


@pages.before_request
def guard() -> None:
    """A caretaker is told that this is not theirs. Who has not logged in has been sent away before."""
    view = current_app.view_functions.get(request.endpoint or "")
    if getattr(view, "open_to_all", False):
        return
    if g.user is None or not g.user.is_admin:
        abort(403)

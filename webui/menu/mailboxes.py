"""Mailboxes and queues: what callers find behind a key. Who is on a duty list is the page Duties' to change."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse
from wtforms import BooleanField, IntegerField, SelectField, SelectMultipleField, StringField, widgets

from webui.document import Based, Document, load, save
from webui.forms import in_order
from webui.menu.menus import SOMEWHERE_ELSE, differing, fresh_id, named, removed, used_by
from webui.menu.naming import destinations, ids, title
from webui.menu.page import pages
from webui.session import admin_only
from webui.words import gettext, lazy_gettext, lazy_pgettext

Table = dict[str, Any]


class MailboxForm(Based):
    """A mailbox without its greeting."""

    name = StringField(lazy_pgettext("thing", "Name"))
    urgent = BooleanField(lazy_gettext("A message here is urgent"))
    max_minutes = IntegerField(lazy_gettext("Longest message, in minutes"))

    def changes(self, entry: Table) -> Table:
        """Key → value as the file is to have it, None for no such key."""
        name = (self.name.data or "").strip()
        minutes = self.max_minutes.data
        return {
            "name": entry.get("name") if name == title({"id": entry.get("id", "")}) else name or None,
            "urgent": True if self.urgent.data else (False if entry.get("urgent") else None),
            "max_minutes": None if minutes == 3 and "max_minutes" not in entry else minutes,
        }


def entry_of(document: Document, table: str, id_: str) -> tuple[int, Table]:
    """Index and content of an entry; 404 where there is none."""
    return document.entry(table, id_) or abort(404)


@pages.route("/mailboxes/<id>", endpoint="mailbox", methods=["GET", "POST"])
@admin_only
def mailbox(id: str) -> str | AnyResponse:
    """Change a mailbox."""
    document = load()
    number, entry = entry_of(document, "voicemail", id)
    form = MailboxForm()
    if request.method == "GET":
        form.name.data, form.urgent.data = title(entry), entry.get("urgent") is True
        form.max_minutes.data, form.base.data = entry.get("max_minutes", 3), document.revision
    elif form.validate_on_submit():
        edits = differing(["voicemail", {"id": id}], entry, form.changes(entry))
        keys = {name: f"voicemail[{number}].{name}" for name in ("name", "urgent", "max_minutes")}
        if not edits or save(form, edits, f"mailbox {id}", keys):
            return _done()
    used = used_by(document, f"voicemail:{id}")
    return render_template("menu/mailbox.html", form=form, entry=entry, title=title(entry), used=used)


@pages.route("/mailboxes/new", endpoint="new_mailbox", methods=["GET", "POST"])
@admin_only
def new_mailbox() -> str | AnyResponse:
    """Add a mailbox."""
    document = load()
    form = MailboxForm()
    if request.method == "GET":
        form.max_minutes.data, form.base.data = 3, document.revision
    elif form.validate_on_submit() and named(form):
        id_ = fresh_id(str(form.name.data), [str(each.get("id")) for each in document.table("voicemail")])
        value = {key: each for key, each in {"id": id_, **form.changes({})}.items() if each is not None}
        at = len(document.table("voicemail"))
        keys = {name: f"voicemail[{at}].{name}" for name in ("name", "urgent", "max_minutes")}
        if save(form, [{"op": "add", "path": ["voicemail"], "value": value}], f"mailbox {id_} added", keys):
            flash(gettext("Added. Now let a key lead to it."), "well")
            return redirect(url_for("menu.mailbox", id=id_), 303)
    return render_template("menu/mailbox.html", form=form, entry=None, title=gettext("Add a mailbox"), used=[])


@pages.post("/mailboxes/<id>/remove", endpoint="remove_mailbox")
@admin_only
def remove_mailbox(id: str) -> AnyResponse:
    """Take a mailbox away that nothing leads to."""
    document = load()
    entry_of(document, "voicemail", id)
    return removed(document, "voicemail", id)


class QueueForm(Based):
    """A queue."""

    name = StringField(lazy_pgettext("thing", "Name"))
    people = SelectMultipleField(
        lazy_gettext("Who answers"),
        option_widget=widgets.CheckboxInput(),
        widget=widgets.ListWidget(prefix_label=False),
    )
    overflow = SelectField(lazy_gettext("Nobody answers, or it takes too long"))
    max_wait_minutes = IntegerField(lazy_gettext("Longest wait, in minutes"))
    callback_key = StringField(lazy_gettext("Key for: call me back instead of waiting"))


@pages.route("/queues/<id>", endpoint="queue", methods=["GET", "POST"])
@admin_only
def queue(id: str) -> str | AnyResponse:
    """Change a queue."""
    document = load()
    number, entry = entry_of(document, "queues", id)
    form = QueueForm()
    form.people.choices = [(each["id"], title(each)) for each in ids(document, "people")]
    form.overflow.choices = {
        group: [each for each in choices if each[0] not in ("say", f"queue:{id}")]
        for group, choices in destinations(document).items()
    }
    if request.method == "GET":
        form.name.data, form.base.data = title(entry), document.revision
        form.people.data, form.overflow.data = list(entry.get("people") or ()), str(entry.get("overflow", "hangup"))
        form.max_wait_minutes.data = int(entry.get("max_wait_minutes", 10))
        form.callback_key.data = str(entry.get("callback_key", ""))
    elif form.validate_on_submit():
        edits = differing(["queues", {"id": id}], entry, _queue(form, entry))
        keys = {
            each: f"queues[{number}].{each}"
            for each in ("name", "people", "overflow", "max_wait_minutes", "callback_key")
        }
        if not edits or save(form, edits, f"queue {id}", keys, {keys["overflow"]: SOMEWHERE_ELSE}):
            return _done()
    return render_template("menu/queue.html", form=form, entry=entry, title=title(entry))


def _queue(form: QueueForm, entry: Table) -> Table:
    minutes = form.max_wait_minutes.data
    return {
        "name": (form.name.data or "").strip() or None,
        "people": in_order(form.people.data, entry.get("people")),
        "overflow": str(form.overflow.data),
        "max_wait_minutes": None if minutes == 10 and "max_wait_minutes" not in entry else minutes,
        "callback_key": (form.callback_key.data or "").strip() or None,
    }


def _done() -> AnyResponse:
    flash(gettext("Done. The next caller hears it."), "well")
    return redirect(url_for("menu.index"), 303)

"""Who may log in: two roles, a password for each, and never no administrator."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import abort, flash, g, redirect, render_template, url_for
from werkzeug.wrappers import Response as AnyResponse
from wtforms import RadioField, StringField
from wtforms.validators import InputRequired, Length

from webui import exchange, passwords
from webui.account import LONGEST_NAME, NewPassword
from webui.forms import Form
from webui.session import accounts, begin
from webui.settings.blueprint import pages
from webui.users import User
from webui.words import Words, gettext, lazy_gettext

ROLES: Mapping[str, Words] = {
    "caretaker": lazy_gettext("Caretaker: sees everything, deals with tickets, agrees swaps"),
    "admin": lazy_gettext("Administrator: may also change how the box works"),
}
FIELDS = {"bad_name": "name", "name_taken": "name", "last_admin": "role", "bad_role": "role"}


class RoleForm(Form):
    """Name and role."""

    name = StringField(lazy_gettext("User name"), [InputRequired(), Length(max=LONGEST_NAME)])
    role = RadioField(lazy_gettext("Role"), [InputRequired()], choices=lambda: list(ROLES.items()))


class NewUser(NewPassword, RoleForm):
    """Somebody new."""


@pages.route("/users", methods=["GET", "POST"])
def users() -> AnyResponse | str:
    """Everybody who may log in, and somebody new."""
    form = NewUser(role="caretaker")
    if form.validate_on_submit():
        name = form.name.data.strip()
        if accounts().find(name) is not None:
            form.say(gettext("There is a user of this name already."), "name")
        elif _saved(form, name=name, role=form.role.data, hash=passwords.hashed(form.password.data)):
            flash(gettext("%(name)s may log in now. Tell them the password in person.", name=name), "well")
            return redirect(url_for("settings.users"), 303)
    return render_template("settings/users.html", form=form, users=accounts().users().values(), roles=ROLES)


@pages.route("/users/<name>", methods=["GET", "POST"])
def user(name: str) -> AnyResponse | str:
    """Another name or role."""
    known = _user_or_404(name)
    form = RoleForm(name=known.name, role=known.role)
    if form.validate_on_submit():
        new = form.name.data.strip()
        renamed = {"old": known.name} if new != known.name else {}
        if _saved(form, name=new, role=form.role.data, **renamed):
            _stay_logged_in(known, new)
            flash(gettext("Saved. %(name)s has to log in anew.", name=new), "well")
            return redirect(url_for("settings.users"), 303)
    return render_template("settings/user.html", form=form, known=known, reset=NewPassword(formdata=None))


@pages.post("/users/<name>/password")
def reset_password(name: str) -> AnyResponse | str:
    """A new password for somebody who has forgotten theirs."""
    known = _user_or_404(name)
    form = NewPassword()
    if form.validate_on_submit():
        hashed = passwords.hashed(form.password.data)
        if _saved(form, name=known.name, hash=hashed):
            _stay_logged_in(known, known.name)
            flash(gettext("%(name)s has a new password and has to log in anew.", name=known.name), "well")
            return redirect(url_for("settings.users"), 303)
    role = RoleForm(formdata=None, name=known.name, role=known.role)
    return render_template("settings/user.html", form=role, known=known, reset=form)


@pages.post("/users/<name>/remove")
def remove_user(name: str) -> AnyResponse:
    """Somebody may log in no longer."""
    known = _user_or_404(name)
    try:
        exchange.change("user_remove", name=known.name)
    except exchange.TroubleError as error:
        flash(str(error), "care")
    else:
        flash(gettext("%(name)s may log in no longer.", name=known.name), "well")
    return redirect(url_for("settings.users"), 303)


def _saved(form: Form, **values: Any) -> bool:
    """Whether the exchange has taken it; otherwise the form says why."""
    try:
        exchange.change("user_save", **values)
    except exchange.TroubleError as error:
        form.say(str(error), FIELDS.get(error.code, ""))
        return False
    return True


def _stay_logged_in(before: User, name: str) -> None:
    """Whoever changes their own entry goes on: everybody else's old sessions end."""
    changed = accounts().users().get(name)
    if before.name == g.user.name and changed is not None:
        begin(changed)


def _user_or_404(name: str) -> User:
    known = accounts().users().get(name)
    if known is None:
        abort(404)
    return known

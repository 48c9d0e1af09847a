"""Log-in, log-out, one's own password, and the claim of a box that nobody owns yet. Users are kept by the exchange."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Response, current_app, flash, g, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse
from wtforms import PasswordField, StringField
from wtforms.validators import EqualTo, InputRequired, Length, ValidationError

from appliance.clock import SystemClock
from webui import exchange, passwords, visits
from webui.attempts import Attempts, place_of
from webui.forms import Form
from webui.page import Page
from webui.session import accounts, begin, end, open_to_all, safe_next
from webui.users import User
from webui.words import gettext, lazy_gettext, ngettext

KEPT = "kept."  # before the names of a kept form's fields
NOT_KEPT = ("csrf_token", "password", "pin", "secret")  # a field with this in its name is typed again
LONGEST_NAME = 40

pages = Page(
    "account",
    __name__,
    refusals={
        "wrong_code": lazy_gettext("This is not the code. It is printed where the box was started."),
        "too_soon": lazy_gettext("A wrong code was typed just before. Wait %(seconds)s s, then try again."),
        "claimed": lazy_gettext("This box has an owner already. Log in, or have a new code made: dyzurka unlock."),
        "bad_name": lazy_gettext("This name cannot be used: letters, digits, dots and dashes, please."),
        "broken": lazy_gettext("The list of users cannot be read. On the box itself: dyzurka unlock."),
        "name_taken": lazy_gettext("There is a user of this name already."),
    },
)


class LogIn(Form):
    """Name and password."""

    name = StringField(lazy_gettext("User name"), [InputRequired(), Length(max=LONGEST_NAME)])
    password = PasswordField(lazy_gettext("Password"), [InputRequired(), Length(max=passwords.MOST_LETTERS)])


class NewPassword(Form):
    """A password, typed twice."""

    password = PasswordField(
        lazy_gettext("New password"),
        [
            InputRequired(),
            Length(passwords.LEAST_LETTERS, message=lazy_gettext("At least ten characters, please.")),
            Length(max=passwords.MOST_LETTERS),
        ],
    )
    again = PasswordField(
        lazy_gettext("The same password again"),
        [EqualTo("password", lazy_gettext("The two passwords differ. Please type both again."))],
    )


class Claim(NewPassword):
    """The first administrator, and the code that proves that the box is theirs."""

    code = StringField(lazy_gettext("Claim code"), [InputRequired(), Length(max=40)])
    name = StringField(lazy_gettext("User name"), [InputRequired(), Length(max=LONGEST_NAME)])


class ChangePassword(NewPassword):
    """One's own password."""

    old_password = PasswordField(
        lazy_gettext("Present password"), [InputRequired(), Length(max=passwords.MOST_LETTERS)]
    )

    def validate_old_password(self, field: PasswordField) -> None:
        """It must be the one that holds."""
        trouble, right = try_password(g.user.name, field.data or "")
        if right is None:
            raise ValidationError(trouble)


@pages.route("/login", methods=["GET", "POST"])
@open_to_all
def login() -> AnyResponse | str | tuple[str, int]:
    """Log in, and go on to where one came from."""
    place = safe_next(request.values.get("next", ""))
    if g.user is not None:
        return redirect(place, 303)
    form = LogIn()
    kept = [(name.removeprefix(KEPT), value) for name, value in _typed() if name.startswith(KEPT)]
    if not form.validate_on_submit():
        return login_page(form, next_page=place, kept=kept)
    trouble, user = try_password(form.name.data, form.password.data)
    if user is None:
        form.say(trouble, "password")
        return login_page(form, next_page=place, kept=kept), 401
    begin(user)
    visits.came()
    if kept:
        return render_template("account/resume.html", place=place, kept=kept)
    return redirect(place, 303)


@pages.post("/logout")
def logout() -> AnyResponse:
    """Log out."""
    visits.left()
    end()
    flash(gettext("You are logged out."), "well")
    return redirect(url_for("account.login"), 303)


@pages.route("/claim", methods=["GET", "POST"])
@open_to_all
def claim() -> AnyResponse | str:
    """Become the first administrator of a box, or one more with a code of `dyzurka unlock`."""
    form = Claim()
    if request.method == "GET":
        form.code.data = request.args.get("code", "")  # from the QR on the box's own screen
    if form.validate_on_submit():
        name = form.name.data.strip()
        try:
            _claim(form.code.data.strip(), name, form.password.data)
        except exchange.TroubleError as error:
            form.say(str(error), {"bad_name": "name", "name_taken": "name", "wrong_code": "code"}.get(error.code, ""))
        else:
            user = accounts().find(name)
            if user is not None:
                begin(user)
            flash(gettext("The box is yours now."), "well")
            return redirect(url_for("setup.index" if "setup" in current_app.blueprints else "now.index"), 303)
    return render_template("account/claim.html", form=form, claimed=accounts().claimed, **_way())


def _way() -> dict[str, bool]:
    """How whoever stands at the box learns the code, which the page itself never tells: "by_button", "spoken"."""
    try:
        told = exchange.ask("claim_way")
    except exchange.TroubleError:
        told = {}
    return {each: bool(told.get(each)) for each in ("by_button", "spoken")}


def _claim(code: str, name: str, password: str) -> None:
    """Have an administrator made. A password is hashed for the right code only, one at a time. Raises TroubleError."""
    attempts: Attempts = current_app.config["ATTEMPTS"]
    address = place_of(request.remote_addr or "")
    exchange.ask("claim_code", code=code, address=address)
    with attempts.turn:
        hashed = passwords.hashed(password)
    exchange.ask("claim", timeout=exchange.CHANGE_SECONDS, code=code, name=name, hash=hashed, address=address)


@pages.route("/account", methods=["GET", "POST"])
def password() -> AnyResponse | str:
    """One's own password."""
    form = ChangePassword()
    if form.validate_on_submit():
        try:
            exchange.change("user_save", name=g.user.name, hash=passwords.hashed(form.password.data))
        except exchange.TroubleError as error:
            form.say(str(error))
        else:
            user = accounts().find(g.user.name)
            if user is not None:
                begin(user)  # the old password's sessions have ended, here one begins anew
            flash(gettext("Your password was changed. Elsewhere you are logged out."), "well")
            return redirect(url_for("account.password"), 303)
    return render_template("account/password.html", form=form)


def guard() -> AnyResponse | str | tuple[str, int] | None:
    """Before every view: to the claim while nobody owns the box, to the log-in whoever has not logged in."""
    view = current_app.view_functions.get(request.endpoint or "")
    if view is None or request.endpoint == "static" or g.user is not None:
        return None
    if not accounts().claimed and request.endpoint != "account.claim":
        return _away_to(url_for("account.claim"))
    if getattr(view, "open_to_all", False):
        return None
    if request.method != "POST":
        return _away_to(url_for("account.login", next=_here()))
    kept = [(name, value) for name, value in _typed() if not any(each in name for each in NOT_KEPT)]
    return login_page(LogIn(formdata=None), next_page=_here(), kept=kept), 401


def login_page(form: LogIn, *, next_page: str, kept: list[tuple[str, str]]) -> str:
    """The log-in, with what a form held that was sent after its session had ended."""
    return render_template("account/login.html", form=form, next_page=next_page, kept=kept, prefix=KEPT)


def try_password(name: str, password: str) -> tuple[str, User | None]:
    """Who it is, or in words why not. Wrong ones are counted."""
    attempts: Attempts = current_app.config["ATTEMPTS"]
    address = request.remote_addr or ""
    to_tell: tuple[int, int] | None = None
    user: User | None = None
    with attempts.turn:
        attempts.unlocked(accounts().unlocked())
        now = SystemClock().monotonic()
        if not attempts.wait(name, address, now):
            user = accounts().find(name)
            if passwords.is_right(password, user.hash if user else None):
                attempts.right(name, address)
                return "", user
            attempts.wrong(name, address, now)
            to_tell = attempts.to_tell(address, now)
        wait = attempts.wait(name, address, now)
    if to_tell is not None:
        visits.wrong(user.name if user else "", *to_tell)  # what was typed may be a password in the wrong field
    if wait:
        return _locked(wait), None
    return gettext("The user name or the password is wrong."), None


def _locked(seconds: float) -> str:
    """How long, and how to unlock."""
    minutes = max(round(seconds / 60.0), 1)
    wait = ngettext("Wait a minute.", "Wait %(num)d minutes.", minutes)
    how = gettext(
        "Too many wrong passwords from this device. Another device may still log in. Who can reach the box itself"
        " unlocks at once with the command dyzurka unlock, which also gives a code for a new administrator."
    )
    return f"{how} {wait}"


def _typed() -> list[tuple[str, str]]:
    typed: MultiDict[str, str] = request.form
    return list(typed.items(multi=True))


def _here() -> str:
    """This address without its host; of a piece that refreshes itself the page's."""
    page = urlsplit(request.headers.get("HX-Current-URL", ""))
    if page.path:
        return f"{page.path}?{page.query}".rstrip("?")
    return request.full_path.rstrip("?")


def _away_to(place: str) -> AnyResponse:
    """There; a piece that refreshes itself takes the whole page along."""
    if "HX-Request" in request.headers:
        return Response(status=401, headers={"HX-Redirect": place})
    return redirect(place, 303)

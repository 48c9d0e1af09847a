"""How much a form may bring: little, but where a view says that it takes a file."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from flask import Flask, current_app, render_template, request
from werkzeug.exceptions import RequestEntityTooLarge

FORM_BYTES = 64 * 1024
MEGABYTE = 2**20

View = TypeVar("View", bound=Callable[..., object])


def takes_files(most_bytes: int) -> Callable[[View], View]:
    """A view whose form may bring so much; stands below `@pages.post(…)`. The server's own limit holds besides."""

    def marked(view: View) -> View:
        view.most_bytes = most_bytes  # type: ignore[attr-defined]
        return view

    return marked


def limits_into(app: Flask) -> None:
    """Look at every form's size before anything reads it: to be called before CSRF protection is set up."""
    app.config["MAX_CONTENT_LENGTH"] = FORM_BYTES
    app.before_request(_measure)
    app.register_error_handler(RequestEntityTooLarge, _too_large)


def _measure() -> None:
    view = current_app.view_functions.get(request.endpoint or "")
    request.max_content_length = getattr(view, "most_bytes", FORM_BYTES)


def _too_large(error: RequestEntityTooLarge) -> tuple[str, int]:
    """A page that says how much is taken."""
    most = (request.max_content_length or FORM_BYTES) // MEGABYTE
    return render_template("too_large.html", most=most), 413

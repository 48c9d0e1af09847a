"""What a page was made of is given back with its answer, and not a hundred looks later."""

from __future__ import annotations

import gc
import weakref

import pytest
from flask import Flask, render_template_string

from webui.serve import leave_no_waste

TEMPLATE = "{% macro row(each) %}<tr>{{ each }}{{ row }}{{ shown }}{% endmacro %}{{ row(1) }}"


class Shown:
    """Something large that a page tells of."""


@pytest.fixture(autouse=True)
def the_collector_waits():
    """By itself it does nothing here; afterwards all is as it was."""
    gc.disable()
    yield
    gc.unfreeze()
    gc.enable()


@pytest.mark.parametrize("tidy", [True, False])
def test_what_was_shown_is_given_back(tidy):
    app, kept = Flask(__name__), []

    @app.get("/")
    def look():
        shown = Shown()
        kept.append(weakref.ref(shown))
        return render_template_string(TEMPLATE, shown=shown)

    if tidy:
        leave_no_waste(app)
    browser = app.test_client()
    browser.get("/")
    assert browser.get("/").status_code == 200
    assert (kept[0]() is None) is tidy, "a template's macros are a cycle: only the collector frees them"

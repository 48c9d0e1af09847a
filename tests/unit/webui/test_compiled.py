"""Templates' byte code: what is kept is used, what is old or broken is not; where none may be written, it goes on."""

from __future__ import annotations

import pytest
from jinja2 import DictLoader, Environment

from webui.compiled import Kept


@pytest.fixture
def page(tmp_path):
    """Makes an environment over templates in `sources`, as a start of the page would; its compilations are counted."""

    def make(sources, *, writes=True, **settings):
        environment = Environment(loader=DictLoader(sources), autoescape=True, **settings)
        environment.bytecode_cache = Kept(environment, tmp_path / "kept", writes=writes)
        environment.compilations = 0
        compiling = environment.compile

        def counted(*args, **named):
            environment.compilations += 1
            return compiling(*args, **named)

        environment.compile = counted
        return environment

    return make


def shown(environment, name="now/index.html"):
    return environment.get_template(name).render()


def test_the_next_start_compiles_nothing(page):
    sources = {"now/index.html": "dzień {{ 1 + 1 }}"}
    assert shown(page(sources)) == "dzień 2"
    again = page(sources)
    assert shown(again) == "dzień 2"
    assert again.compilations == 0


def test_a_changed_template_is_shown_as_it_is_now(page):
    shown(page({"now/index.html": "old"}))
    assert shown(page({"now/index.html": "new"})) == "new"


def test_another_setting_makes_other_byte_code(page):
    sources = {"now/index.html": "{% if true %}\nyes{% endif %}"}
    assert shown(page(sources)) == "\nyes"
    assert shown(page(sources, trim_blocks=True)) == "yes"


@pytest.mark.parametrize("kept", [b"", b"j2", b"nonsense", None])
def test_broken_byte_code_is_passed_over(page, tmp_path, kept):
    sources = {"now/index.html": "dzień"}
    shown(page(sources))
    (file,) = (tmp_path / "kept").iterdir()
    whole = file.read_bytes()
    for broken in [kept] if kept is not None else [whole[:size] for size in range(len(whole))]:
        file.write_bytes(broken)
        assert shown(page(sources)) == "dzień"


def test_where_nothing_may_be_written_nothing_is(page, tmp_path):
    assert shown(page({"now/index.html": "dzień"}, writes=False)) == "dzień"
    assert not (tmp_path / "kept").exists()
    (tmp_path / "kept").write_text("a file in the folder's place")
    assert shown(page({"now/index.html": "dzień"})) == "dzień"

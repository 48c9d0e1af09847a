"""Brings the page's Polish files up to date: `make words`. New English texts get an empty place, unused ones go.

A text's home is the file of the page that it is used in (`webui/NAME.py`, `webui/NAME/`, `webui/templates/NAME/` →
`translations/pl/NAME.po`), or `common.po`; a text that has a home already stays there. Files are sorted and name no
lines, so that two people's additions rarely meet.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po, write_po

WEBUI = Path(__file__).parents[1] / "webui"
CATALOGUES = WEBUI / "translations" / "pl"
COMMON = "common"
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2.ext:babel_extract")]
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "lazy_gettext": None,
    "lazy_ngettext": (1, 2),
    "lazy_pgettext": ((1, "c"), 2),
}
OPTIONS = {"templates/**.html": {"silent": "false", "trim_blocks": "true", "lstrip_blocks": "true"}}
HEADER = """msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=3; plural=(n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2);\\n"

"""
WIDTH = 118
PLURALS = 3  # forms of a Polish noun with a number

Key = tuple[str | tuple[str, ...], str | None]


def used() -> Iterator[tuple[str, Key]]:
    """Every text in code and templates with the file it would be at home in; a text comes as often as it is used."""
    found = extract_from_dir(WEBUI, method_map=METHODS, options_map=OPTIONS, keywords=KEYWORDS, comment_tags=())
    for name, _, text, _, context in found:
        parts = Path(name).with_suffix("").parts
        yield parts[1] if parts[0] == "templates" and len(parts) > 2 else parts[0], (text, context)


def homes() -> dict[str, Catalog]:
    """The Polish files by name."""
    return {path.stem: read(path) for path in sorted(CATALOGUES.glob("*.po"))}


def read(path: Path) -> Catalog:
    """One Polish file. Raises ValueError with the place of a mistake."""
    with path.open("rb") as file:
        return read_po(file, abort_invalid=True)


def key_of(message: object) -> Key:
    """What tells a message from others."""
    return message.id, message.context  # type: ignore[attr-defined]


def update(pages: frozenset[str]) -> int:
    """Write the files anew; returns how many texts have no Polish yet. `pages` may have a file of their own."""
    catalogues = homes()
    wanted = {key for _, key in used()}
    for catalogue in catalogues.values():
        for message in [each for each in catalogue if each.id and key_of(each) not in wanted]:
            catalogue.delete(message.id, message.context)
    known = {key_of(each) for catalogue in catalogues.values() for each in catalogue if each.id}
    for name, key in used():
        if key not in known:
            home = catalogues.setdefault(name if name in pages else COMMON, Catalog())
            home.add(key[0], ("",) * PLURALS if isinstance(key[0], tuple) else "", context=key[1])
            known.add(key)
    missing = 0
    for name, catalogue in catalogues.items():
        missing += sum(not each.string or not all(each.string) for each in catalogue if each.id)
        (CATALOGUES / f"{name}.po").write_text(written(catalogue), encoding="utf-8")
    return missing


def written(catalogue: Catalog) -> str:
    """The text of a file."""
    into = io.BytesIO()
    write_po(into, catalogue, width=WIDTH, no_location=True, omit_header=True, sort_output=True, ignore_obsolete=True)
    return HEADER + into.getvalue().decode()


if __name__ == "__main__":
    sys.path.insert(0, str(WEBUI.parent))
    from webui.app import PAGES

    without = update(frozenset(PAGES))
    print(f"{without} texts have no Polish yet: look for an empty msgstr in webui/translations/pl/")
    sys.exit(bool(without))

"""Every text that callers may hear and that the association may put into its own words: where it stands in the file,
what it says in both languages, what must be filled in, and what changing it does to the file. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from webui.document import Document
from webui.menu.naming import title
from webui.menu.topics import MAY_BE_LEFT_OUT
from webui.words import gettext

FILE = "file:"
BRACES = re.compile(r"\{(\w*)\}")
GREETED = frozenset({"hello", "building"})

Edit = dict[str, Any]
Path = list[Any]


@dataclass(frozen=True, slots=True)
class Speech:
    """One text. `said` is what is heard now, `usual` what is heard without a word of the association's own.

    `paths` say where each language stands in the file; of a built-in sentence both stand in one place, `pair`.
    `empty_is_usual`: an empty English text means that nothing of its own is said. `place` is its address.
    """

    place: Mapping[str, Any]
    title: str
    said: Mapping[str, str]
    usual: Mapping[str, str]
    paths: Mapping[str, Path]
    own: bool
    pair: bool = False
    fills: frozenset[str] = frozenset()
    needs: frozenset[str] = frozenset()
    must_speak: bool = False
    empty_is_usual: bool = False
    back: Mapping[str, str] = field(default_factory=dict)

    @property
    def may_be_recorded(self) -> bool:
        """Whether a recording can stand for it: nothing has to be filled in."""
        return not self.needs

    def mistakes(self, texts: Mapping[str, str]) -> dict[str, str]:
        """What is wrong with new texts, by language, in words."""
        found = {}
        for language, text in texts.items():
            used = set(BRACES.findall(text))
            missing, unknown = sorted(self.needs - used), sorted(used - self.fills)
            if text.startswith(FILE):
                if not self.may_be_recorded:
                    found[language] = gettext("A recording cannot say what changes from call to call.")
            elif not text and self.must_speak and not (self.empty_is_usual and language == "en"):
                found[language] = gettext("Something has to be said here.")
            elif missing and text:
                found[language] = gettext(
                    "%(braces)s is missing. Put it where it is to be said.", braces=in_braces(missing)
                )
            elif unknown:
                found[language] = gettext(
                    "%(braces)s means nothing here, and would be read out. Leave it out.", braces=in_braces(unknown)
                )
        return found

    def edits(self, texts: Mapping[str, str]) -> list[Edit]:
        """What makes these the texts; [] where nothing changes. A usual text is not written down."""
        if texts == self.said:
            return []
        if self.pair:
            if texts == self.usual:
                return self.back_to_usual()
            return [{"op": "set", "path": self.paths["pl"], "value": [texts["pl"], texts["en"]]}]
        made = []
        for language, text in texts.items():
            if text == self.said[language]:
                continue
            drops = text == self.usual[language] or (language == "en" and not text and self.empty_is_usual)
            made.append({"op": "remove", "path": self.paths[language]} if drops else _set(self.paths[language], text))
        return made

    def back_to_usual(self) -> list[Edit]:
        """What takes the association's own words away."""
        if self.pair:
            return [{"op": "remove", "path": self.paths["pl"]}] if self.own else []
        return [
            {"op": "remove", "path": self.paths[language]}
            for language in self.paths
            if self.said[language] != self.usual[language]
        ]


def _set(path: Path, text: str) -> Edit:
    return {"op": "set", "path": path, "value": text}


def in_braces(names: Sequence[str]) -> str:
    """ "{number}, {time}"."""
    return ", ".join(f"{{{each}}}" for each in names)


def find(document: Document, sentences: Sequence[Mapping[str, Any]], kind: str, name: str, key: str) -> Speech | None:
    """The text of that address, or None. `sentences` as the exchange tells them."""
    known = {str(each.get("key")): each for each in sentences}
    if kind == "sentence":
        return _sentence(known.get(name))
    usual = _both(known.get("greet"))
    if kind == "greeting" and (found := document.entry("menus", name)):
        heading = gettext("Greeting of “%(name)s”", name=title(found[1]))
        return _greeting(document, found[1], "menus", {"kind": kind, "name": name}, heading, usual)
    if kind == "mailbox" and (found := document.entry("voicemail", name)):
        heading = gettext("Before a message is left: “%(name)s”", name=title(found[1]))
        usual = _both(known.get("vm_urgent" if found[1].get("urgent") else "vm_office"))
        return _greeting(document, found[1], "voicemail", {"kind": kind, "name": name}, heading, usual)
    if kind == "option" and (found := document.entry("menus", name)):
        options = [each for each in found[1].get("options") or () if each.get("key") == key]
        return _option(found[1], options[0]) if options else None
    return None


def _both(sentence: Mapping[str, Any] | None) -> dict[str, str]:
    return {language: str((sentence or {}).get(language, "")) for language in ("pl", "en")}


def _sentence(sentence: Mapping[str, Any] | None) -> Speech | None:
    if sentence is None:
        return None
    key, said = str(sentence["key"]), _both(sentence)
    usual = _both(sentence.get("built_in")) if sentence.get("built_in") else said
    fills = frozenset(BRACES.findall(usual["pl"]))
    path = ["sentences", key]
    return Speech(
        place={"kind": "sentence", "name": key},
        title=gettext("Sentence: “%(text)s”", text=usual["pl"] if len(usual["pl"]) < 60 else f"{usual['pl'][:57]}…"),
        said=said,
        usual=usual,
        paths={"pl": path, "en": path},
        own=bool(sentence.get("own")),
        pair=True,
        fills=fills,
        needs=fills - MAY_BE_LEFT_OUT,
        must_speak=True,
    )


def _greeting(
    document: Document,
    entry: Mapping[str, Any],
    table: str,
    place: Mapping[str, str],
    heading: str,
    usual: Mapping[str, str],
) -> Speech:
    english_box = (document.building.get("box") or {}).get("language") == "en"
    at: Path = [table, {"id": entry["id"]}]
    polish = entry.get("greeting")
    english = entry.get("greeting_en", polish if english_box else None)
    said = {
        "pl": usual["pl"] if polish is None else str(polish),
        "en": usual["en"] if english is None else str(english),
    }
    return Speech(
        place=place,
        title=heading,
        said=said,
        usual=usual,
        paths={"pl": [*at, "greeting"], "en": [*at, "greeting_en"]},
        own="greeting" in entry or "greeting_en" in entry,
        fills=GREETED,
    )


def _option(menu: Mapping[str, Any], option: Mapping[str, Any]) -> Speech:
    at: Path = ["menus", {"id": menu["id"]}, "options", {"key": option["key"]}]
    said = {"pl": str(option.get("say", "")), "en": str(option.get("say_en", ""))}
    return Speech(
        place={"kind": "option", "name": str(menu["id"]), "key": str(option["key"])},
        title=gettext("Key %(key)s in “%(name)s”", key=option["key"], name=title(menu)),
        said=said,
        usual={"pl": "", "en": ""},
        paths={"pl": [*at, "say"], "en": [*at, "say_en"]},
        own=False,
        fills=GREETED,
        must_speak=True,
        empty_is_usual=True,
    )

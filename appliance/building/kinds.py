"""The kinds of values that building.toml knows, apart from times: each reads one plain value or says what is wrong.

A kind knows its own value only; whether values go together is the business of `checks.py`.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path as FilePath
from pathlib import PurePosixPath
from typing import Any, Protocol, TypeAlias, get_args

from appliance.building import numbers
from appliance.building.model import Destination, DestinationKind
from appliance.building.notes import Notes, WrongError, shown
from appliance.building.positions import Path

# Destinations that name an entry of a table, and which.
TARGET_TABLES = {
    "menu": "menus",
    "duty": "duty",
    "queue": "queues",
    "voicemail": "voicemail",
    "extension": "extensions",
    "person": "people",
}
ALONE = ("status", "callback", "hangup")
PLACEHOLDERS = frozenset({"hello", "building"})  # what a greeting or an option may have filled in
_BRACES = re.compile(r"\{([a-z_]*)\}")
_HOST = r"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)(?::[0-9]{1,5})?"
_SIP_ADDRESS = re.compile(rf"sips?:[^\s@;<>]+@{_HOST}(?:;[^\s<>]*)?")


Reading: TypeAlias = Any  # what a kind reads; which type it is, its own signature says


class Kind(Protocol):
    """Reads one value. Raises WrongError; a kind of many values notes each one's mistake and keeps the others."""

    def read(self, value: object, at: Path, notes: Notes) -> Reading:
        """The value as the model holds it."""
        ...


@dataclass(frozen=True, slots=True)
class Text:
    """A text, not empty unless `empty`; where there is a pattern all of it must match, or `message` is told."""

    pattern: str = ""
    message: str = ""
    empty: bool = False

    def read(self, value: object, at: Path, notes: Notes) -> str:
        """The text without blanks around it."""
        if not isinstance(value, str):
            raise WrongError("not_text", value=shown(value))
        text = value.strip()
        if not text and not self.empty:
            raise WrongError("empty")
        if self.pattern and text and not re.fullmatch(self.pattern, text):
            raise WrongError(self.message, value=shown(value))
        return text


ID = Text(r"[A-Za-z0-9][A-Za-z0-9_-]*", "bad_id")
SERVER = Text(_HOST, "bad_server")
PREFIX = Text(r"\+[1-9][0-9]{0,14}", "bad_prefix")
KEYPRESS = Text(r"[0-9*#]{1,4}", "bad_key")
EXTENSION_NUMBER = Text(r"[0-9]{1,6}", "bad_extension")
MAIL = Text(r"[^@\s]+@[^@\s]+", "bad_mail")
PUSH = Text(r"[a-z][a-z0-9+.-]*://[^\s]+", "bad_push")


@dataclass(frozen=True, slots=True)
class Flag:
    """true or false."""

    def read(self, value: object, at: Path, notes: Notes) -> bool:
        """The flag."""
        if not isinstance(value, bool):
            raise WrongError("not_flag", value=shown(value))
        return value


@dataclass(frozen=True, slots=True)
class Number:
    """A number between two bounds, both allowed; `above` excludes the lower one, `whole` takes no fractions."""

    low: float
    high: float
    whole: bool = False
    above: bool = False

    def read(self, value: object, at: Path, notes: Notes) -> float:
        """The number: int where whole, else float."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise WrongError("not_number", value=shown(value))
        if self.whole and not isinstance(value, int):
            raise WrongError("not_whole", value=shown(value))
        if not self.low <= value <= self.high or (self.above and value == self.low):
            least = "> " + f"{self.low:g}" if self.above else f"{self.low:g}"
            raise WrongError("out_of_bounds", value=shown(value), low=least, high=f"{self.high:g}")
        return value if self.whole else float(value)


PIN = Number(0, 27, whole=True)


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of a few words."""

    words: tuple[str, ...]

    def read(self, value: object, at: Path, notes: Notes) -> str:
        """The word."""
        if not isinstance(value, str) or value not in self.words:
            raise WrongError("not_one_of", value=shown(value), words=", ".join(f'"{each}"' for each in self.words))
        return value


@dataclass(frozen=True, slots=True)
class Reference:
    """The id of an entry of another table."""

    table: str

    def read(self, value: object, at: Path, notes: Notes) -> str:
        """The id; whether it exists is looked up at the end."""
        target = Text().read(value, at, notes)
        notes.refer(at, self.table, target)
        return target


@dataclass(frozen=True, slots=True)
class Goto:
    """A destination: `menu:ID`, `say:TEXT`, `hangup` and so on."""

    def read(self, value: object, at: Path, notes: Notes) -> Destination:
        """The destination; its target is looked up at the end."""
        text = Text().read(value, at, notes)
        word, colon, target = text.partition(":")
        target = target.strip()
        if word not in get_args(DestinationKind) or bool(target) == (word in ALONE) or bool(colon) == (word in ALONE):
            raise WrongError("bad_destination", value=shown(value))
        if word == "say":
            Words().read(target, at, notes)
            return Destination("say", target)
        if word in TARGET_TABLES:
            notes.refer(at, TARGET_TABLES[word], target)
        kind: Any = word
        return Destination(kind, target)


@dataclass(frozen=True, slots=True)
class Words:
    """What callers hear: a text, possibly empty, or `file:NAME` within the prompts of the data directory."""

    placeholders: frozenset[str] = PLACEHOLDERS

    def read(self, value: object, at: Path, notes: Notes) -> str:
        """The text or `file:NAME`."""
        if not isinstance(value, str):
            raise WrongError("not_text", value=shown(value))
        if value.startswith("file:"):
            return "file:" + _inside(value.removeprefix("file:").strip())
        for name in _BRACES.findall(value):
            if name not in self.placeholders:
                known = ", ".join(f"{{{each}}}" for each in sorted(self.placeholders)) or "—"
                raise WrongError("bad_placeholder", value="{" + name + "}", known=known)
        if re.search(r"[{}]", _BRACES.sub("", value)):
            raise WrongError("stray_brace", value=shown(value))
        return value


def _inside(name: str) -> str:
    path = PurePosixPath(name)
    if not name or path.is_absolute() or ".." in path.parts or path == PurePosixPath() or re.search(r"[\\\0]", name):
        raise WrongError("bad_file", value=shown(name))
    return name


@dataclass(frozen=True, slots=True)
class PhoneNumber:
    """A telephone number in E.164 form; blanks, dashes, dots and brackets in it are allowed."""

    def read(self, value: object, at: Path, notes: Notes) -> str:
        """The number without them."""
        text = Text().read(value, at, notes)
        bare = re.sub(r"[\s\-.()]", "", text)
        if numbers.is_emergency(bare):
            raise WrongError("emergency", value=shown(value))
        if not bare.startswith("+"):
            better = numbers.e164(bare)
            raise WrongError("not_e164", value=shown(value), better=better or "+48600100200")
        if not numbers.is_e164(bare):
            raise WrongError("bad_number", value=shown(value))
        return bare


@dataclass(frozen=True, slots=True)
class Phone:
    """A person's telephone: E.164, `ext:NUMBER` or a `sip:` address."""

    def read(self, value: object, at: Path, notes: Notes) -> str:
        """The telephone."""
        text = Text().read(value, at, notes)
        if text.startswith("ext:"):
            number = text.removeprefix("ext:").strip()
            notes.refer(at, "extensions", number)
            return f"ext:{number}"
        if text.startswith(("sip:", "sips:")):
            if not _SIP_ADDRESS.fullmatch(text):
                raise WrongError("bad_sip", value=shown(value))
            return text
        return PhoneNumber().read(value, at, notes)


@dataclass(frozen=True, slots=True)
class Network:
    """A range of IP addresses as CIDR: 192.168.1.0/24."""

    def read(self, value: object, at: Path, notes: Notes) -> str:
        """The range."""
        text = Text().read(value, at, notes)
        try:
            return str(ipaddress.ip_network(text))
        except ValueError:
            raise WrongError("bad_network", value=shown(value)) from None


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list of values of one kind; with `single`, one value may stand without the brackets."""

    kind: Kind
    at_least: int = 0
    single: bool = False

    def read(self, value: object, at: Path, notes: Notes) -> tuple[Any, ...]:
        """The values that could be read; the mistakes of the others are noted."""
        if self.single and not isinstance(value, list):
            return (self.kind.read(value, at, notes),)
        if not isinstance(value, list):
            raise WrongError("not_list", value=shown(value))
        if len(value) < self.at_least:
            raise WrongError("empty_list")
        found = []
        for index, each in enumerate(value):
            try:
                found.append(self.kind.read(each, (*at, index), notes))
            except WrongError as error:
                notes.wrong((*at, index), error.message, **error.details)
        return tuple(found)


@dataclass(frozen=True, slots=True)
class MapOf:
    """A table whose keys the building chooses."""

    key: Kind
    kind: Kind

    def read(self, value: object, at: Path, notes: Notes) -> dict[Any, Any]:
        """The pairs that could be read; the mistakes of the others are noted."""
        if not isinstance(value, dict):
            raise WrongError("not_table", value=shown(value))
        found = {}
        for name, each in value.items():
            try:
                key = self.key.read(name, (*at, name), notes)
                found[key] = self.kind.read(each, (*at, name), notes)
            except WrongError as error:
                notes.wrong((*at, name), error.message, **error.details)
        return found


@cache
def built_in_sentences() -> Mapping[str, tuple[str, str]]:
    """The sentences that ship with the box, (Polish, English) by key."""
    import tomllib

    file = FilePath(__file__).parent.parent / "callflow" / "sentences.toml"
    return {key: (str(pl), str(en)) for key, (pl, en) in tomllib.loads(file.read_text("utf-8")).items()}


@dataclass(frozen=True, slots=True)
class Sentence:
    """The replacement of a built-in sentence: one text for the box's language, or a list of the Polish and English."""

    def read(self, value: object, at: Path, notes: Notes) -> tuple[str, str]:
        """The pair; a language that is not replaced keeps the built-in text."""
        built_in = built_in_sentences()[str(at[-1])]
        words = Words(frozenset(name for text in built_in for name in _BRACES.findall(text)))
        if isinstance(value, list):
            if len(value) != 2:
                raise WrongError("bad_pair", value=shown(value))
            return words.read(value[0], at, notes), words.read(value[1], at, notes)
        text = words.read(value, at, notes)
        return (text, built_in[1]) if notes.language == "pl" else (built_in[0], text)


@dataclass(frozen=True, slots=True)
class SentenceKey:
    """The key of a built-in sentence."""

    def read(self, value: object, at: Path, notes: Notes) -> str:
        """The key."""
        if value not in built_in_sentences():
            raise WrongError("unknown_sentence", value=shown(value), near=tuple(built_in_sentences()), name=value)
        return str(value)

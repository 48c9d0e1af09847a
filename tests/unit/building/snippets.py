"""A small building file without mistakes, and what becomes of it when a piece of it is replaced."""

from __future__ import annotations

from pathlib import Path

from appliance.building.file import BuildingError, check

SMALL = """\
[box]
name = "Lipowa 7"
language = "pl"
timezone = "Europe/Warsaw"

[[buildings]]
id = "lipowa7"
name = "Lipowa siedem"

[[lines]]
id = "provider"
kind = "sip"
server = "127.0.0.1:5070"
number = "+48221234567"

[outbound]
allow = ["+48"]

[[people]]
id = "nowak"
name = "Jan Nowak"
phones = ["+48600100200"]

[[people]]
id = "kowalska"
name = "Anna Kowalska"
phones = ["ext:21"]

[[extensions]]
number = "21"
name = "Dozorca"
password = "dwadziescia"

[hours.office]
open = ["mon-fri 08:00-16:00"]

[[scenarios]]
id = "day"
when = "office"
menu = "main"

[[scenarios]]
id = "night"
menu = "main"

[[menus]]
id = "main"
no_input = "duty:help"

  [[menus.options]]
  key = "1"
  say = "Awaria"
  goto = "duty:help"

  [[menus.options]]
  key = "2"
  say = "Biuro"
  goto = "queue:office"

[[duty]]
id = "help"
people = ["nowak", "kowalska"]
unanswered = "voicemail:office"

[[queues]]
id = "office"
name = "Biuro"
people = ["kowalska"]
overflow = "voicemail:office"

[[voicemail]]
id = "office"
"""


def changed(*replacements: tuple[str, str], language: str = "pl") -> str:
    """The small building with pieces of its text replaced, each of which must be there; `""` is the end."""
    text = SMALL.replace('language = "pl"', f'language = "{language}"')
    for old, new in replacements:
        assert old in text, old
        text = text.replace(old, new, 1) if old else text + new
    return text


def mistakes(directory: Path, text: str | bytes) -> list[BuildingError]:
    """What `check` says about such a file."""
    file = directory / "building.toml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return check(file)


def line_of(text: str, marked: str) -> int:
    """The line in which a piece of text begins, counted from 1."""
    assert text.count(marked) >= 1, marked
    return text[: text.index(marked)].count("\n") + 1

"""The buildings of the demo: one menu each, a trunk that ends at the demo's own telephones, one telephone inside."""

from __future__ import annotations

NUMBER, RESIDENT, NEIGHBOUR = "+48221234567", "+48501502503", "+48501502504"
NOWAK, KOWALSKA = "+48600100200", "+48600300400"
EXTENSION, PASSWORD = "11", "tylko-proba-11"
CALLBACK_KEY = "9"

_HEAD = """\
[box]
name = "Dyżurka, próba"
language = "pl"
timezone = "Europe/Warsaw"

[[buildings]]
id = "lipowa7"
name = "Wspólnota Mieszkaniowa Lipowa 7"

[[lines]]
id = "provider"
kind = "sip"
server = "127.0.0.1:{port}"
number = "{number}"
channels = 6

[outbound]
lines = ["provider"]
allow = ["+48"]

[[scenarios]]
id = "always"
menu = "main"

[[residents]]
flat = "12"
phones = ["{resident}"]
"""

_URGENT = """
[[people]]
id = "nowak"
name = "Jan Nowak"
phones = ["{nowak}"]

[[menus]]
id = "main"
no_input = "duty:pogotowie"

  [[menus.options]]
  key = "1"
  say = "Pilna awaria, na przykład zalanie"
  goto = "duty:pogotowie"
  urgent = true

[[duty]]
id = "pogotowie"
people = ["nowak"]
unanswered = "voicemail:urgent"

[[voicemail]]
id = "urgent"
urgent = true
"""

_NIGHT_LIST = """\
people = ["nowak", "kowalska"]
ring_seconds = 3
last_round = "all"
chase_minutes = 0.1"""

_NIGHT = (
    _URGENT.replace('people = ["nowak"]', _NIGHT_LIST)
    + """
[[people]]
id = "kowalska"
name = "Anna Kowalska"
phones = ["{kowalska}"]
"""
)

_QUEUE = """
[[people]]
id = "biuro"
name = "Biuro"
phones = ["ext:{extension}"]

[[extensions]]
number = "{extension}"
name = "Biuro"
password = "{password}"

[[menus]]
id = "main"
no_input = "queue:office"

  [[menus.options]]
  key = "4"
  say = "Inna sprawa do biura"
  goto = "queue:office"

[[queues]]
id = "office"
people = ["biuro"]
callback_key = "{callback_key}"
overflow = "voicemail:office"

[[voicemail]]
id = "office"

[[residents]]
flat = "13"
phones = ["{neighbour}"]
"""


def urgent_building(port: int) -> str:
    """The text of a building.toml with one person on duty; its provider listens on this port of loopback."""
    return _filled(_URGENT, port)


def night_building(port: int) -> str:
    """The same with two people on duty, who are rung for 3 s each, and a chase that begins after 6 s."""
    return _filled(_NIGHT, port)


def queue_building(port: int) -> str:
    """The same with an office at a telephone in the building, and a queue before it."""
    return _filled(_QUEUE, port)


def _filled(rest: str, port: int) -> str:
    return (_HEAD + rest).format(
        port=port,
        number=NUMBER,
        resident=RESIDENT,
        neighbour=NEIGHBOUR,
        nowak=NOWAK,
        kowalska=KOWALSKA,
        extension=EXTENSION,
        password=PASSWORD,
        callback_key=CALLBACK_KEY,
    )

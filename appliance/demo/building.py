"""The building of the demo: one menu, one person on duty, a trunk that ends at the demo's own telephones."""

from __future__ import annotations

NUMBER, RESIDENT, DUTY = "+48221234567", "+48501502503", "+48600100200"

_FILE = """\
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
channels = 4

[outbound]
lines = ["provider"]
allow = ["+48"]

[[people]]
id = "nowak"
name = "Jan Nowak"
phones = ["{duty}"]

[[scenarios]]
id = "always"
menu = "main"

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

[[residents]]
flat = "12"
phones = ["{resident}"]
"""


def building_file(port: int) -> str:
    """The text of a building.toml whose provider listens on this port of loopback."""
    return _FILE.format(port=port, number=NUMBER, duty=DUTY, resident=RESIDENT)

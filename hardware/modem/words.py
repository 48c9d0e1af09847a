"""What can be wrong with any modem, in Polish and English; each kind of line adds what is wrong with its own."""

from __future__ import annotations

from collections.abc import Mapping

FAULTS: Mapping[str, tuple[str, str]] = {
    "unplugged": (
        "modemu nie ma: włożyć go do gniazda USB, najlepiej przez hub z własnym zasilaniem",
        "there is no modem: plug it into a USB socket, best through a hub with its own power supply",
    ),
    "in_use": (
        "modemu używa inny program ({device}): zatrzymać go (zwykle: systemctl disable --now ModemManager)",
        "another program uses the modem ({device}): stop it (mostly: systemctl disable --now ModemManager)",
    ),
    "no_access": (
        "nie wolno otworzyć modemu ({device}): dodać użytkownika do grupy dialout",
        "the modem may not be opened ({device}): add the user to the group dialout",
    ),
    "silent": (
        "modem nie odpowiada; jest uruchamiany od nowa. Jeśli to wraca, dać mu własne zasilanie albo wymienić",
        "the modem does not answer; it is being restarted. Where this comes back, give it its own power, or replace it",
    ),
}

"""What is said of each fault, in Polish and English: what is wrong, what it means, what to do about it."""

from __future__ import annotations

from collections.abc import Mapping

from appliance.building.model import Language
from appliance.health.judge import Fault

WORDS: Mapping[str, tuple[str, str]] = {
    "media_silent": (
        "Proces dźwięku nie odpowiada: w rozmowach jest cisza. Uruchamia się sam od nowa; jeśli to wraca, sprawdzić"
        " zasilanie i wolną pamięć maszyny.",
        "The media process does not answer: calls are silent. It is started again by itself; where this comes back,"
        " look at the machine's power supply and free memory.",
    ),
    "media_trouble": (
        "Kłopot z procesem dźwięku: {text}. Po awarii uruchamia się sam od nowa; jeśli to wraca, sprawdzić zasilanie"
        " i wolną pamięć maszyny, a potem zgłosić to razem z dziennikiem.",
        "Trouble with the media process: {text}. After a crash it is started again by itself; where this comes back,"
        " look at the machine's power supply and free memory, then report it together with the log.",
    ),
    "media_late": (
        "Dźwięk się spóźnia ({count} s z ostatniej minuty): głos może się rwać. Zatrzymać na tej maszynie inne"
        " programy; dyzurka doctor powie, czy dźwięk ma pierwszeństwo.",
        "Sound is late ({count} s of the last minute): voices may break up. Stop other programs on this machine;"
        " dyzurka doctor says whether sound goes first.",
    ),
    "loop_late": (
        "Centrala się spóźnia (w ostatniej minucie nawet {seconds} s): na odebranie i klawisze trzeba czekać."
        " Zatrzymać na tej maszynie inne programy; sprawdzić kartę pamięci i zasilanie.",
        "The exchange is late (up to {seconds} s in the last minute): answers and keys take their time. Stop other"
        " programs on this machine; look at its memory card and power supply.",
    ),
    "register_slow": (
        "Dysk jest za wolny: na zapis w rejestrze czeka się {seconds} s (zdarzeń: {count}). Nic nie jest obiecywane"
        " przed zapisem."
        " Jeśli nie trwa właśnie wymazywanie danych (może tyle potrwać), zatrzymać programy, które piszą na ten dysk;"
        " jeśli to wraca, wymienić kartę pamięci.",
        "The disk is too slow: the register has waited {seconds} s for it (events: {count}). Nothing is promised before"
        " it is written. Unless data are being erased just now (that may take so long), stop programs that write to"
        " this disk; where this comes back, replace the memory card.",
    ),
    "disk_low": (
        "Na dysku z danymi jest już tylko {free} MB wolnego miejsca. Zwolnić miejsce, na przykład zmniejszyć keep_days"
        " w [recording]: inaczej wkrótce nic się nie zapisze.",
        "Only {free} MB are free on the disk of the data directory. Make room, for instance by a smaller keep_days in"
        " [recording]: soon nothing more can be saved.",
    ),
    "disk_read_only": (
        "Na dysku z danymi nie można pisać (tylko do odczytu): nic się nie zapisze. Uruchomić maszynę od nowa; jeśli"
        " to wróci, wymienić kartę pamięci.",
        "The disk of the data directory is read-only: nothing is saved. Start the machine again; where this comes back,"
        " replace the memory card.",
    ),
    "clock": (
        "Zegar nie jest zsynchronizowany: godziny i dyżury mogą się nie zgadzać. Włączyć synchronizację (timedatectl"
        " set-ntp true) i sprawdzić sieć.",
        "The clock is not synchronised: hours and duties may be wrong. Switch synchronisation on (timedatectl set-ntp"
        " true) and look at the network.",
    ),
    "line_down": (
        "Linia {id} nie działa{fault}. Sprawdzić sieć, potem dane z umowy; na końcu zadzwonić do operatora.",
        "Line {id} does not work{fault}. Look at the network, then at the contract's data; then call the provider.",
    ),
    "line_copper": (
        "Linia {id} jest głucha: w gnieździe LINE bramki nie ma napięcia. Sprawdzić wtyczkę w bramce i w ścianie, potem"
        " zgłosić operatorowi linii.",
        "Line {id} is dead: there is no voltage at the gateway's LINE socket. Look at the plug in the gateway and in"
        " the wall, then tell the line's provider.",
    ),
    "line_modem": ("Linia {id} nie działa{fault}.", "Line {id} does not work{fault}."),
    "line_warns": ("Linia {id} działa, ale trzeba coś zrobić{fault}.", "Line {id} works, but needs attention{fault}."),
    "line_unsupported": (
        "Linia {id} nie działa{fault}. Usunąć ją z pliku budynku i dodać linię SIP.",
        "Line {id} does not work{fault}. Take it out of the building file and add a SIP line.",
    ),
    "card_expires": (
        "Karta SIM linii {id} jest ważna do {day} (zostało dni: {days}). Doładować ją i wpisać nową datę (expires):"
        " po tym dniu operator może ją wyłączyć, a z nią numer.",
        "The SIM card of line {id} expires on {day} (days left: {days}). Top it up and write the new date (expires):"
        " afterwards its provider may switch it off, and the number with it.",
    ),
    "card_expired": (
        "Ważność karty SIM linii {id} skończyła się {day}. Doładować ją od razu i wpisać nową datę (expires); jeśli już"
        " nie działa, zadzwonić do operatora karty.",
        "The SIM card of line {id} expired on {day}. Top it up at once and write the new date (expires); where it does"
        " not work any more, call its provider.",
    ),
    "blind": (
        "Centrala nie umie teraz ocenić swojego stanu: {error}. Połączenia działają; zgłosić to z dziennikiem.",
        "The exchange cannot judge its own state now: {error}. Calls go on; report this together with the log.",
    ),
}


def said(fault: Fault, language: Language) -> str:
    """The fault as a text for people."""
    return WORDS[fault.key][language != "pl"].format(**fault.details)

"""What is said of an update in a terminal and in the log, in Polish and English. The page has words of its own."""

from __future__ import annotations

from collections.abc import Mapping

from appliance.building.model import Language
from appliance.updating.journal import Journal
from appliance.updating.states import State

WHY: Mapping[str, tuple[str, str]] = {
    "calls_up": (
        "Trwają rozmowy ({count}): spróbować, gdy się skończą.",
        "Calls are up ({count}): try again when they are over.",
    ),
    "urgent_waits": (
        "Ktoś w potrzebie czeka, aż dyżurny się nim zajmie: najpierw to.",
        "Somebody in need waits for duty to take over: that goes first.",
    ),
    "unconfirmed_edit": (
        "Zmiana ustawień czeka na potwierdzenie: potwierdzić ją albo poczekać, aż się cofnie.",
        "A change of the settings waits to be confirmed: confirm it, or wait until it goes back.",
    ),
    "weak_power": (
        "Zasilacz nie trzyma napięcia: zapis mógłby się nie udać. Podłączyć oryginalny zasilacz i spróbować znowu.",
        "The power supply does not hold its voltage: writing might fail. Plug in the original one, then try again.",
    ),
    "no_room": (
        "Potrzeba {needed} MB wolnego miejsca, a jest {free} MB: usunąć starą kopię albo skrócić przechowywanie.",
        "{needed} MB must be free, there are {free} MB: remove an old backup, or keep recordings for a shorter time.",
    ),
    "other_machine": (
        "Ten plik jest dla innej maszyny ({bundle}), a to jest {machine}.",
        "This file is for another machine ({bundle}), and this is {machine}.",
    ),
    "on_probation": (
        "Obecna wersja dopiero się sprawdza: poczekać, aż zostanie zatwierdzona.",
        "The version that runs is still on probation: wait until it is kept.",
    ),
    "not_newer": (
        "W pliku jest wersja {bundle}, a działa {running}: nie jest nowsza. Można ją zainstalować mimo to.",
        "The file holds version {bundle}, and {running} runs: it is not newer. It can be installed all the same.",
    ),
    "other_slot_empty": (
        "Nie ma do czego wrócić: drugie miejsce jest puste.",
        "There is nothing to go back to: the other slot is empty.",
    ),
    "no_bundle": (
        "To nie jest plik aktualizacji albo tylko jego część ({why}): pobrać go jeszcze raz.",
        "This is no update, or only a part of one ({why}): fetch it once more.",
    ),
    "not_signed": (
        "Nikt, komu to urządzenie ufa, nie podpisał tego pliku ({why}). Nie instalować; wziąć go od wydawcy.",
        "Nobody whom this box trusts has signed this file ({why}). Do not install it; take it from the publisher.",
    ),
    "tampered": (
        "Plik jest uszkodzony albo zmieniony po podpisaniu: pobrać go jeszcze raz od wydawcy.",
        "The file is damaged, or was changed after it was signed: fetch it once more from the publisher.",
    ),
    "no_rauc": (
        "Podpisu nie da się sprawdzić: {why}.",
        "The signature cannot be checked: {why}.",
    ),
    "helper_away": (
        "Część systemu, która zapisuje aktualizacje, nie odpowiada ({why}): uruchomić urządzenie od nowa.",
        "The part of the system that writes updates does not answer ({why}): start the box again.",
    ),
    "not_saved": (
        "Na dysku nie można zapisać ({why}): sprawdzić, czy nie jest pełny.",
        "The disk takes nothing ({why}): look whether it is full.",
    ),
    "write_failed": (
        "Zapis drugiego miejsca się nie udał ({why}). Działa dotychczasowa wersja; jeśli to wraca, wymienić kartę.",
        "Writing the other slot failed ({why}). What runs is untouched; where it comes back, replace the card.",
    ),
    "no_backup": (
        "Kopia zapasowa się nie udała ({why}), więc nic nie zostało zmienione.",
        "The backup failed ({why}), so nothing was changed.",
    ),
    "update_goes_on": ("Aktualizacja już trwa.", "An update goes on already."),
    "too_late": ("Na zatrzymanie jest za późno.", "It is too late to stop it."),
    "stopped": ("Zatrzymana na życzenie; nic nie zostało zmienione.", "Stopped as asked; nothing was changed."),
    "cut_off": (
        "Przerwana w połowie, zanim cokolwiek zmieniła: zacząć od nowa.",
        "Cut off half way, before it had changed anything: begin anew.",
    ),
    "did_not_start": (
        "Nowa wersja się nie uruchomiła albo zabrakło prądu; działa dotychczasowa.",
        "The new version did not start, or the power failed; the former one runs.",
    ),
    "cut_off_proving": (
        "Nowa wersja uruchomiła się ponownie albo zabrakło prądu, zanim została zatwierdzona; działa dotychczasowa.",
        "The new version was restarted before it was kept, or the power failed; the former one runs.",
    ),
    "did_not_restart": (
        "Urządzenie nie dało się uruchomić ponownie: odłączyć i podłączyć zasilanie, potem spróbować znowu.",
        "The box could not be restarted: unplug it and plug it in again, then try once more.",
    ),
    "no_quiet_moment": (
        "Przez całą dobę nie było chwili bez rozmów, więc nic nie zostało zmienione.",
        "There was no moment without calls for a whole day, so nothing was changed.",
    ),
    "unwell": (
        "Z nową wersją nie działało: {missing}. Wróciła dotychczasowa.",
        "With the new version these did not work: {missing}. The former one is back.",
    ),
    "line_down_now": (
        "Linia {line}, która działała, gdy się zaczynało, teraz nie działa: po zmianie nie byłoby wiadomo, czemu.",
        "Line {line}, which worked when it began, does not now: after the change nobody could tell why.",
    ),
    "not_on_probation": ("Ta wersja jest już zatwierdzona.", "This version is kept already."),
    "mistake": (
        "Błąd programu ({why}): zgłosić razem z dziennikiem.",
        "A mistake of the program ({why}): report it together with the log.",
    ),
}

STATES: Mapping[State, tuple[str, str]] = {
    State.NONE: ("nie było żadnej", "there was none"),
    State.CHECKING: ("sprawdzanie podpisu", "checking the signature"),
    State.BACKING_UP: ("kopia zapasowa", "making a backup"),
    State.WRITING: ("zapis w drugim miejscu", "writing the other slot"),
    State.WAITING: ("czeka na chwilę bez rozmów", "waiting for a moment without calls"),
    State.RESTARTING: ("ponowne uruchomienie", "restarting"),
    State.PROVING: ("nowa wersja się sprawdza", "the new version is on probation"),
    State.COMMITTING: ("zatwierdzanie", "keeping it"),
    State.LEAVING: ("powrót do poprzedniej wersji", "going back to the former version"),
    State.DONE: ("gotowe", "done"),
    State.FAILED: ("nie udała się", "failed"),
    State.BACK: ("cofnięta: działa poprzednia wersja", "taken back: the former version runs"),
}

ELSEWHERE: Mapping[str, tuple[str, str]] = {
    "package": (
        "Tu program jest pakietem Debiana: apt update && apt install dyzurka, albo dpkg -i dyzurka_….deb.",
        "Here the program is a Debian package: apt update && apt install dyzurka, or dpkg -i dyzurka_….deb.",
    ),
    "source": (
        "Tu program działa z katalogu ze źródłami: git pull, potem uruchomić od nowa.",
        "Here the program runs from its sources: git pull, then start it again.",
    ),
}


def why_said(key: str, values: Mapping[str, str], language: Language) -> str:
    """Why something was not done, for people; a key of a version to come as it is."""
    if key not in WHY:
        return f"{key} {dict(values)}" if values else key
    text = WHY[key][0 if language == "pl" else 1]
    return text.format_map(_Known(values))


def state_said(journal: Journal, language: Language) -> str:
    """Where an update stands, in a line."""
    index = 0 if language == "pl" else 1
    state = STATES[journal.state][index]
    version = f"{journal.old_version or '?'} → {journal.new_version or '?'}: " if journal.id else ""
    why = f". {why_said(journal.why, journal.values, language)}" if journal.why else ""
    return f"{version}{state}{why}"


class _Known(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "?"

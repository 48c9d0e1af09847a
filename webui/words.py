"""Every word of the page, Polish first, then English. It translates nothing by itself."""

from __future__ import annotations

from collections.abc import Callable

LANGUAGES = ("pl", "en")
Translate = Callable[..., str]

_WORDS: dict[str, tuple[str, str]] = {
    "title": ("Dyżurka", "Dyżurka"),
    "now": ("Teraz", "Now"),
    "register": ("Rejestr połączeń", "Call register"),
    "other_language": ("English", "Polski"),
    # how things stand, in one sentence
    "away": (
        "Centrala nie działa: nikt się teraz nie dodzwoni. Trzeba ją uruchomić ponownie.",
        "The exchange is not running: nobody can get through now. It has to be started again.",
    ),
    "urgent_waiting": (
        "Pilne zgłoszenie nr {number} czeka, aż ktoś je przejmie.",
        "Urgent ticket no. {number} is waiting for somebody to take it.",
    ),
    "no_line": ("Żadna linia nie działa: nikt się teraz nie dodzwoni.", "No line works: nobody can get through now."),
    "line_down": ("Linia {line} nie działa.", "Line {line} is down."),
    "nobody_on_duty": ("Nikt nie ma dyżuru ({duty}).", "Nobody is on duty ({duty})."),
    "fault": ("Jest usterka: {text}", "There is a fault: {text}"),
    "calls_up": ("Wszystko działa. Połączenia teraz: {count}.", "All is well. Calls now: {count}."),
    "all_well": (
        "Wszystko działa. Centrala czeka na połączenia.",
        "All is well. The exchange is ready for calls.",
    ),
    "no_register": ("Rejestr jest jeszcze pusty albo nie da się go odczytać.", "The register is empty or unreadable."),
    # headings
    "urgent_tickets": ("Pilne zgłoszenia", "Urgent tickets"),
    "lines": ("Linie", "Lines"),
    "calls_now": ("Połączenia teraz", "Calls now"),
    "on_duty": ("Dyżur", "On duty"),
    "faults": ("Usterki", "Faults"),
    "last_calls": ("Ostatnie połączenia", "Latest calls"),
    "whole_register": ("Cały rejestr", "The whole register"),
    "no_calls": ("Nie ma połączeń.", "There are no calls."),
    "none_now": ("Nikt teraz nie dzwoni.", "Nobody is calling now."),
    "nobody": ("nikt", "nobody"),
    "unknown_now": ("Nie wiadomo: centrala nie odpowiada.", "Not known: the exchange does not answer."),
    "withheld": ("numer zastrzeżony", "number withheld"),
    "urgent": ("pilne", "urgent"),
    "ticket": ("zgłoszenie {number}", "ticket {number}"),
    "taken_by": ("przejął: {who}", "taken by {who}"),
    "not_taken": ("nikt nie przejął", "not taken"),
    "waited": ("czekanie {time}", "waited {time}"),
    "talked": ("rozmowa {time}", "talked {time}"),
    "foot": (
        "Ta strona nie ma jeszcze logowania. Dlatego numery dzwoniących są częściowo zakryte, a nazwisk i mieszkań"
        " dzwoniących oraz treści notatek nie widać.",
        "This page has no log-in yet. Callers' numbers are therefore partly hidden, and callers' names, flats and"
        " notes are not shown.",
    ),
    # the register's filters
    "since": ("Od kiedy", "Since"),
    "since_hint": ("2026-11-22 albo 7d", "2026-11-22 or 7d"),
    "bad_since": (
        "Nie rozumiem daty „{text}”. Proszę wpisać np. 2026-11-22, 2h albo 7d.",
        "“{text}” is no date. Write 2026-11-22, 2h or 7d.",
    ),
    "building": ("Budynek", "Building"),
    "all_buildings": ("wszystkie", "all"),
    "show": ("Pokaż", "Show"),
    "older": ("Starsze", "Older"),
    "newer": ("Nowsze", "Newer"),
    # one call
    "call_title": ("Połączenie {id}", "Call {id}"),
    "story": ("Przebieg połączenia", "Call story"),
    "caller": ("Dzwoniący", "Caller"),
    "line": ("Linia", "Line"),
    "called": ("Numer wybrany", "Number called"),
    "began": ("Początek", "Began"),
    "ended": ("Koniec", "Ended"),
    "choices": ("Wybrane klawisze", "Keys chosen"),
    "destination": ("Cel", "Destination"),
    "outcome": ("Wynik", "Outcome"),
    "answered_by": ("Odebrał", "Answered by"),
    "ticket_row": ("Zgłoszenie", "Ticket"),
    "clock_unsure": ("zegar niepewny", "clock not synchronised"),
    "not_found": ("Nie ma takiej strony ani takiego połączenia.", "There is no such page or call."),
    "back": ("Wróć", "Back"),
    # line states
    "state.up": ("działa", "up"),
    "state.starting": ("uruchamia się", "starting"),
    "state.down": ("nie działa", "down"),
    # outcomes
    "outcome.answered": ("odebrane", "answered"),
    "outcome.voicemail": ("zostawiono wiadomość", "left a message"),
    "outcome.callback": ("prośba o oddzwonienie", "call-back asked for"),
    "outcome.informed": ("wysłuchano informacji", "heard the information"),
    "outcome.abandoned": ("rozłączone przez dzwoniącego", "abandoned"),
    "outcome.silent": ("cisza", "silent"),
    "outcome.interrupted": ("przerwane (brak prądu lub awaria)", "interrupted (power or failure)"),
    "outcome.failed": ("nieudane", "failed"),
    "outcome.None": ("trwa", "in progress"),
    # what became of ringing somebody
    "result.answered": ("odebrał", "answered"),
    "result.declined": ("odmówił", "declined"),
    "result.no answer": ("nie odebrał", "no answer"),
    "result.busy": ("zajęte", "busy"),
    "result.refused": ("odrzucone", "refused"),
    "result.wrong number": ("zły numer", "wrong number"),
    "result.line down": ("linia nie działa", "line down"),
    "result.not registered": ("telefon niezalogowany", "not registered"),
    "result.cancelled": ("przestano dzwonić", "cancelled"),
    # events of a story
    "event.call.started": ("Połączenie przyszło", "The call came in"),
    "event.call.answered": ("Centrala odebrała", "The exchange answered"),
    "event.call.chose": ("Naciśnięto klawisz", "A key was pressed"),
    "event.call.building": ("Wybrano budynek", "A building was chosen"),
    "event.call.urgent": ("Sprawa jest pilna", "It is urgent"),
    "event.call.destination": ("Skierowano", "Sent on"),
    "event.call.ringing": ("Dzwonimy do", "Ringing"),
    "event.call.rung": ("Skończono dzwonić do", "Stopped ringing"),
    "event.call.accepted": ("Przyjął", "Accepted"),
    "event.call.bridged": ("Połączono z", "Bridged to"),
    "event.call.parted": ("Rozmowa skończona", "The conversation ended"),
    "event.call.message": ("Nagrano wiadomość", "A message was recorded"),
    "event.call.ended": ("Koniec połączenia", "The call ended"),
    "event.call.interrupted": ("Przerwane; zapisano po ponownym starcie", "Interrupted; noted at the next start"),
    "event.call.erased": ("Usunięto dane osobowe", "Personal data erased"),
    "event.ticket.opened": ("Otwarto zgłoszenie", "A ticket was opened"),
    "event.ticket.joined": ("Dołączono do zgłoszenia", "It joined a ticket"),
    "event.call.recorded": ("Rozmowa nagrana", "The conversation was recorded"),
    "event.call.sound_erased": ("Nagranie usunięte po terminie", "The sound was erased after its time"),
    "event.ticket.ringing": ("W sprawie zgłoszenia dzwoni telefon", "A phone rings about the ticket"),
    "event.ticket.rung": ("Wezwanie w sprawie zgłoszenia", "Rung about the ticket"),
    "event.ticket.talked": ("Rozmowa z mieszkańcem", "Talked to the resident"),
    "event.ticket.taken": ("Zgłoszenie przejął", "The ticket was taken by"),
    "event.ticket.noted": ("Dodano notatkę", "A note was added"),
    "event.ticket.done": ("Zgłoszenie zakończone", "The ticket was closed"),
    "event.ticket.erased": ("Usunięto dane osobowe zgłoszenia", "Personal data of the ticket erased"),
}


def translator(language: str) -> Translate:
    """A function from a key and its values to words; a key that is not known is its own last part."""
    column = LANGUAGES.index(language)

    def translate(key: str, **values: object) -> str:
        words = _WORDS.get(key)
        text = words[column] if words else key.partition(".")[2] or key
        return text.format(**values) if values else text

    return translate


def keys() -> frozenset[str]:
    """Every key that has words."""
    return frozenset(_WORDS)

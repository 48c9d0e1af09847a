"""What is said about files, keys and types that are wrong, in Polish and English. Nothing is decided here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Message(NamedTuple):
    """A problem and its remedy; {…} is filled in."""

    problem_pl: str
    remedy_pl: str
    problem_en: str
    remedy_en: str


_QUOTED_PL = "Napisz tekst w cudzysłowie."
_QUOTED_EN = "Write a text in quotes."

FORM: Mapping[str, Message] = {
    # --- files
    "unreadable": Message(
        "Nie można przeczytać pliku ({detail}).",
        "Sprawdź nazwę i prawa dostępu.",
        "The file cannot be read ({detail}).",
        "Check its name and permissions.",
    ),
    "not_utf8": Message(
        "Tekst nie jest w UTF-8.",
        "Zapisz plik w edytorze z kodowaniem UTF-8.",
        "The text is not UTF-8.",
        "Save the file as UTF-8 in your editor.",
    ),
    "too_deep": Message(
        "Wartości są zagnieżdżone zbyt głęboko.",
        "Usuń zbędne nawiasy.",
        "Values are nested too deeply.",
        "Remove the needless brackets.",
    ),
    "syntax": Message(
        "To nie jest poprawny TOML: {detail}.",
        "Popraw tę linię lub tę przed nią; zwykle brakuje cudzysłowu, nawiasu albo znaku równości.",
        "This is not valid TOML: {detail}.",
        "Correct this line or the one before; usually a quote, a bracket or an equals sign is missing.",
    ),
    "secrets_mode": Message(
        "Hasła może przeczytać każdy użytkownik komputera.",
        "Wykonaj: chmod 600 secrets.toml.",
        "Every user of the computer can read the passwords.",
        "Run: chmod 600 secrets.toml.",
    ),
    "stray_secret": Message(
        "W pliku budynku nie ma {table} „{name}”.",
        "Użyj tego samego id co tam{near}.",
        "The building file has no {table} {name!r}.",
        "Use the same id as there{near}.",
    ),
    # --- keys and types
    "unknown_key": Message(
        "Nieznany klucz „{name}”.",
        "Usuń go lub popraw{near}.",
        "Unknown key {name!r}.",
        "Remove or correct it{near}.",
    ),
    "missing_key": Message(
        "Brakuje klucza „{name}”.",
        "Dopisz go w tej tabeli.",
        "The key {name!r} is missing.",
        "Add it to this table.",
    ),
    "not_text": Message("Oczekiwano tekstu, jest {value}.", _QUOTED_PL, "Expected a text, found {value}.", _QUOTED_EN),
    "not_flag": Message(
        "Oczekiwano true lub false, jest {value}.",
        "Napisz true albo false, bez cudzysłowu.",
        "Expected true or false, found {value}.",
        "Write true or false, without quotes.",
    ),
    "not_number": Message(
        "Oczekiwano liczby, jest {value}.",
        "Napisz liczbę bez cudzysłowu.",
        "Expected a number, found {value}.",
        "Write a number without quotes.",
    ),
    "not_whole": Message(
        "Oczekiwano liczby całkowitej, jest {value}.",
        "Napisz liczbę bez ułamka.",
        "Expected a whole number, found {value}.",
        "Write a number without a fraction.",
    ),
    "not_list": Message(
        "Oczekiwano listy, jest {value}.",
        "Ujmij wartości w nawiasy kwadratowe.",
        "Expected a list, found {value}.",
        "Put the values in square brackets.",
    ),
    "not_table": Message(
        "Oczekiwano tabeli, jest {value}.",
        "Napisz klucze i wartości w nawiasach klamrowych albo pod nagłówkiem.",
        "Expected a table, found {value}.",
        "Write keys and values in braces or under a header.",
    ),
    "not_tables": Message(
        "„{name}” może wystąpić wiele razy.",
        "Napisz nagłówek w podwójnych nawiasach: [[{name}]].",
        "{name!r} may stand several times.",
        "Write its header in double brackets: [[{name}]].",
    ),
    "empty": Message(
        "Tekst jest pusty.", "Wpisz wartość albo usuń klucz.", "The text is empty.", "Fill it in or remove the key."
    ),
    "empty_list": Message(
        "Lista jest pusta.", "Wpisz co najmniej jedną wartość.", "The list is empty.", "Give at least one value."
    ),
    "out_of_bounds": Message(
        "Wartość {value} jest poza zakresem.",
        "Wpisz liczbę od {low} do {high}.",
        "The value {value} is out of bounds.",
        "Give a number from {low} to {high}.",
    ),
    "not_one_of": Message(
        "Nieznana wartość {value}.", "Możliwe są: {words}.", "Unknown value {value}.", "Possible are: {words}."
    ),
    "bad_id": Message(
        "Niepoprawne id {value}.",
        "Użyj liter bez polskich znaków, cyfr, „-” i „_”.",
        "Bad id {value}.",
        'Use plain letters, digits, "-" and "_".',
    ),
    "duplicate": Message(
        "{value} występuje po raz drugi, najpierw w linii {first}.",
        "Nadaj inną nazwę albo usuń jedno z nich.",
        "{value} is there a second time, first in line {first}.",
        "Give it another name, or remove one of them.",
    ),
    "unknown_reference": Message(
        "Nie ma {table} „{name}”.",
        "Popraw nazwę{near} albo dopisz taki wpis pod {header}.",
        "There is no {table} {name!r}.",
        "Correct the name{near} or add such an entry under {header}.",
    ),
    "bad_destination": Message(
        "Niepoprawny cel połączenia {value}.",
        "Możliwe są: menu:ID, duty:ID, queue:ID, voicemail:ID, extension:NUMER, person:ID, say:TEKST, status, callback "
        "i hangup.",
        "Bad destination {value}.",
        "Possible are: menu:ID, duty:ID, queue:ID, voicemail:ID, extension:NUMBER, person:ID, say:TEXT, status, "
        "callback and hangup.",
    ),
}

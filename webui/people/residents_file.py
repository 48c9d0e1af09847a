"""A directory of residents as a CSV file: read whatever a spreadsheet wrote, and every line that is no good told.

Columns: flat, telephones, building, in this order or under a heading. Pure but for its words.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from webui.people.numbers import read_number, typed
from webui.spreadsheet import cell
from webui.words import gettext

SEPARATORS = ";,\t"
HEADINGS = {
    "flat": ("mieszkanie", "lokal", "nr lokalu", "nr mieszkania", "numer mieszkania", "numer lokalu", "flat", "m."),
    "phones": ("telefon", "telefony", "numer telefonu", "phone", "phones", "tel", "komórka", "nr telefonu"),
    "building": ("budynek", "building", "adres", "blok"),
}
LONGEST_FLAT = 20
MOST_LINES = 3000

Row = dict[str, object]  # as [[residents]]: flat, phones, building where there is one


@dataclass(slots=True)
class Rejected:
    """A line that is not taken, and why."""

    line: int
    text: str
    reason: str


@dataclass(slots=True)
class Read:
    """What a file gave: flats with their telephones, the line each began on, and what was rejected."""

    rows: list[Row] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)


def decoded(content: bytes) -> str:
    """The text: UTF-8, UTF-16 with its mark, or else Windows-1250, as Excel here writes it."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1250", "replace")


def separator(text: str) -> str:
    """The one that most of the first lines have."""
    lines = [each for each in text.splitlines()[:20] if each.strip()]
    return max(SEPARATORS, key=lambda each: sum(each in line for line in lines))


def read(text: str, buildings: Mapping[str, str]) -> Read:
    """The flats of a file. `buildings`: id → name."""
    found = Read()
    reader = csv.reader(io.StringIO(text), delimiter=separator(text))
    columns: dict[str, list[int]] | None = None
    try:
        for cells in reader:
            if not any(each.strip() for each in cells):
                continue
            if columns is None:
                columns = _headings(cells)
                if columns is not None:
                    continue
                columns = {"flat": [0], "phones": [1], "building": [2]}
            if reader.line_num > MOST_LINES:
                found.rejected.append(Rejected(reader.line_num, "", gettext("The file is too long from here on.")))
                break
            _take(found, cells, reader.line_num, columns, buildings)
    except csv.Error:
        found.rejected.append(Rejected(reader.line_num, "", gettext("From here on this is no table.")))
    return found


def written(residents: Sequence[Mapping[str, object]], buildings: Mapping[str, str]) -> bytes:
    """The directory as a file that a spreadsheet opens and `read` reads: UTF-8 with a mark, semicolons."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(["mieszkanie", "telefony", "budynek"])
    for each in residents:
        phones = each.get("phones")
        numbers = [typed(str(phone)) for phone in phones] if isinstance(phones, list | tuple) else []
        house = str(each.get("building") or "")
        writer.writerow([cell(str(each.get("flat"))), cell(", ".join(numbers)), cell(buildings.get(house, house))])
    return out.getvalue().encode("utf-8-sig")


def joined(before: Sequence[Row], read_rows: Sequence[Row]) -> list[Row]:
    """The directory with the flats of a file in it: a flat that was there gets the file's telephones."""
    fresh = {_place(each): each for each in read_rows}
    return [fresh.pop(_place(each), each) for each in before] + list(fresh.values())


def _headings(cells: Sequence[str]) -> dict[str, list[int]] | None:
    """Which columns are which; None when this line is no heading."""
    found: dict[str, list[int]] = {"flat": [], "phones": [], "building": []}
    for at, heading in enumerate(cells):
        word = re.sub(r"[\s_]+", " ", heading.strip().lower()).rstrip(":")
        bare = re.sub(r"\s*\d+$", "", word)  # "telefon 2"
        for name, words in HEADINGS.items():
            if bare in words or word in words:
                found[name].append(at)
    return found if found["flat"] and found["phones"] else None


def _take(
    found: Read, cells: Sequence[str], line: int, columns: Mapping[str, list[int]], houses: Mapping[str, str]
) -> None:
    """One line into the rows, or among the rejected."""

    def of(name: str) -> str:
        there = [cells[at].strip().removeprefix("'") for at in columns[name] if at < len(cells)]
        return ", ".join(each for each in there if each)

    try:
        row = _row(of("flat"), of("phones"), of("building"), houses)
        _no_other_flat(found, row)
    except ValueError as error:
        found.rejected.append(Rejected(line, " | ".join(each.strip() for each in cells if each.strip()), str(error)))
        return
    same = next((each for each in found.rows if _place(each) == _place(row)), None)
    if same is None:
        found.rows.append(row)
        found.lines.append(line)
    else:
        same["phones"] = list(dict.fromkeys([*phones_of(same), *phones_of(row)]))


def _row(flat: str, phones: str, house: str, houses: Mapping[str, str]) -> Row:
    """Raises ValueError in the reader's words."""
    if not flat:
        raise ValueError(gettext("The flat is missing."))
    if len(flat) > LONGEST_FLAT:
        raise ValueError(gettext("This is too long for the number of a flat."))
    if not phones:
        raise ValueError(gettext("The telephone is missing."))
    row: Row = {"flat": flat, "phones": list(dict.fromkeys(map(_number, _split(phones))))}
    named = [id_ for id_, name in houses.items() if house.lower() in (id_.lower(), name.lower())]
    if house and not named:
        raise ValueError(gettext("There is no building “%(name)s”.", name=house))
    if len(houses) > 1 and not house:
        raise ValueError(gettext("The building is missing, and there are several."))
    if named and len(houses) > 1:
        row["building"] = named[0]
    return row


def _split(phones: str) -> list[str]:
    return [each for each in re.split(r"[,;/|\n]| i | oraz ", phones) if each.strip()]


def _number(text: str) -> str:
    try:
        return read_number(text)
    except ValueError as error:
        raise ValueError(f"{text.strip()}: {error}") from error


def _no_other_flat(found: Read, row: Row) -> None:
    for each in found.rows:
        twice = set(phones_of(each)) & set(phones_of(row))
        if twice and _place(each) != _place(row):
            number = typed(min(twice))
            raise ValueError(
                gettext("%(number)s is the telephone of flat %(flat)s already.", number=number, flat=each["flat"])
            )


def phones_of(row: Mapping[str, object]) -> list[str]:
    """The telephones of a flat."""
    found = row.get("phones")
    return [str(each) for each in found] if isinstance(found, list | tuple) else []


def _place(row: Mapping[str, object]) -> tuple[str, str]:
    return str(row.get("building") or ""), str(row.get("flat")).lower()

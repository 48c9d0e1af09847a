"""What is said about values that do not go together, in Polish and English. Nothing is decided here."""

from __future__ import annotations

from collections.abc import Mapping

from appliance.building.messages_form import Message

SENSE: Mapping[str, Message] = {
    "no_way_out": Message(
        "Kto nic nie naciśnie, nigdy nie wyjdzie: {chain}.",
        "Skieruj jeden z tych kroków gdzie indziej, na przykład do duty:ID lub voicemail:ID.",
        "Whoever presses nothing never gets out: {chain}.",
        "Let one of these steps lead elsewhere, such as duty:ID or voicemail:ID.",
    ),
    "rings_for_ever": Message(
        "Gdy nikt nie odbierze, dzwoni bez końca: {chain}.",
        "Skieruj jeden z tych kroków gdzie indziej, na przykład do voicemail:ID.",
        "When nobody answers it rings for ever: {chain}.",
        "Let one of these steps lead elsewhere, such as voicemail:ID.",
    ),
    "same_key": Message(
        "Klawisz {value} ma już inny wybór, w linii {first}.",
        "Nadaj jednemu z nich inny klawisz.",
        "Key {value} already has another choice, in line {first}.",
        "Give one of them another key.",
    ),
    "key_length": Message(
        "Klawisz {value} nie ma tylu znaków, ile mówi digits: {digits}.",
        'Napisz klawisz tej długości, na przykład "{example}", albo zmień digits.',
        "Key {value} does not have as many characters as digits says: {digits}.",
        'Write a key of that length, such as "{example}", or change digits.',
    ),
    "callback_length": Message(
        "Oddzwonienie zamawia się jednym klawiszem, jest {value}.",
        'Wpisz jeden znak, na przykład "9".',
        "A call-back is asked for with one key, found {value}.",
        'Write one character, such as "9".',
    ),
    "callback_nobody": Message(
        "Nie ma nikogo, kto by oddzwonił: nie ma kolejki ani listy dyżurnych.",
        "Dodaj [[queues]] albo [[duty]] z osobami.",
        "Nobody is there to call back: there is no queue and no duty list.",
        "Add [[queues]] or [[duty]] with people.",
    ),
    "callback_recording": Message(
        "Klawisz 0 odmawia nagrywania, więc nie może zamawiać oddzwonienia.",
        'Wybierz inny klawisz, na przykład "9".',
        "Key 0 refuses the recording, so it cannot ask for a call-back.",
        'Choose another key, such as "9".',
    ),
    "nobody_on_duty": Message(
        "Nikt nie ma dyżuru: {gap}.",
        "Wpisz osoby do people: dzwonimy do nich, gdy grafik nikogo nie wskazuje.",
        "Nobody is on duty: {gap}.",
        "Name people: they are rung when no shift or rotation says otherwise.",
    ),
    "before_rotation": Message(
        "Zanim rotacja się zacznie ({starts}), nikt nie ma dyżuru.",
        "Wpisz osoby do people albo dodaj zmiany (shifts), które wypełnią ten czas.",
        "Before the rotation starts ({starts}) nobody is on duty.",
        "Name people, or add shifts that fill the time before.",
    ),
    "announced_never": Message(
        "Zapowiedź kończy się, zanim się zacznie.",
        "Poprawić `from` albo `until`.",
        "The announcement ends before it starts.",
        "Correct `from` or `until`.",
    ),
    "ends_before_start": Message(
        "Zastępstwo kończy się, zanim się zacznie.",
        "Zamień from i to albo popraw datę.",
        "The substitution ends before it starts.",
        "Swap from and to, or correct the date.",
    ),
    "instead_of_self": Message(
        "{who} zastępuje tu siebie.",
        "Wpisz inną osobę w who albo instead_of.",
        "{who} stands in for themselves here.",
        "Name another person in who or instead_of.",
    ),
    "scenario_shadowed": Message(
        "Ten scenariusz nigdy nie zadziała: wcześniej zawsze pasuje {earlier}.",
        "Przenieś go wyżej, dodaj warunek tamtemu albo usuń jeden z nich.",
        "This scenario can never hold: {earlier} always matches before it.",
        "Move it up, give the other one a condition, or remove one of them.",
    ),
    "never_open": Message(
        "Ten scenariusz nigdy nie zadziała: godziny „{hours}” nie otwierają się w te dni.",
        "Popraw godziny albo dni.",
        "This scenario can never hold: the hours {hours!r} never open on these days.",
        "Correct the hours or the days.",
    ),
    "not_our_number": Message(
        "{value} nie jest numerem żadnej linii.",
        "Dopisz go do linii albo popraw.",
        "{value} is not a number of any line.",
        "Add it to a line, or correct it.",
    ),
    "no_scenario": Message(
        "Nie każde połączenie ma scenariusz: brakuje {missing}.",
        "Dodaj na końcu scenariusz bez when, days i numbers.",
        "Not every call has a scenario: {missing} is missing.",
        "Add a last scenario without when, days and numbers.",
    ),
    "number_twice": Message(
        "Numer {value} ma już linia „{other}”.",
        "Usuń go z jednej z linii.",
        "The number {value} already belongs to line {other!r}.",
        "Remove it from one of the lines.",
    ),
    "needs_server": Message(
        "Linia sip nie ma serwera.",
        'Dopisz server = "nazwa lub adres".',
        "A sip line has no server.",
        'Add server = "name or address".',
    ),
    "needs_number": Message(
        "Linia sip nie ma numeru, więc żadne połączenie na nią nie trafi.",
        'Dopisz number = "+48...".',
        "A sip line has no number, so no call can reach it.",
        'Add number = "+48...".',
    ),
    "needs_building": Message(
        "Budynków jest kilka, a tu nie wiadomo, którego to dotyczy.",
        'Dopisz building = "ID"; są: {known}.',
        "There are several buildings, and this does not say which.",
        'Add building = "ID"; there are: {known}.',
    ),
    "expires_only_gsm": Message(
        'Ważność ma tylko karta SIM (kind = "gsm").',
        "Usuń expires z tej linii.",
        'Only a SIM card expires (kind = "gsm").',
        "Take expires out of this line.",
    ),
    "status_page_only_gateway": Message(
        "Stronę stanu ma tylko bramka linii miedzianej (gateway).",
        "Dopisz gateway albo usuń status_page z tej linii.",
        "Only a gateway for a copper line (gateway) has a status page.",
        "Add gateway, or take status_page out of this line.",
    ),
    "mains_one_way": Message(
        "W [mains] musi być jedno z: ups, pin, simulated.",
        'Wpisz ups = "ups@localhost" (UPS na USB, przez NUT) albo pin = 6 (styk UPS-a), na próbę simulated = true.',
        "[mains] needs one of ups, pin and simulated.",
        'Write ups = "ups@localhost" (a UPS on USB, by NUT) or pin = 6 (its contact), for a try simulated = true.',
    ),
    "pin_twice": Message(
        "Wyprowadzenie {value} jest już użyte w linii {first}.",
        "Podłącz jedno z nich gdzie indziej.",
        "Pin {value} is already used in line {first}.",
        "Connect one of them elsewhere.",
    ),
    "phone_twice": Message(
        "Numer {value} ma już inne mieszkanie, w linii {first}.",
        "Usuń go z jednego z nich.",
        "The number {value} already belongs to another flat, in line {first}.",
        "Remove it from one of them.",
    ),
}

"""What the doctor says, in Polish and English: for each finding what was seen, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping

Said = tuple[tuple[str, str], tuple[str, str]]  # Polish and English: (what was seen, what to do; "" for nothing)

VERDICTS = {
    True: ("Można odbierać połączenia.", "Calls can be taken."),
    False: ("Nie można odbierać połączeń.", "Calls cannot be taken."),
}
LEVELS = {"ok": ("w porządku", "ok"), "note": ("uwaga", "note"), "fault": ("USTERKA", "FAULT")}

WORDS: Mapping[str, Said] = {
    "python": (("Python {version}", ""), ("Python {version}", "")),
    "python_old": (
        ("Python {version} jest za stary.", "Potrzebny jest Python 3.11 lub nowszy."),
        ("Python {version} is too old.", "Python 3.11 or newer is needed."),
    ),
    "libraries": (("Biblioteki są zainstalowane.", ""), ("The libraries are installed.", "")),
    "libraries_missing": (
        ("Brakuje bibliotek: {names}.", "pip install {names}"),
        ("Libraries are missing: {names}.", "pip install {names}"),
    ),
    "speech": (("Mowa: {names}.", ""), ("Speech: {names}.", "")),
    "speech_plain": (
        ("Mowa: tylko {names}.", "RHVoice mówi wyraźniej: apt install rhvoice rhvoice-polish"),
        ("Speech: only {names}.", "RHVoice is easier to understand: apt install rhvoice rhvoice-polish"),
    ),
    "speech_none": (
        ("Nie ma syntezatora: własnych tekstów nikt nie usłyszy.", "apt install espeak-ng, najlepiej też rhvoice"),
        ("No speech engine: nobody will hear your own texts.", "apt install espeak-ng, and better rhvoice too"),
    ),
    "spandsp": (
        ("Klawisze wybierane tonowo są rozumiane (spandsp).", ""),
        ("Keys sent as tones are understood (spandsp).", ""),
    ),
    "spandsp_missing": (
        ("Klawisze wysyłane jako tony nie będą rozumiane.", "apt install libspandsp2"),
        ("Keys sent as tones will not be understood.", "apt install libspandsp2"),
    ),
    "running": (("Centrala działa.", ""), ("The exchange is running.", "")),
    "stopped": (("Centrala nie działa.", "Uruchomić: dyzurka run"), ("No exchange is running.", "dyzurka run")),
    "exchange_fault": (
        ("Centrala zgłasza: {text}", "Szczegóły są w dzienniku centrali."),
        ("The exchange says: {text}", "Its log tells more."),
    ),
    "port_free": (("{what}: {place} jest wolny.", ""), ("{what}: {place} is free.", "")),
    "port_ours": (
        ("{what}: na {place} czeka za nas systemd ({unit}).", ""),
        ("{what}: systemd listens on {place} for us ({unit}).", ""),
    ),
    "port_taken": (
        ("{what}: {place} zajmuje {owner}.", "Zatrzymać ten program albo wybrać inny port: dyzurka run --{option} …"),
        ("{what}: {place} is taken by {owner}.", "Stop that program, or choose another port: dyzurka run --{option} …"),
    ),
    "port_trouble": (
        ("{what}: {place} jest niedostępny ({trouble}).", "Podać adres tej maszyny: dyzurka run --{option} …"),
        ("{what}: {place} cannot be used ({trouble}).", "Name an address of this machine: dyzurka run --{option} …"),
    ),
    "data": (("Dane w {place}; wolne {free}.", ""), ("Data in {place}; {free} free.", "")),
    "data_full": (
        ("Dane w {place}; wolne już tylko {free}.", "Zwolnić miejsce: nic więcej się nie zapisze."),
        ("Data in {place}; only {free} free.", "Make room: soon nothing more can be saved."),
    ),
    "data_trouble": (
        ("W {place} nie można zapisywać ({trouble}).", "Zmienić uprawnienia albo podać inny katalog: --data"),
        ("{place} cannot be written to ({trouble}).", "Change its permissions, or name another directory: --data"),
    ),
    "building": (("{place} jest bez błędów.", ""), ("{place} has no mistakes.", "")),
    "building_mistakes": (
        ("{first}{more}", "Wszystkie błędy: dyzurka check {place}"),
        ("{first}{more}", "All mistakes: dyzurka check {place}"),
    ),
    "clock": (("Zegar jest zsynchronizowany.", ""), ("The clock is synchronised.", "")),
    "clock_wrong": (
        ("Zegar nie jest zsynchronizowany: godziny i dyżury mogą się nie zgadzać.", "timedatectl set-ntp true"),
        ("The clock is not synchronised: hours and duties may be wrong.", "timedatectl set-ntp true"),
    ),
    "realtime": (("Dźwięk może mieć pierwszeństwo.", ""), ("Sound may go first.", "")),
    "realtime_missing": (
        (
            "Dźwięk nie może mieć pierwszeństwa: pod obciążeniem może się rwać.",
            "W /etc/security/limits.d/: UŻYTKOWNIK - rtprio 10",
        ),
        (
            "Sound may not go first: it may break up when the machine is busy.",
            "In /etc/security/limits.d/: USER - rtprio 10",
        ),
    ),
    "network": (
        ("Sieć przez {route}, adresy: {addresses}.", ""),
        ("Network through {route}, addresses: {addresses}.", ""),
    ),
    "network_none": (
        ("Maszyna nie ma adresu w sieci.", "Sprawdzić kabel sieciowy albo Wi-Fi."),
        ("The machine has no address on the network.", "Look at the network cable, or the Wi-Fi."),
    ),
    "network_no_route": (
        ("Nie ma drogi do internetu; adresy: {addresses}.", "Sprawdzić router i jego adres (brama domyślna)."),
        ("No way to the internet; addresses: {addresses}.", "Look at the router and its address (default gateway)."),
    ),
    "line_up": (("Linia {id} działa{about}.", ""), ("Line {id} works{about}.", "")),
    "line_modem": (
        ("Linia {id}: jest modem{about}.", ""),
        ("Line {id}: there is a modem{about}.", ""),
    ),
    "line_no_modem": (
        ("Linia {id}: nie ma modemu.", "Włożyć modem do gniazda USB; które się nadają: docs/hardware.md"),
        ("Line {id}: there is no modem.", "Plug one into a USB socket; docs/hardware.md says which ones do."),
    ),
    "line_modem_down": (("Linia {id} nie działa{about}.", "{fault}"), ("Line {id} does not work{about}.", "{fault}")),
    "line_modem_warns": (("Linia {id} działa{about}.", "{fault}"), ("Line {id} works{about}.", "{fault}")),
    "line_starting": (("Linia {id} dopiero rusza{about}.", ""), ("Line {id} is only starting{about}.", "")),
    "line_down": (
        ("Linia {id} nie działa: {fault}", "Sprawdzić sieć, potem dane z umowy; na końcu zadzwonić do operatora."),
        (
            "Line {id} does not work: {fault}",
            "Look at the network, then at the contract's data; then call the provider.",
        ),
    ),
    "line_copper": (
        (
            "Linia {id} jest głucha{about}.",
            "Sprawdzić wtyczkę w gnieździe LINE bramki i w ścianie, potem zgłosić operatorowi linii.",
        ),
        (
            "Line {id} is dead{about}.",
            "Look at the plug in the gateway's LINE socket and in the wall, then tell the line's provider.",
        ),
    ),
    "line_answers": (
        ("Linia {id}: {server} odpowiada ({answer}){about}.", ""),
        ("Line {id}: {server} answers ({answer}){about}.", ""),
    ),
    "line_unknown": (
        ("Linia {id}: nie wiadomo, gdzie jest {server}.", "Sprawdzić nazwę serwera (server) i sieć."),
        ("Line {id}: nobody knows where {server} is.", "Look at the server's name (server) and at the network."),
    ),
    "line_silent": (
        ("Linia {id}: {server} milczy ({places}).", "Sprawdzić sieć i zaporę; operator musi znać adres tej maszyny."),
        (
            "Line {id}: {server} is silent ({places}).",
            "Look at network and firewall; the provider must know this address.",
        ),
    ),
    "line_unsupported": (
        ("Linia {id}: rodzaj {kind} nie jest jeszcze obsługiwany.", "Dodać linię SIP."),
        ("Line {id}: kind {kind} is not supported yet.", "Add a SIP line."),
    ),
    "card": (
        ("Karta SIM linii {id}: ważna do {day}.", "Doładować ją i wpisać nową datę (expires)."),
        ("SIM card of line {id}: its last day is {day}.", "Top it up and write the new date (expires)."),
    ),
    "proof": (
        ("Połączenie próbne z linii {calling} na linię {called} udało się ({at}).", ""),
        ("The test call from line {calling} to line {called} succeeded ({at}).", ""),
    ),
    "proof_failed": (
        (
            "Połączenie próbne z linii {calling} na linię {called} nie udało się ({at}): {why}.",
            "Próba się powtórzy; co z tym zrobić, powie usterka po 26 godzinach bez udanej próby.",
        ),
        (
            "The test call from line {calling} to line {called} failed ({at}): {why}.",
            "It is tried again; a fault says what to do after 26 hours without a success.",
        ),
    ),
    "proof_untried": (
        (
            "Linia {calling} nie dzwoniła jeszcze na próbę na linię {called}.",
            "Zrobi to sama, gdy nikt nie dzwoni; od razu: przycisk przy liniach na stronie.",
        ),
        (
            "Line {calling} has not made a test call to line {called} yet.",
            "It does so by itself when nobody calls; at once: the button beside the lines on the page.",
        ),
    ),
    "proof_one_line": (
        ("Jest tylko jedna linia: Dyżurka nie może sama sprawdzić, czy można się dodzwonić.", "Dodać drugą linię."),
        ("There is only one line: the box cannot prove itself that calls get through.", "Add a second line."),
    ),
    "proof_never": (
        ("Połączenia próbne są wyłączone.", "Wpisać godzinę: test_call w [box]."),
        ("Test calls are switched off.", "Write a time: test_call in [box]."),
    ),
    "lines_none": (
        ("Plik budynku nie ma żadnej linii.", "Opisać linię w [[lines]]."),
        ("The building file has no line.", "Describe one in [[lines]]."),
    ),
    "usb_voice_modem": (
        ("Modem linii stacjonarnej {name} ({id}).", ""),
        ("Landline modem {name} ({id}).", ""),
    ),
    "usb_modem": (("Modem {name} ({id}).", ""), ("Modem {name} ({id}).", "")),
    "pins": (
        ("Lampki, przycisk i styki: {count} wyprowadzeń jest do użytku ({chip}).", ""),
        ("Lamps, button and contacts: {count} pins can be used ({chip}).", ""),
    ),
    "pin_trouble": (
        ("{text}", "Połączenia nie ucierpią; lampki pokazuje też strona."),
        ("{text}", "Calls do not suffer; the page shows the lamps, too."),
    ),
    "ups": (("Jest prąd; UPS czuwa{about}.", ""), ("There is mains power; the UPS stands by{about}.", "")),
    "ups_battery": (
        ("Brak prądu: wszystko działa z baterii{about}.", "Sprawdzić bezpieczniki; potem zadzwonić pod 991."),
        ("No mains: everything runs on the battery{about}.", "Look at the fuses; then call the electricity company."),
    ),
    "ups_unknown": (
        ("UPS jeszcze nic nie powiedział.", "Poczekać pół minuty i zapytać ponownie."),
        ("The UPS has not told anything yet.", "Wait for half a minute, then ask again."),
    ),
    "ups_trouble": (
        ("{text}", "Dopóki to trwa, o braku prądu nikt się nie dowie."),
        ("{text}", "As long as this lasts, nobody hears of mains that are gone."),
    ),
    "ups_replace": (
        ("UPS prosi o nową baterię.", "Wymienić ją: przy braku prądu może nie wytrzymać."),
        ("The UPS asks for a new battery.", "Replace it: it may not last without mains."),
    ),
    "gpio": (
        ("Złącze GPIO: {chips}.", ""),
        ("GPIO: {chips}.", ""),
    ),
}

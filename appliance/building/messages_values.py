"""What is said about values that are wrong in themselves, in Polish and English. Nothing is decided here."""

from __future__ import annotations

from collections.abc import Mapping

from appliance.building.messages_form import Message

VALUES: Mapping[str, Message] = {
    "bad_server": Message(
        "Niepoprawny adres serwera {value}.",
        "Napisz nazwę lub adres IP, ewentualnie z portem: sip.example.com:5060.",
        "Bad server address {value}.",
        "Write a name or an IP address, with a port if needed: sip.example.com:5060.",
    ),
    "bad_prefix": Message(
        "Niepoprawny początek numeru {value}.",
        "Napisz + i kod kraju, na przykład +48.",
        "Bad number prefix {value}.",
        "Write + and a country code, such as +48.",
    ),
    "bad_key": Message(
        "Niepoprawny klawisz {value}.",
        "Użyj cyfr 0-9, * lub #.",
        "Bad key {value}.",
        "Use the digits 0-9, * or #.",
    ),
    "bad_extension": Message(
        "Niepoprawny numer wewnętrzny {value}.",
        "Użyj od 1 do 6 cyfr.",
        "Bad extension number {value}.",
        "Use 1 to 6 digits.",
    ),
    "bad_mail": Message(
        "Niepoprawny adres poczty {value}.",
        "Napisz adres w postaci ktos@example.com.",
        "Bad mail address {value}.",
        "Write an address like someone@example.com.",
    ),
    "bad_push": Message(
        "Niepoprawny adres usługi powiadomień {value}.",
        "Napisz adres tak, jak chce go apprise, na przykład ntfys://ntfy.sh/NAZWA.",
        "Bad address of a push service {value}.",
        "Write the address as apprise wants it, such as ntfys://ntfy.sh/NAME.",
    ),
    "bad_pin": Message(
        "Niepoprawny PIN.",
        "Wpisz od 4 do 8 cyfr w cudzysłowie.",
        "Bad PIN.",
        "Write 4 to 8 digits in quotes.",
    ),
    "bad_status_page": Message(
        "Niepoprawny adres strony stanu: {value}.",
        "Napisz go z http:// i bez hasła: http://192.168.1.50/.",
        "Bad address of a status page: {value}.",
        "Write it with http:// and without a password: http://192.168.1.50/.",
    ),
    "bad_ups": Message(
        "Niepoprawna nazwa UPS-a: {value}.",
        'Wpisz ją tak, jak zna ją NUT: "ups@localhost" albo "ups@192.168.1.20:3493".',
        "Bad name of a UPS: {value}.",
        'Write it as NUT knows it: "ups@localhost" or "ups@192.168.1.20:3493".',
    ),
    "bad_placeholder": Message(
        "W tym tekście nie ma czego wstawić za {value}.",
        "Usuń to; możliwe są: {known}.",
        "Nothing is filled in for {value} in this text.",
        "Remove it; possible are: {known}.",
    ),
    "stray_brace": Message(
        "Zbędny nawias klamrowy w {value}.",
        "Usuń go: nawiasy klamrowe tylko otaczają wstawiane słowo, jak {{hello}}.",
        "A stray brace in {value}.",
        "Remove it: braces only go around a word to fill in, as {{hello}}.",
    ),
    "bad_file": Message(
        "Niepoprawna nazwa pliku dźwiękowego {value}.",
        "Podaj nazwę pliku w katalogu prompts, bez ścieżki na zewnątrz.",
        "Bad sound file name {value}.",
        "Name a file within the prompts directory, without a path that leaves it.",
    ),
    "bad_pair": Message(
        "Oczekiwano dwóch tekstów, jest {value}.",
        "Napisz [polski, angielski] albo jeden tekst w języku z [box].",
        "Expected two texts, found {value}.",
        "Write [Polish, English], or one text in the box's language.",
    ),
    "unknown_sentence": Message(
        "Nie ma zdania {value}.",
        "Popraw klucz{near}; zdania są wypisane w docs/building.md.",
        "There is no sentence {value}.",
        "Correct the key{near}; docs/building.md lists the sentences.",
    ),
    "not_e164": Message(
        "Numer {value} nie jest w postaci międzynarodowej.",
        "Napisz go z plusem i kodem kraju: {better}.",
        "The number {value} is not in international form.",
        "Write it with a plus and the country code: {better}.",
    ),
    "bad_number": Message(
        "Nie ma takiego numeru telefonu: {value}.",
        "Sprawdź liczbę cyfr; polski numer to +48 i 9 cyfr.",
        "There is no such telephone number: {value}.",
        "Check the number of digits; a Polish number is +48 and 9 digits.",
    ),
    "emergency": Message(
        "Numeru alarmowego {value} Dyżurka sama nie wybiera.",
        "Usuń go; 112 i 99x wybiera się z telefonu w budynku.",
        "The box does not dial the emergency number {value} by itself.",
        "Remove it; 112 and 99x are dialled from a telephone in the building.",
    ),
    "premium": Message(
        "Numer {value} jest o podwyższonej opłacie i nie będzie wybierany.",
        "Podaj zwykły numer.",
        "The number {value} is premium-rate and will not be dialled.",
        "Give an ordinary number.",
    ),
    "not_allowed": Message(
        "Numeru {value} nie wolno wybierać: [outbound] allow ma tylko {allow}.",
        "Dopisz tam jego początek albo podaj inny numer.",
        "The number {value} may not be dialled: [outbound] allow has only {allow}.",
        "Add its prefix there, or give another number.",
    ),
    "bad_sip": Message(
        "Niepoprawny adres SIP {value}.",
        "Napisz sip:UŻYTKOWNIK@SERWER.",
        "Bad SIP address {value}.",
        "Write sip:USER@SERVER.",
    ),
    "bad_network": Message(
        "Niepoprawna sieć {value}.",
        "Napisz ją jak 192.168.1.0/24.",
        "Bad network {value}.",
        "Write it like 192.168.1.0/24.",
    ),
    "bad_days": Message(
        "Niepoprawne dni {value}.",
        'Napisz na przykład "mon-fri" albo "sat, sun".',
        "Bad days {value}.",
        'Write for example "mon-fri" or "sat, sun".',
    ),
    "bad_interval": Message(
        "Niepoprawne godziny {value}.",
        'Napisz na przykład "08:00-16:00".',
        "Bad hours {value}.",
        'Write for example "08:00-16:00".',
    ),
    "bad_span": Message(
        "Niepoprawne dni i godziny {value}.",
        'Napisz na przykład "mon-fri 08:00-16:00".',
        "Bad days and hours {value}.",
        'Write for example "mon-fri 08:00-16:00".',
    ),
    "bad_daily_time": Message(
        "Niepoprawna godzina {value}.",
        'Napisz ją jak "10:15", albo "never" (nigdy).',
        "Bad time of day {value}.",
        'Write it like "10:15", or "never".',
    ),
    "bad_date": Message(
        "Niepoprawna data {value}.",
        'Napisz ją jak "2026-12-24".',
        "Bad date {value}.",
        'Write it like "2026-12-24".',
    ),
    "bad_moment": Message(
        "Niepoprawna data i godzina {value}.",
        'Napisz je jak "2026-11-23 08:00".',
        "Bad date and time {value}.",
        'Write them like "2026-11-23 08:00".',
    ),
    "bad_zone": Message(
        "Nie ma strefy czasowej {value}.",
        'Napisz na przykład "Europe/Warsaw".',
        "There is no time zone {value}.",
        'Write for example "Europe/Warsaw".',
    ),
    "bad_country": Message(
        "Nie znamy świąt kraju {value}.",
        'Napisz dwuliterowy kod kraju, na przykład "PL".',
        "The holidays of {value} are not known.",
        'Write a country\'s two-letter code, such as "PL".',
    ),
}

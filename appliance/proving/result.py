"""What came of a test call, and what is said when a line has not been proved for too long, in Polish and English."""

from __future__ import annotations

from collections.abc import Mapping

from appliance.lines.line import Cause

PROVED = "proved"  # both ends heard each other's digits
NO_SOUND_BACK = "no sound back"  # the calling line hears nothing of the called one
NO_SOUND_OUT = "no sound out"  # the called line hears nothing of the calling one
ELSEWHERE = "answered elsewhere"  # somebody answered, and not this box
NOT_RECOGNISED = "not recognised"  # the call came, with a number that is not ours, or with none
CUT_OFF = "cut off"  # after the answer, before both were heard
INTERRUPTED = "interrupted"  # by us: somebody called
FAILED = "failed"  # a defect; the log has it
UNTRIED = ""  # there was no time for one

_OWN_PHONE = (
    "Zadzwonić na {number} z własnego telefonu; jeśli i to się nie uda, zgłosić operatorowi.",
    "Call {number} from your own telephone; where that fails too, tell the provider.",
)
_NUMBER = (
    "Sprawdzić w pliku budynku number linii {called} i czy [outbound] allow na niego pozwala.",
    "Look at the number of line {called} in the building file, and whether [outbound] allows it.",
)
_BOTH_WAYS = (
    "Zadzwonić z własnego telefonu na {number} i sprawdzić, czy słychać; jeśli nie, zgłosić operatorowi.",
    "Call {number} from your own telephone and listen whether it is heard; if not, tell the provider.",
)
_NETWORK = (
    "Sprawdzić sieć, kartę SIM i dane z umowy linii, która nie działa.",
    "Look at the network, the SIM card and the contract's data of the line that does not work.",
)

# Why: Polish, English; and what to do.
WHY: Mapping[str, tuple[tuple[str, str], tuple[str, str]]] = {
    Cause.NO_ANSWER.value: (("połączenie nie doszło", "the call did not arrive"), _OWN_PHONE),
    Cause.BUSY.value: (("numer był zajęty", "the number was busy"), _OWN_PHONE),
    Cause.REFUSED.value: (("operator odmówił połączenia", "the provider refused the call"), _OWN_PHONE),
    Cause.CANCELLED.value: (("połączenie się urwało", "the call was cut off"), _OWN_PHONE),
    Cause.WRONG_NUMBER.value: (("numer jest błędny albo niedozwolony", "the number is wrong or not allowed"), _NUMBER),
    Cause.LINE_DOWN.value: (("jedna z tych linii nie działa", "one of the two lines is down"), _NETWORK),
    NO_SOUND_BACK: (
        ("na linii {calling} nie było słychać linii {called}", "line {calling} heard nothing of line {called}"),
        _BOTH_WAYS,
    ),
    NO_SOUND_OUT: (
        ("na linii {called} nie było słychać linii {calling}", "line {called} heard nothing of line {calling}"),
        _BOTH_WAYS,
    ),
    ELSEWHERE: (
        ("odebrał kto inny niż ta Dyżurka", "somebody else than this box answered"),
        (
            "Sprawdzić, czy {number} to numer linii {called} i czy operator nie przekierowuje go na pocztę głosową.",
            "See whether {number} is the number of line {called}, and not diverted to a mailbox by its provider.",
        ),
    ),
    NOT_RECOGNISED: (
        (
            "połączenie doszło z numerem, który nie jest nasz, albo z ukrytym",
            "the call arrived with a number that is not ours, or with none",
        ),
        (
            "Poprosić operatora linii {calling}, żeby pokazywał jej numer, albo poprawić jej number.",
            "Ask the provider of line {calling} to show its number, or correct its number.",
        ),
    ),
    CUT_OFF: (("połączenie się urwało", "the call was cut off"), _OWN_PHONE),
    FAILED: (("błąd programu", "a defect of the program"), ("Zgłosić z dziennikiem.", "Report it with the log.")),
    INTERRUPTED: (
        ("przerwała je rozmowa z kimś, kto dzwonił", "somebody called meanwhile"),
        ("Próba będzie powtórzona, gdy nikt nie dzwoni.", "It is tried again when nobody calls."),
    ),
    UNTRIED: (
        ("nie było na nie wolnej chwili", "there was no quiet moment for one"),
        ("Próba będzie, gdy nikt nie dzwoni i nie czeka pilne zgłoszenie.", "It comes when nobody calls or waits."),
    ),
}
MISSING = (
    "Od {since} nie udało się połączenie próbne z linii {calling} na linię {called}: {why}. {remedy}",
    "Since {since} no test call from line {calling} to line {called} has succeeded: {why}. {remedy}",
)


def missing(result: str, language: str, since: str, calling: str, called: str, number: str) -> str:
    """The fault of a proof that is missing since then; `result` of the last try, `number` that was called."""
    other = language != "pl"
    why, remedy = WHY.get(result, WHY[FAILED])
    names = {"calling": calling, "called": called, "number": number}
    return MISSING[other].format(
        since=since, why=why[other].format(**names), remedy=remedy[other].format(**names), **names
    )

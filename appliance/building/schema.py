"""Every table and key of building.toml: what may stand there, and what holds when it does not.

The one list that the reader follows and that `docs/building.md` is held against. Defaults are the model's.
"""

from __future__ import annotations

from datetime import time

from appliance.building import model
from appliance.building.kinds import (
    EXTENSION_NUMBER,
    ID,
    KEYPRESS,
    MAIL,
    PIN,
    PREFIX,
    PUSH,
    SERVER,
    Flag,
    Goto,
    ListOf,
    MapOf,
    Network,
    Number,
    OneOf,
    Phone,
    PhoneNumber,
    Reference,
    Sentence,
    SentenceKey,
    Text,
    Words,
)
from appliance.building.notes import Notes
from appliance.building.tables import Key, Many, Named, One, Table, Values
from appliance.building.times import (
    EVERY_DAY,
    DailyTime,
    Day,
    Days,
    HolidayCountry,
    Interval,
    LocalTime,
    OpenSpan,
    Zone,
)

SIP_CHANNELS = 8  # of a trunk that says nothing; a provider that carries fewer refuses, and the next line is tried
DAY_MINUTES = 24 * 60
WEEK_MINUTES = 7 * DAY_MINUTES

RING_SECONDS = Number(0, 120, above=True)
GAIN = Number(-24, 24)  # dB
MINUTES_OF_A_WEEK = Number(0, WEEK_MINUTES)
PEOPLE = ListOf(Reference("people"))
SOME_PEOPLE = ListOf(Reference("people"), at_least=1)


def _line(values: Values, notes: Notes) -> Values:
    numbers = [*values.pop("number", ()), *values.get("numbers", ())]
    servers = values.get("servers", ())
    channels = SIP_CHANNELS if values["kind"] in ("sip", "simulated") else 1
    own = {"numbers": tuple(dict.fromkeys(numbers)), "server": servers[0] if servers else ""}
    return {"channels": channels, **values, **own}


def _special_day(values: Values, notes: Notes) -> Values:
    spans = (model.Span(EVERY_DAY, start, end) for start, end in values["spans"])
    return {**values, "spans": tuple(spans)}


def _shift(values: Values, notes: Notes) -> Values:
    start, end = values.pop("hours", (time(0), time(0)))
    return {"days": EVERY_DAY, **values, "start": start, "end": end}


def _named_by_id(values: Values, notes: Notes) -> Values:
    return {"name": values["id"], **values}


BOX = Table(
    "box",
    model.Box,
    (
        Key("name", Text()),
        Key("language", OneOf(("pl", "en"))),
        Key("timezone", Zone()),
        Key("test_call", DailyTime(), default='`"10:15"`'),
    ),
)
BUILDINGS = Table("buildings", model.Premises, (Key("id", ID), Key("name", Text())), identity="id")
LINES = Table(
    "lines",
    model.LineConfig,
    (
        Key("id", ID),
        Key("kind", OneOf(("sip", "gsm", "fxo", "simulated"))),
        Key("number", ListOf(PhoneNumber(), single=True), default="none"),
        Key("numbers", ListOf(PhoneNumber())),
        Key("channels", Number(1, 1000, whole=True), default="8; 1 for gsm and fxo"),
        Key("server", ListOf(SERVER, at_least=1, single=True), attribute="servers"),
        Key("transport", OneOf(("udp", "tcp", "tls"))),
        Key("ca_file", Text(empty=True)),
        Key("username", Text(empty=True)),
        Key("password", Text(empty=True)),
        Key("register", Flag()),
        Key("dial_format", OneOf(("e164", "national", "00"))),
        Key("gateway", OneOf(("", "ht813", "ht503", "spa3102", "spa232d", "obi"))),
        Key("status_page", Text(r"http://[^\s/@:]+(:[0-9]{1,5})?(/[!-~]*)?", "bad_status_page", empty=True)),
        Key("silence_minutes", Number(0, DAY_MINUTES)),
        Key("longest_minutes", Number(0, DAY_MINUTES)),
        Key("look_minutes", Number(0, DAY_MINUTES)),
        Key("device", Text(empty=True)),
        Key("pin", Text(r"[0-9]{4,8}", "bad_pin", empty=True)),
        Key("expires", Day()),
        Key("divert", Flag()),
        Key("louder_in", GAIN),
        Key("louder_out", GAIN),
        Key("conference", OneOf(("auto", "never"))),
        Key("transfer", OneOf(("", "hang-up", "R4"))),
    ),
    make=_line,
    identity="id",
)
OUTBOUND = Table(
    "outbound",
    model.Outbound,
    (
        Key("lines", ListOf(ID), default="all lines, in the order of the file"),
        Key("allow", ListOf(PREFIX)),
        Key("minutes_per_day", Number(0, 1_000_000, whole=True)),
        Key("caller_id", MapOf(Reference("buildings"), PhoneNumber())),
    ),
)
PERSONS = Table(
    "people",
    model.Person,
    (
        Key("id", ID),
        Key("name", Text()),
        Key("phones", ListOf(Phone(), at_least=1)),
        Key("confirm", Flag(), default="the duty list's"),
    ),
    identity="id",
)
EXTENSIONS = Table(
    "extensions",
    model.Extension,
    (Key("number", EXTENSION_NUMBER), Key("name", Text()), Key("password", Text(), required=True)),
    identity="number",
)
SPECIAL = Table(
    "special",
    model.SpecialDay,
    (Key("date", Day()), Key("open", ListOf(Interval(), single=True), attribute="spans")),
    make=_special_day,
)
HOURS = Table(
    "hours",
    model.Hours,
    (
        Key("open", ListOf(OpenSpan(), single=True)),
        Key("holidays", HolidayCountry()),
        Key("closed", ListOf(Day())),
        Key("special", Many(SPECIAL)),
    ),
    make=lambda values, notes: {**values, "closed": frozenset(values.get("closed", ()))},
)
SCENARIOS = Table(
    "scenarios",
    model.Scenario,
    (
        Key("id", ID),
        Key("menu", Reference("menus")),
        Key("when", Reference("hours")),
        Key("days", Days(), default="every day"),
        Key("numbers", ListOf(PhoneNumber(), at_least=1, single=True), default="every number"),
        Key("building", Reference("buildings")),
    ),
    make=lambda values, notes: {**values, "numbers": frozenset(values.get("numbers", ()))},
    identity="id",
)
OPTIONS = Table(
    "options",
    model.Option,
    (
        Key("key", KEYPRESS),
        Key("say", Words()),
        Key("goto", Goto()),
        Key("say_en", Words()),
        Key("urgent", Flag()),
        Key("building", Reference("buildings")),
    ),
)
MENUS = Table(
    "menus",
    model.Menu,
    (
        Key("id", ID),
        Key("name", Text(), default="the id"),
        Key("options", Many(OPTIONS), default="none"),
        Key("greeting", Words(), default="the sentence `greet`"),
        Key("greeting_en", Words(), default="the sentence `greet`"),
        Key("no_input", Goto(), required=True),
        Key("silent", Goto()),
        Key("timeout_seconds", Number(0, 60, above=True)),
        Key("repeats", Number(0, 10, whole=True)),
        Key("digits", Number(1, 4, whole=True)),
        Key("languages", MapOf(KEYPRESS, OneOf(("pl", "en")))),
    ),
    make=lambda values, notes: {"options": (), **_named_by_id(values, notes)},
    identity="id",
)
ROTATION = Table(
    "rotation",
    model.Rotation,
    (Key("every", OneOf(("day", "week"))), Key("starts", LocalTime()), Key("people", SOME_PEOPLE)),
)
SHIFTS = Table(
    "shifts",
    model.Shift,
    (
        Key("who", Reference("people")),
        Key("days", Days(), default="every day"),
        Key("hours", Interval(), default="the whole day"),
    ),
    make=_shift,
)
SUBSTITUTIONS = Table(
    "substitutions",
    model.Substitution,
    (
        Key("from", LocalTime(), attribute="start"),
        Key("to", LocalTime(), attribute="end"),
        Key("who", Reference("people")),
        Key("instead_of", Reference("people")),
    ),
)
DUTY = Table(
    "duty",
    model.Duty,
    (
        Key("id", ID),
        Key("name", Text(), default="the id"),
        Key("people", PEOPLE),
        Key("by_building", MapOf(Reference("buildings"), PEOPLE)),
        Key("ring_seconds", RING_SECONDS),
        Key("rounds", Number(1, 20, whole=True)),
        Key("last_round", OneOf(("all", "in-order"))),
        Key("confirm", Flag()),
        Key("tell_flat", OneOf(("on-accept", "before", "never"))),
        Key("unanswered", Goto()),
        Key("chase_minutes", Number(0, DAY_MINUTES, above=True)),
        Key("escalate_minutes", MINUTES_OF_A_WEEK),
        Key("escalate_to", PEOPLE),
        Key("promise_minutes", MINUTES_OF_A_WEEK),
        Key("contractor", PhoneNumber()),
        Key("merge_minutes", MINUTES_OF_A_WEEK),
        Key("confirm_shift", Flag()),
        Key("rotation", One(ROTATION)),
        Key("shifts", Many(SHIFTS)),
        Key("substitutions", Many(SUBSTITUTIONS)),
    ),
    make=_named_by_id,
    identity="id",
)
QUEUES = Table(
    "queues",
    model.QueueConfig,
    (
        Key("id", ID),
        Key("name", Text(), default="the id"),
        Key("people", SOME_PEOPLE),
        Key("strategy", OneOf(("all", "in-order", "longest-idle"))),
        Key("ring_seconds", RING_SECONDS),
        Key("max_waiting", Number(0, 1000, whole=True)),
        Key("max_wait_minutes", Number(0, DAY_MINUTES, above=True)),
        Key("announce_seconds", Number(0, 600, above=True)),
        Key("callback_key", KEYPRESS),
        Key("overflow", Goto()),
    ),
    make=_named_by_id,
    identity="id",
)
VOICEMAIL = Table(
    "voicemail",
    model.Voicemail,
    (
        Key("id", ID),
        Key("name", Text(), default="the id"),
        Key("greeting", Words(), default="the sentence `greet`"),
        Key("greeting_en", Words(), default="the sentence `greet`"),
        Key("urgent", Flag()),
        Key("max_minutes", Number(0, 60, above=True)),
    ),
    make=_named_by_id,
    identity="id",
)
ANNOUNCEMENTS = Table(
    "announcements",
    model.Announcement,
    (
        Key("id", ID),
        Key("text", Words()),
        Key("text_en", Words(), default="none"),
        Key("building", Reference("buildings"), default="none"),
        Key("from", LocalTime(), attribute="start"),
        Key("until", LocalTime(), attribute="end"),
    ),
    identity="id",
)
RESIDENTS = Table(
    "residents",
    model.Resident,
    (
        Key("flat", Text()),
        Key("phones", ListOf(PhoneNumber(), at_least=1)),
        Key("building", Reference("buildings"), default="the only building"),
    ),
)
RECORDING = Table(
    "recording",
    model.RecordingPolicy,
    (
        Key("conversations", Flag()),
        Key("keep_days", Number(1, 36_500, whole=True)),
        Key("keep_register_days", Number(1, 36_500, whole=True)),
    ),
)
NOTIFY = Table(
    "notify",
    model.Notify,
    (
        Key("sms", Flag()),
        Key("sms_letters", OneOf(("plain", "polish"))),
        Key("receipt", Flag()),
        Key("mail", ListOf(MAIL)),
        Key("mail_server", SERVER),
        Key("mail_username", Text(empty=True)),
        Key("mail_password", Text(empty=True)),
        Key("mail_from", MAIL),
        Key("push", ListOf(PUSH)),
    ),
)
PANEL = Table(
    "panel",
    model.Panel,
    (
        Key("status", MapOf(OneOf(("green", "amber", "red")), PIN)),
        Key("panic_lamp", PIN, default="none"),
        Key("buzzer", PIN, default="none"),
        Key("button", PIN, default="none"),
    ),
)
SENSORS = Table(
    "sensors",
    model.Sensor,
    (
        Key("pin", PIN),
        Key("name", Text()),
        Key("duty", Reference("duty")),
        Key("building", Reference("buildings"), default="the only building"),
    ),
)
MAINS = Table(
    "mains",
    model.Mains,
    (
        Key("ups", Text(r"[\w.-]+@[^\s@]+", "bad_ups"), default="none"),
        Key("pin", PIN, default="none"),
        Key("simulated", Flag()),
        Key("closed", OneOf(("mains", "battery"))),
        Key("battery_minutes", Number(0, DAY_MINUTES, above=True)),
        Key("stop_minutes", Number(0, DAY_MINUTES)),
        Key("at_end", OneOf(("rest", "poweroff"))),
        Key("sms", ListOf(PhoneNumber()), default="whoever is first on duty"),
    ),
)
PHONES = Table("phones", dict, (Key("networks", ListOf(Network()), default="the box's own subnets"),))
ROOT = Table(
    "",
    dict,
    (
        Key("box", One(BOX), required=True),
        Key("buildings", Many(BUILDINGS, at_least=1, keyed=True), attribute="premises", required=True),
        Key("lines", Many(LINES, keyed=True), default="none"),
        Key("outbound", One(OUTBOUND), default="see below"),
        Key("people", Many(PERSONS, keyed=True), default="none"),
        Key("extensions", Many(EXTENSIONS, keyed=True), default="none"),
        Key("hours", Named(HOURS), default="none"),
        Key("scenarios", Many(SCENARIOS, at_least=1), required=True),
        Key("menus", Many(MENUS, at_least=1, keyed=True), required=True),
        Key("duty", Many(DUTY, keyed=True), attribute="duties", default="none"),
        Key("queues", Many(QUEUES, keyed=True), default="none"),
        Key("voicemail", Many(VOICEMAIL, keyed=True), attribute="voicemails", default="none"),
        Key("announcements", Many(ANNOUNCEMENTS), default="none"),
        Key("residents", Many(RESIDENTS), default="none"),
        Key("recording", One(RECORDING), default="see below"),
        Key("notify", One(NOTIFY), default="see below"),
        Key("panel", One(PANEL), default="none"),
        Key("sensors", Many(SENSORS), default="none"),
        Key("mains", One(MAINS), default="none"),
        Key("phones", One(PHONES), default="see below"),
        Key("sentences", MapOf(SentenceKey(), Sentence()), default="none"),
    ),
)

"""The promises of the house (DESIGN's invariants) as checks of a simulated night: each a function and a plain sentence.

`EVERY_MOMENT` holds whenever everything of a moment has happened, `AT_THE_END` after the last call. A check yields
what is wrong, in words; it changes nothing but its own memory in the `Scene`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import product

from appliance.building.model import Building, Language
from appliance.building.numbers import may_dial, sends_sms
from appliance.callflow.call import Call
from appliance.callflow.duty import HUNT_SECONDS
from appliance.callflow.menu import RINGING_SECONDS as HELP_SECONDS
from appliance.callflow.menu import RINGS_AT_ONCE
from appliance.callflow.ringing import DECISION_SECONDS
from appliance.callflow.sentences import phrase
from appliance.callflow.status import NUMBER_SECONDS
from appliance.callflow.voicemail import MESSAGE_SECONDS
from appliance.lines.line import RINGING_SECONDS, Cause
from appliance.lines.simulated import SimulatedLeg
from appliance.lines.simulated_network import SimulatedNetwork
from appliance.nights.box import Life
from appliance.nights.contacts import Contacts
from appliance.notify.notice import Happening
from appliance.notify.occasions import Occasions
from appliance.notify.telling import duty_numbers
from appliance.register import events

SILENCE_SECONDS = 2.0
FINISHING_SECONDS = 30.0  # of a hunt's bound: who accepted hears the flat, the caller who has been found
WORD_SECONDS = 1.0  # of voice: so much is noticed whatever else happens meanwhile
A_MOMENT = 1e-3
SMS_ENDS = (events.NOTICE_SENT, events.NOTICE_DELIVERED, events.NOTICE_DROPPED)
LANGUAGES: tuple[Language, ...] = ("pl", "en")


@dataclass(slots=True)
class End:
    """One far end as the checks see it, from its first moment to its last."""

    leg: SimulatedLeg
    incoming: bool
    who: str
    silent_since: float | None = None
    unasked_since: float | None = None  # silent, and no key is waited for
    partner: SimulatedLeg | None = None
    looked: int = 0  # entries of `heard` looked at
    keys: int = 0  # that it had pressed when last looked at
    claims: list[tuple[int, frozenset[int]]] = field(default_factory=list)  # where in `heard`, numbers on disk then


@dataclass(slots=True)
class Scene:
    """The night as the checks see it."""

    building: Building
    network: SimulatedNetwork
    life: Life
    contacts: Contacts
    now: float = 0.0
    ends: dict[SimulatedLeg, End] = field(default_factory=dict)
    calls: dict[str, Call] = field(default_factory=dict)  # every call ever seen, by uid
    open_calls: set[str] = field(default_factory=set)
    steps: dict[str, tuple[str, float]] = field(default_factory=dict)  # uid → the step it is in, since when
    callers: set[str] = field(default_factory=set)  # numbers that called us
    unwritten: set[str] = field(default_factory=set)  # calls of which the power cut took what was not yet on disk
    rung: list[tuple[str, list[str]]] = field(default_factory=list)  # who is rung now, and their legs that are up
    looked_rung: int = 0
    looked_shown: dict[str, int] = field(default_factory=dict)

    def of_leg(self, leg: SimulatedLeg) -> Call | None:
        """The call of an incoming leg."""
        return next((self.calls[uid] for uid in self.open_calls if self.calls[uid].leg is leg), None)


Check = Callable[[Scene], Iterator[str]]


def no_silence(scene: Scene) -> Iterator[str]:
    """No caller, and nobody who answered, is left on the line in silence longer than 2 s."""
    menus = [each.timeout_seconds for each in scene.building.menus.values()]
    patient = max(*menus, NUMBER_SECONDS, DECISION_SECONDS)
    for end in scene.ends.values():
        leg, now = end.leg, scene.now
        if end.unasked_since is not None and now - end.unasked_since > SILENCE_SECONDS + A_MOMENT:
            yield f"{end.who} on {leg.id} was in silence for {now - end.unasked_since:.1f} s, {_last(leg)}"
            end.unasked_since = now
        if end.silent_since is not None and now - end.silent_since > patient + SILENCE_SECONDS + A_MOMENT:
            yield f"{end.who} on {leg.id} was waited for in silence for {now - end.silent_since:.1f} s, {_last(leg)}"
            end.silent_since = now
        if len(leg.pressed) != end.keys:  # who enters a number digit by digit is not left waiting between them
            end.keys, end.silent_since = len(leg.pressed), None
        silent = leg.up and not leg.hearing and not leg.recorded
        end.silent_since = (end.silent_since if end.silent_since is not None else now) if silent else None
        unasked = silent and not leg.asked
        end.unasked_since = (end.unasked_since if end.unasked_since is not None else now) if unasked else None


def _last(leg: SimulatedLeg) -> str:
    said = [each.text for each in leg.heard if each.text]
    return f"after “{said[-1]}”" if said else "having heard nothing"


def bridges_end_together(scene: Scene) -> Iterator[str]:
    """Both legs of a bridge end together; whoever is left must at least be told something."""
    for end in scene.ends.values():
        leg = end.leg
        if end.partner is not None and end.partner.ended is not None and leg.up and not leg.hearing:
            yield f"{end.who} stays on {leg.id} though {end.partner.id} has ended"
        if leg.talking_to is not None and leg.talking_to.talking_to is not leg:
            yield f"{leg.id} talks to {leg.talking_to.id}, which does not talk to it"
        end.partner = leg.talking_to


def calls_are_answered(scene: Scene) -> Iterator[str]:
    """No caller hears busy or rings on: every call that reaches the box is answered at once."""
    for end in scene.ends.values():
        if not end.incoming or end.leg.answered:
            continue
        if end.leg.ended is None:
            yield f"{end.who} rings on {end.leg.id} and is not answered"
        elif end.leg.ended not in (Cause.CANCELLED, Cause.LOST) and scene.life.running:
            yield f"{end.who} hears {end.leg.ended.value} on {end.leg.id}"


def who_presses_nothing_is_helped(scene: Scene) -> Iterator[str]:
    """Who is known or speaks and presses nothing waits for a person 25 s after the answer, where the menu rings one."""
    for call in scene.life.calls.up.values():
        leg = call.leg
        assert isinstance(leg, SimulatedLeg)
        asked = scene.building.menus[call.menu] if call.state == "menu" else None
        if asked is None or asked.no_input.kind not in RINGS_AT_ONCE or leg.pressed or not leg.up:
            continue
        spoke = min((begun for begun, until in leg.spoken if until - begun >= WORD_SECONDS), default=scene.now)
        heard = 0.0 if call.resident is not None else WORD_SECONDS - scene.now + spoke
        if call.seconds_since_answer() > HELP_SECONDS + A_MOMENT and heard <= 0.0:
            yield f"the caller on {leg.id} has pressed nothing for {call.seconds_since_answer():.1f} s, {_last(leg)}"


def hunts_end(scene: Scene) -> Iterator[str]:
    """No hunt and no wait in a queue lasts longer than its bound."""
    lines = RINGING_SECONDS * len(scene.life.all_lines())
    for uid, call in scene.life.calls.up.items():
        step, since = scene.steps.get(uid, ("", 0.0))
        if step != call.state:
            since = scene.now
            scene.steps[uid] = call.state, since
        if call.state == "duty":
            ring = max(each.ring_seconds for each in scene.building.duties.values())
            bound = HUNT_SECONDS
        elif call.state == "queue":
            ring = max(each.ring_seconds for each in scene.building.queues.values())
            bound = max(each.max_wait_minutes for each in scene.building.queues.values()) * 60
        else:
            continue
        if scene.now - since > bound + 2 * ring + lines + DECISION_SECONDS + FINISHING_SECONDS:
            yield f"{call.leg.id} is in {call.state} for {scene.now - since:.0f} s"
            scene.steps[uid] = call.state, scene.now


def nobody_is_rung_on_a_call(scene: Scene) -> Iterator[str]:
    """Nobody is rung while they are on a call with the box (one who withholds their number is not known)."""
    for who, legs in scene.rung:
        if legs:
            yield f"{who} is rung, but is on {', '.join(legs)}"
    scene.rung.clear()


def only_allowed_numbers(scene: Scene) -> Iterator[str]:
    """Only allowed numbers are dialled: phones of the building file and who called us; only our own are shown."""
    known = {phone for person in scene.building.people.values() for phone in person.phones} | scene.callers
    known |= {f"ext:{extension}" for extension in scene.building.extensions}
    for _, number in scene.network.rung[scene.looked_rung :]:
        if number not in known:
            yield f"{number} is dialled, which nobody configured and nobody called from"
        elif may_dial(scene.building, number) is not None:
            yield f"{number} is dialled, which may not be: {may_dial(scene.building, number)}"
    scene.looked_rung = len(scene.network.rung)
    ours = {number for line in scene.life.lines.values() for number in line.numbers()}
    for line in scene.life.all_lines():
        for shown in line.shown[scene.looked_shown.get(line.id, 0) :]:
            if shown not in (line.numbers() or ours):
                yield f"line {line.id} shows {shown or 'nothing'}, which is not its own"
        scene.looked_shown[line.id] = len(line.shown)


def nothing_is_claimed_too_early(scene: Scene) -> Iterator[str]:
    """Nothing is claimed to be saved that is not on disk: a ticket's number, a call-back, a ticket taken."""
    for end in scene.ends.values():
        for at in range(end.looked, len(end.leg.heard)):
            yield from _claim(scene, end, at)
        end.looked = len(end.leg.heard)


def _claim(scene: Scene, end: End, at: int) -> Iterator[str]:
    text, rows = end.leg.heard[at].text, scene.life.disk.rows
    firsts = _claims_of(scene.building)
    kind = firsts.get(text)
    if kind is None:
        return
    call = scene.of_leg(end.leg)
    ticket = rows.tickets.get(call.ticket) if call is not None else None
    number = end.leg.caller if end.incoming else end.leg.called
    if kind == "ticket":
        told = [ticket] if ticket is not None else [] if end.incoming else list(rows.tickets.values())
        end.claims.append((at, frozenset(row["number"] for row in told)))
    elif kind == "callback_ok":
        if ticket is None or ticket["caller"] is None:
            yield f"{end.who} on {end.leg.id} is promised a call-back that is not on disk"
        elif may_dial(scene.building, ticket["caller"]) is not None:
            yield f"{end.who} on {end.leg.id} is promised a call to {ticket['caller']}, which may not be dialled"
    elif kind in ("one_sim", "one_line"):
        if ticket is None or not ticket["urgent"] or ticket["caller"] is None:
            yield f"{end.who} on {end.leg.id} is told to wait for a call, and no urgent ticket is on disk"
    elif kind == "one_line_taken":
        own = [row for row in rows.tickets.values() if row["caller"] == number and row["state"] != "new"]
        if not own:
            yield f"{end.who} on {end.leg.id} hears that somebody has their ticket, which nobody has on disk"
    elif kind == "claimed":
        taken = {row["taken_by"] for row in rows.tickets.values() if row["state"] != "new"}
        names = {each.id for each in scene.building.people.values() if number in each.phones}
        if not taken & names:
            yield f"{end.who} on {end.leg.id} hears “{text}”, but no ticket is taken by {', '.join(names)} on disk"


def _claims_of(building: Building) -> dict[str, str]:
    """The first words of every sentence that claims something → the sentence's key."""
    firsts = {
        phrase(key, language, building, **{name: "1"})[0]: key
        for key, name in (("ticket", "digits"), ("callback_ok", "number"), ("claimed", "number"))
        for language in LANGUAGES
    }
    names = {"", *(each.name for each in building.premises.values())}
    for language, name in product(LANGUAGES, names):
        for key in ("one_sim", "one_line", "one_line_taken"):
            firsts[phrase(key, language, building, building=name)[0]] = key
    return firsts


def numbers_are_true(scene: Scene) -> Iterator[str]:
    """The ticket number that somebody hears is one on disk, and their own."""
    for end in scene.ends.values():
        if end.leg.ended is None:
            continue
        for at, numbers in end.claims:
            spoken = [each.text for each in end.leg.heard[at:]]
            true = (
                phrase("ticket", each, scene.building, digits=str(number)) for number in numbers for each in LANGUAGES
            )
            if not any(all(said == meant for said, meant in zip(spoken, words, strict=False)) for words in true):
                yield f"{end.who} on {end.leg.id} is told “{' '.join(spoken)}”; on disk: {sorted(numbers)}"
        end.claims.clear()


def urgent_calls_end_well(scene: Scene) -> Iterator[str]:
    """An urgent call ends with a human, or with somebody being rung about it until somebody takes it."""
    for uid in scene.open_calls - scene.life.calls.up.keys():
        call = scene.calls[uid]
        if not scene.life.running or not call.urgent or call.taken or call.outcome == "answered":
            continue
        row = scene.life.disk.rows.tickets.get(call.ticket)
        if call.ticket not in scene.life.calls.aftercare.tickets() and (row is None or row["state"] == "new"):
            ended = call.outcome or "abandoned"
            yield f"the urgent call on {call.leg.id} has ended ({ended}) and nobody is rung about it"


def rows_are_closed(scene: Scene) -> Iterator[str]:
    """Every call that was answered has a register row with an outcome."""
    rows = scene.life.disk.rows.calls
    for uid, call in scene.calls.items():
        row = rows.get(uid)
        if row is None and uid not in scene.unwritten:
            yield f"the call on {call.leg.id} has no row"
        elif row is not None and (not row["outcome"] or not row["ended"]):
            yield f"the row of the call on {call.leg.id} is not closed: {row['outcome']}, {row['ended']}"
        elif row is not None and row["outcome"] == "answered" and row["answered_by"] is None:
            yield f"the call on {call.leg.id} was answered by nobody"


def urgent_tickets_are_taken(scene: Scene) -> Iterator[str]:
    """An urgent call has an urgent ticket, and somebody takes it in the end."""
    rows = scene.life.disk.rows
    numbers = {row["number"]: row for row in rows.tickets.values()}
    for row in rows.calls.values():
        if row["urgent"] and row["outcome"] != "answered" and not numbers.get(row["ticket"] or 0, {}).get("urgent"):
            yield f"call {row['id']} was urgent ({row['outcome']}) and has no urgent ticket"
    for row in rows.tickets.values():
        if row["urgent"] and row["state"] == "new":
            yield f"urgent ticket {row['number']} is not taken, though everybody answers at last"


def contacts_ring_duty(scene: Scene) -> Iterator[str]:
    """A contact that stays closed has an urgent ticket, and somebody on duty who can be is rung within 5 s."""
    yield from scene.contacts.broken
    scene.contacts.broken.clear()


def contacts_open_a_ticket_each(scene: Scene) -> Iterator[str]:
    """A contact that chatters is not a hundred calls: a ticket a closing that lasts, at most."""
    yield from scene.contacts.too_many(scene.life)


def duty_is_told_by_sms(scene: Scene) -> Iterator[str]:
    """An urgent call that ended without a human has an SMS to every duty number, sent or needed no more."""
    if not sends_sms(scene.building):
        return
    occasions = Occasions()
    outcome = {each.get("notice"): each.kind for each in scene.life.disk.events if each.kind.startswith("notice.")}
    queued = [each for each in scene.life.disk.events if each.kind == events.NOTICE_QUEUED]
    for event in scene.life.disk.events:
        at = datetime.fromisoformat(event.at.replace("Z", "+00:00"))
        about = {"call": event.call, "ticket": event.ticket, "building": event.building}
        body = {**event.body, **event.personal}
        for occasion, affair in occasions.feed(Happening(event.kind, at, **about, number=event.number, body=body)):
            if occasion != "nobody":
                continue
            for person, number in duty_numbers(scene.building, affair, (), at):
                told = [each for each in queued if (each.ticket, each.get("phone")) == (affair.ticket, number)]
                if not told:
                    yield f"{person.id} ({number}) was never to get an SMS about ticket {affair.number}"
                for each in told:
                    if outcome[each.get("notice")] not in SMS_ENDS:
                        yield f"the SMS to {number} about ticket {affair.number} ended as {outcome[each.get('notice')]}"


def messages_are_kept(scene: Scene) -> Iterator[str]:
    """Every message that was spoken stands in its call's row, with a ticket."""
    for path, seconds in scene.life.disk.recordings.items():
        row = scene.life.disk.rows.calls.get(path.stem)
        if row is not None and seconds >= MESSAGE_SECONDS and not (row["recording"] and row["ticket"]):
            yield f"the message of call {row['id']} ({seconds:.1f} s) is not in its row or has no ticket"


def nothing_is_left(scene: Scene) -> Iterator[str]:
    """After the last call nothing is left: no leg, task, engaged phone, place in a room, or entry of a call."""
    life = scene.life
    for line in life.all_lines():
        if line.legs():
            yield f"legs are left on {line.id}: {sorted(leg.id for leg in line.legs())}"
    if life.tasks:
        yield f"tasks are left: {life.tasks}"
    if life.calls.up:
        yield f"calls are left: {[call.leg.id for call in life.calls.up.values()]}"
    for queue, room in life.calls.rooms.items():
        if len(room):
            yield f"{len(room)} places are left in {queue}"
    phones = {phone for person in scene.building.people.values() for phone in person.phones} | scene.callers
    engaged = sorted(phone for phone in phones if life.routing.on_a_call(phone))
    if engaged:
        yield f"counted as engaged: {engaged}"
    if life.calls.aftercare.tickets():
        yield f"somebody is still rung about {len(life.calls.aftercare.tickets())} tickets"


def a_polite_end_leaves_nothing(scene: Scene) -> Iterator[str]:
    """An exchange that is asked to stop leaves no task behind."""
    if scene.life.left:
        yield f"left running: {', '.join(scene.life.left)}"
        scene.life.left.clear()


EVERY_MOMENT: tuple[Check, ...] = (
    no_silence,
    bridges_end_together,
    calls_are_answered,
    who_presses_nothing_is_helped,
    hunts_end,
    nobody_is_rung_on_a_call,
    only_allowed_numbers,
    nothing_is_claimed_too_early,
    numbers_are_true,
    urgent_calls_end_well,
    a_polite_end_leaves_nothing,
    contacts_ring_duty,
)
AT_THE_END: tuple[Check, ...] = (
    rows_are_closed,
    urgent_tickets_are_taken,
    contacts_open_a_ticket_each,
    duty_is_told_by_sms,
    messages_are_kept,
    nothing_is_left,
)

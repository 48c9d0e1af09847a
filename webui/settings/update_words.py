"""Words for an update: why it cannot be done, its steps, what does not work with a new version."""

from __future__ import annotations

from collections.abc import Mapping

from webui.words import Words, lazy_gettext, lazy_pgettext

WHY: Mapping[str, Words] = {
    "calls_up": lazy_gettext("Calls are going on (%(count)s). An update does not begin during calls: try again later."),
    "urgent_waits": lazy_gettext("Somebody in need waits for duty to take over. That goes first."),
    "unconfirmed_edit": lazy_gettext("A change of the settings waits to be confirmed. Confirm it, or wait."),
    "weak_power": lazy_gettext(
        "The power supply does not hold its voltage, so writing might fail. Plug in the box’s own power supply."
    ),
    "no_room": lazy_gettext(
        "%(needed)s MB must be free, and there are %(free)s MB. Remove an old backup or recordings."
    ),
    "other_machine": lazy_gettext("This file is for another kind of machine (%(bundle)s). This one is %(machine)s."),
    "on_probation": lazy_gettext("The version that runs is still on probation. Wait until it is kept."),
    "not_newer": lazy_gettext("The file holds version %(bundle)s, and %(running)s runs: it is not newer."),
    "other_slot_empty": lazy_gettext("There is no other version on the box to go back to."),
    "no_bundle": lazy_gettext("This is no update file, or only a part of one. Fetch it once more. (%(why)s)"),
    "not_signed": lazy_gettext(
        "Nobody whom this box trusts has signed this file. Take it from the publisher, nowhere else. (%(why)s)"
    ),
    "tampered": lazy_gettext("This file is damaged, or was changed after it was signed. Fetch it once more."),
    "no_rauc": lazy_gettext("The signature cannot be checked: %(why)s"),
    "helper_away": lazy_gettext("The part of the box that writes updates does not answer. Restart the box. (%(why)s)"),
    "write_failed": lazy_gettext(
        "The new version could not be written. The one that runs is untouched. If this comes back, replace the card."
        " (%(why)s)"
    ),
    "no_backup": lazy_gettext("The backup failed, so nothing was changed. (%(why)s)"),
    "update_goes_on": lazy_gettext("An update goes on already."),
    "too_late": lazy_gettext("It is too late to stop it: the box restarts."),
    "no_such_file": lazy_gettext("The file is not there any more. Bring it once more."),
    "no_slots": lazy_gettext("This machine is not updated from here."),
    "stopped": lazy_gettext("It was stopped, and nothing was changed."),
    "cut_off": lazy_gettext("It was cut off half way, before anything was changed: begin it once more."),
    "did_not_start": lazy_gettext("The new version did not start, or the power failed. The former one runs."),
    "cut_off_proving": lazy_gettext(
        "The box was restarted before the new version was kept, perhaps by a power cut. The former one runs."
    ),
    "did_not_restart": lazy_gettext("The box did not restart. Unplug it, plug it in again, and begin once more."),
    "no_quiet_moment": lazy_gettext("There was no moment without calls for a whole day, so nothing was changed."),
    "unwell": lazy_gettext("With the new version this did not work: %(missing)s. So the former one is back."),
    "line_down_now": lazy_gettext(
        "Line %(line)s worked when the update began, and does not now. Afterwards nobody could tell why."
    ),
    "not_on_probation": lazy_gettext("This version is kept already."),
    "mistake": lazy_gettext("A mistake of the program: %(why)s"),
}

# In their order; the page shows them as a list.
STEPS: Mapping[str, Words] = {
    "checking": lazy_gettext("Check the signature"),
    "backing_up": lazy_gettext("Make a backup of the register and the settings"),
    "writing": lazy_gettext("Write the new version beside the one that runs"),
    "waiting": lazy_gettext("Wait for a moment without calls"),
    "restarting": lazy_gettext("Restart into the new version (about two minutes without calls)"),
    "proving": lazy_gettext("Look whether page, lines and modem work as before"),
    "committing": lazy_gettext("Keep the new version"),
}

WORKS: Mapping[str, Words] = {
    "waiting": lazy_gettext("All is ready. The box restarts as soon as nobody calls."),
    "restarting": lazy_gettext("The box restarts. This page comes back by itself in about two minutes."),
    "proving": lazy_gettext("The new version runs. If anything does not work as before, the former one comes back."),
    "leaving": lazy_gettext("The box goes back to the former version."),
}

PARTS: Mapping[str, Words] = {
    "page": lazy_pgettext("part", "this page"),
    "register": lazy_pgettext("part", "the register"),
    "sound": lazy_pgettext("part", "the sound of calls"),
    "line": lazy_pgettext("part", "line %(line)s"),
}

"""The command `dyzurka`: what people and scripts ask for from a terminal (see docs/commands.md).

It only gathers the commands; each group of them is a module of `appliance/commands/`.
"""

from __future__ import annotations

import click

from appliance import VERSION
from appliance.commands.accounts import unlock
from appliance.commands.backup import backup, restore
from appliance.commands.building import check, on_duty, say
from appliance.commands.calls import demo, run
from appliance.commands.dictate import dictate
from appliance.commands.doctor import doctor
from appliance.commands.register import register, status, tickets
from appliance.commands.update import update

COMMANDS = (run, check, demo, register, tickets, status, on_duty, say, dictate, backup, restore, update, unlock, doctor)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, prog_name="dyzurka")
def main() -> None:
    """The telephone duty room of a residential building."""


for command in COMMANDS:
    main.add_command(command)


if __name__ == "__main__":
    main()

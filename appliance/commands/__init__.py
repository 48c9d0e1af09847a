"""The commands of `dyzurka`, one module a group. They parse and print; the work is done elsewhere.

Heavy parts are imported by the command that needs them, so that every other one starts at once.
"""

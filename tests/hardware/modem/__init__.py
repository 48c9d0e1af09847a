"""A modem in software, behind pseudo-terminals and a sysfs of its own: `usb` plugs it in, `firmware` speaks AT,
`makes` has what each vendor says in its own words, `sound` is its PCM port, `network` the people it calls.

Written from the vendors' documents; each reply names its source. It shares no code with what it tests.
"""

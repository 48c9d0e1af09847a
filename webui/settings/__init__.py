"""Settings: users, changes, backups, updates, how long things are kept, a resident's data, papers, HTTPS, about."""

from webui.settings import (
    about,
    audit,
    backups,
    https,
    incident,
    lines,
    messages,
    papers,
    person,
    restoring,
    retention,
    updating,
    users,
)
from webui.settings.blueprint import pages

__all__ = [
    "about",
    "audit",
    "backups",
    "https",
    "incident",
    "lines",
    "messages",
    "pages",
    "papers",
    "person",
    "restoring",
    "retention",
    "updating",
    "users",
]

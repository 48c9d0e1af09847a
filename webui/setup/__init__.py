"""The first start: step by step from an empty box to one that takes calls. Each step is an edit of the building.

Which steps are done is read from the building and the register (`standing.py`), so it can be left and gone on with.
"""

from __future__ import annotations

from webui.setup import basics, finish, greeting, line, people, trials, week
from webui.setup.blueprint import pages

__all__ = ["basics", "finish", "greeting", "line", "pages", "people", "trials", "week"]

"""Menu and sentences: what callers hear, to be read, heard and changed; the hours; two taps that end by themselves.

Each module is one topic; all put their views into the one blueprint of `page.py`.
"""

from __future__ import annotations

import webui.menu.hear
import webui.menu.hours
import webui.menu.mailboxes
import webui.menu.menus
import webui.menu.options
import webui.menu.scenarios
import webui.menu.sounds
import webui.menu.taps
import webui.menu.texts
import webui.menu.tree  # noqa: F401 - each registers its views
from webui.menu.page import pages

__all__ = ["pages"]

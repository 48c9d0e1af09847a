"""The duty page: who has duty when, who stands in for whom, the rota, and a calendar for one's own telephone."""

from webui.duty import calendar, feeds, lists, ringing, rotation, shift_forms, swaps
from webui.duty.page import pages

__all__ = ["calendar", "feeds", "lists", "pages", "ringing", "rotation", "shift_forms", "swaps"]

"""Cells of tables for spreadsheets: text, and never anything that would be calculated."""

from __future__ import annotations

BYTE_ORDER_MARK = "\N{BYTE ORDER MARK}"  # by which a spreadsheet knows UTF-8
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")  # how a cell begins that a spreadsheet would execute


def cell(text: str) -> str:
    """The text, marked as one where a spreadsheet would take it for a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text

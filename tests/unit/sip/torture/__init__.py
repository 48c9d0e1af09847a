"""RFC 4475's messages, rebuilt: each has the trick of its section, with our numbers and addresses around it.

`EVERYTHING` is all of them. What is expected of us is written beside each, and why; the tests are elsewhere.
"""

from __future__ import annotations

from .meaning import MEANING
from .message import CALL, SILENT, Stage, Torture
from .syntax import INVALID
from .valid import VALID

EVERYTHING: tuple[Torture, ...] = (*VALID, *INVALID, *MEANING)

__all__ = ["CALL", "EVERYTHING", "SILENT", "Stage", "Torture"]

"""Pictures of pages: WebP, made by Chromium itself, into build/screens; `make screens` keeps a few for the docs.

`make test` takes none: PICTURES=0.
"""

from __future__ import annotations

import base64
import os

from playwright.sync_api import Page

from tests.browser.visitor import HEIGHTS, folder_for_pictures

QUALITY = 70  # per cent
TALLEST = 2400  # pixels of a page that are shown


def take(page: Page, name: str) -> None:
    """The page as it stands, as wide as its window, into build/screens/NAME-WIDTH.webp."""
    if os.environ.get("PICTURES") == "0":
        return
    assert page.viewport_size is not None
    width = page.viewport_size["width"]
    tall = int(page.evaluate("document.documentElement.scrollHeight"))
    height = min(max(tall, HEIGHTS[width]), TALLEST)
    session = page.context.new_cdp_session(page)
    clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}
    shot = session.send(
        "Page.captureScreenshot",
        {"format": "webp", "quality": QUALITY, "captureBeyondViewport": True, "clip": clip},
    )
    session.detach()
    (folder_for_pictures() / f"{name}-{width}.webp").write_bytes(base64.b64decode(shot["data"]))

"""Somebody at the page with a real browser: Debian's Chromium, driven by Playwright, on a phone or at a desk.

It notes what no page may do: ask another machine for something, raise an error, scroll sideways.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Locator, Page, Playwright, Request, Response, expect

from tests.peers.program import installed

PHONE, DESKTOP = 390, 1280  # pixels wide
HEIGHTS = {PHONE: 844, DESKTOP: 800}
SECONDS = 20.0  # for one thing to be there: the machine is busy with other tests
PASSWORD = "cztery proste słowa"
WITHOUT_SCREEN = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--mute-audio", "--autoplay-policy=no-user-gesture-required"),
    "--disable-dev-shm-usage",
]

expect.set_options(timeout=SECONDS * 1000)


def launched(playwright: Playwright) -> Browser:
    """A browser without a screen."""
    return playwright.chromium.launch(executable_path=installed("chromium"), headless=True, args=WITHOUT_SCREEN)


class Visitor:
    """One person with a browser of their own (cookies, language, width) at the page of a box at `home`."""

    def __init__(
        self, browser: Browser, home: str, *, width: int = DESKTOP, language: str = "pl-PL", **settings: Any
    ) -> None:
        """`settings` are Playwright's for a new context: java_script_enabled, color_scheme, storage_state."""
        self.home = home
        self.complaints: list[str] = []
        self.received: list[Response] = []
        self.context = browser.new_context(
            base_url=home,
            viewport={"width": width, "height": HEIGHTS[width]},
            locale=language,
            timezone_id="Europe/Warsaw",
            **settings,
        )
        self.context.set_default_timeout(SECONDS * 1000)
        self.page: Page = self.context.new_page()
        self.page.on("request", self._asks)
        self.page.on("response", lambda answer: self.received.append(answer))
        self.page.on("pageerror", lambda error: self.complaints.append(f"{self.page.url}: {error}"))
        self.page.on("console", lambda said: self._hears(said.type, said.text))

    def goes(self, place: str) -> None:
        """To an address of the box; it must be there."""
        answer = self.page.goto(place)
        assert answer is not None and answer.status < 400, f"{place}: {answer and answer.status}"

    def claims(self, code: str, name: str = "prezes") -> None:
        """Become the administrator of a new box, as the first page asks."""
        self.goes("/")
        self.types_claim(code, name)
        self.page.wait_for_url(lambda url: "/claim" not in url)

    def types_claim(self, code: str, name: str = "prezes") -> None:
        """Fill in the page of a new box and send it."""
        for field, value in {"code": code, "name": name, "password": PASSWORD, "again": PASSWORD}.items():
            self.field(field).fill(value)
        self.sends()

    def logs_in(self, name: str = "prezes") -> None:
        """With the right password."""
        self.goes("/login")
        self.types_log_in(name)
        self.page.wait_for_url(lambda url: "/login" not in url)

    def types_log_in(self, name: str) -> None:
        """Fill in the log-in and send it."""
        self.field("name").fill(name)
        self.field("password").fill(PASSWORD)
        self.sends()

    def sends(self) -> None:
        """Press the page's first button, and wait for what comes."""
        with self.page.expect_navigation():
            self.page.locator("main button").first.click()

    def field(self, name: str) -> Locator:
        """The field of a form by its own name, which is the same in every language."""
        return self.page.locator(f'main [name="{name}"]:not([type=hidden])')

    def presses(self, words: str) -> None:
        """The button with these words; the first where there are several."""
        self.page.get_by_role("button", name=words).first.click()

    def sees(self, words: str, within: str = "main", seconds: float = SECONDS) -> None:
        """These words are on the page soon."""
        expect(self.page.locator(within)).to_contain_text(words, timeout=seconds * 1000)

    def plays(self, audio: Locator) -> float:
        """Start this sound and wait until it is really heard; how many seconds long it is."""
        audio.evaluate("each => each.play()")
        handle = audio.element_handle()
        self.page.wait_for_function("each => each.currentTime > 0.3 && !each.error", arg=handle)
        return float(audio.evaluate("each => each.duration"))

    def links(self) -> list[str]:
        """Where the links of this page lead on this box: paths with their questions."""
        found = self.page.eval_on_selector_all(
            "a[href]", "all => all.filter(each => !each.hasAttribute('download')).map(each => each.href)"
        )
        return [each.removeprefix(self.home) for each in found if each.startswith(f"{self.home}/")]

    def sideways(self) -> str:
        """What is wider than the window; empty when nothing has to be scrolled sideways."""
        return str(self.page.evaluate(WIDER))

    def closes(self) -> None:
        """And nothing was to complain of."""
        self.context.close()
        assert not self.complaints, self.complaints

    def _asks(self, request: Request) -> None:
        place = urlsplit(request.url)
        if place.scheme in ("http", "https", "ws", "wss") and not request.url.startswith(f"{self.home}/"):
            self.complaints.append(f"{self.page.url} asks {request.url}")

    def _hears(self, kind: str, text: str) -> None:
        if kind == "error" and "Failed to load resource" not in text:  # an answer of 4xx is the test's to judge
            self.complaints.append(f"{self.page.url}: {text}")


WIDER = """() => {
    const room = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= room) return "";
    const scrolls = each => { for (let up = each.parentElement; up; up = up.parentElement)
        if (getComputedStyle(up).overflowX !== "visible") return true; return false; };
    const wide = [...document.body.querySelectorAll("*")].filter(
        each => each.getBoundingClientRect().right > room + 1 && !scrolls(each));
    return wide.map(each => each.outerHTML.slice(0, 120)).slice(-3).join(" | ")
        || `${document.documentElement.scrollWidth} > ${room}`;
}"""


def folder_for_pictures() -> Path:
    """Where pictures of the pages go: build/screens."""
    folder = Path(__file__).parents[2] / "build" / "screens"
    folder.mkdir(parents=True, exist_ok=True)
    return folder

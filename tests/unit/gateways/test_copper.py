"""The copper line behind a gateway: its voltage is read from the status page, and what cannot be read is not known."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.gateways import reading
from appliance.gateways.copper import DEAD, UNREADABLE, told, voltage
from appliance.gateways.reading import MOST_BYTES, UnreadableError, read
from appliance.gateways.watch import EVERY_SECONDS, CopperWatch
from appliance.virtual import VirtualLoop, run_virtually

from .status_page import HOST, StatusPage, served, spa3102

MOST_SECONDS = 0.5  # of the processor, for the largest page; calls wait meanwhile


@pytest.mark.parametrize(
    ("page", "volts"),
    [
        (spa3102("-48"), 48.0),
        (spa3102("0"), 0.0),
        (spa3102("-0.4"), 0.4),
        (spa3102("52,5"), 52.5),
        ("<b>Line&nbsp;Voltage</b>:&nbsp;-51 (V)", 51.0),
        ("<td>TipRingVoltage</td><td>48 V</td>", 48.0),
        ('<input name="AC Line Voltage" value="230">', None),
        ("Line Voltage: unknown", None),
        ("Line Voltage: 123456", None),
        ("", None),
    ],
)
def test_the_voltage_is_found_among_the_tags(page: str, volts: float | None):
    assert voltage(page) == volts


@given(st.text())
def test_any_page_tells_a_voltage_or_none(page: str):
    found = voltage(page + "<td>Line Voltage: " + page)
    assert found is None or 0.0 <= found < 1000.0


@pytest.mark.parametrize("filler", [" ", "\n", "&nbsp;", "<td>", "Line Voltage ", "Line Voltage:<b>", "Line ", "<"])
@pytest.mark.parametrize("label", ["Line Voltage", "TipRingVoltage:"])
def test_a_page_full_of_blanks_and_tags_does_not_keep_the_exchange(label: str, filler: str):
    page = label + filler * (MOST_BYTES // len(filler)) + "!"
    begun = time.process_time()
    assert voltage(page) is None
    assert time.process_time() - begun < MOST_SECONDS


def test_both_languages_have_words_for_each_reason_and_for_a_voltage():
    assert (told(48.0, "", "pl"), told(0.4, "", "en")) == ("48 V na linii", "0.4 V on the line")
    for why in UNREADABLE:
        polish, english = told(None, why, "pl"), told(None, why, "en")
        assert polish.startswith("stanu linii miedzianej nie widać: ") and english.startswith("the state of the copper")


# -- over HTTP --------------------------------------------------------------------------------------------------------


@pytest.fixture
def page() -> Iterator[StatusPage]:
    with served() as found:
        yield found


def why_not(url: str) -> str:
    with pytest.raises(UnreadableError) as failed:
        asyncio.run(read(url))
    return failed.value.why


def test_a_page_is_read_to_its_end_and_its_query_is_asked_for(page: StatusPage):
    page.body = "x" * 300_000 + spa3102("-47")
    assert voltage(asyncio.run(read(f"{page.url}admin/voice?tab=info"))) == 47.0
    assert page.asked == ["/admin/voice?tab=info"]


@pytest.mark.parametrize(
    ("status", "headers", "why"),
    [
        (302, {"Location": "http://192.0.2.1/"}, "elsewhere"),
        (401, {"WWW-Authenticate": 'Basic realm="SPA"'}, "password"),
        (403, {}, "password"),
        (404, {}, "no page"),
        (500, {}, "no page"),
        (200, {"Transfer-Encoding": "chunked"}, "no page"),
    ],
)
def test_what_is_no_page_is_refused_and_a_redirection_is_not_followed(
    page: StatusPage, status: int, headers: dict[str, str], why: str
):
    page.status, page.headers = status, headers
    assert why_not(page.url) == why
    assert len(page.asked) == 1


def test_a_page_without_an_end_is_read_up_to_its_bound(page: StatusPage):
    page.body = b"<td>" * (MOST_BYTES // 4 + 1)
    assert why_not(page.url) == "too large"


def answered_by(says: bytes, *, lingers: bool) -> str:
    """Why a server that says this to any question, and then hangs up or `lingers`, has told nothing."""

    async def story() -> str:
        over = asyncio.Event()

        async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readline()
            writer.write(says)
            if lingers:
                await reader.read()  # until we hang up
            writer.close()
            over.set()

        async with await asyncio.start_server(speak, HOST, 0) as server:
            with pytest.raises(UnreadableError) as failed:
                await read(f"http://{HOST}:{server.sockets[0].getsockname()[1]}/")
            await over.wait()
        await asyncio.sleep(0)  # a closed transport lets its socket go in the loop's next turn
        return failed.value.why

    return asyncio.run(story())


@pytest.mark.parametrize("says", [b"", b"SSH-2.0-dropbear\r\n", b"HTTP/1.1\r\n\r\n", b"x" * 20_000])
def test_what_speaks_no_http_has_not_answered(says: bytes):
    assert answered_by(says, lingers=False) == "no answer"


def test_one_that_never_finishes_is_given_up(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(reading, "READ_SECONDS", 0.2)
    assert answered_by(b"HTTP/1.0 200 OK\r\n\r\n<td>Line", lingers=True) == "no answer"


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "http://127.0.0.1:99999/", "http://x.invalid/"])
def test_nobody_there_is_no_answer(url: str):
    assert why_not(url) == "no answer"


# -- watched ----------------------------------------------------------------------------------------------------------


def watched(monkeypatch: pytest.MonkeyPatch, *pages: str | UnreadableError) -> list[tuple[str | None, str]]:
    """The fault and the words, looked at every half minute; the last page is read for ever."""
    left = list(pages)

    async def next_page(url: str) -> str:
        assert url == "http://192.168.1.50/"
        page = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(page, UnreadableError):
            raise page
        return page

    monkeypatch.setattr("appliance.gateways.watch.read", next_page)
    seen: list[tuple[str | None, str]] = []

    async def story() -> None:
        watch = CopperWatch("copper", "http://192.168.1.50/", lambda: "en")
        assert (watch.fault, watch.about) == (None, "")
        watch.start()
        for _ in pages:
            await asyncio.sleep(1.0)
            seen.append((watch.fault, watch.about))
            await asyncio.sleep(EVERY_SECONDS - 1.0)
        await watch.stop()

    run_virtually(VirtualLoop(), story())
    return seen


def test_a_line_that_was_pulled_out_is_dead_with_the_second_reading(monkeypatch: pytest.MonkeyPatch):
    seen = watched(monkeypatch, spa3102("-48"), spa3102("0"), spa3102("0"))
    assert seen == [(None, "48 V on the line"), (None, "0 V on the line"), (DEAD, "0 V on the line")]


def test_it_is_well_with_the_first_reading_that_has_one_again(monkeypatch: pytest.MonkeyPatch):
    seen = watched(monkeypatch, spa3102("0"), spa3102("0"), spa3102("-48"))
    assert seen[-1] == (None, "48 V on the line")


def test_one_reading_without_voltage_is_none(monkeypatch: pytest.MonkeyPatch):
    assert {fault for fault, _ in watched(monkeypatch, spa3102("0"), spa3102("-48"))} == {None}


@pytest.mark.parametrize("after", ["password", "no answer"])
def test_a_dead_line_whose_page_cannot_be_read_any_more_is_not_known(monkeypatch: pytest.MonkeyPatch, after: str):
    pages = [spa3102("0"), spa3102("0"), UnreadableError(after)]
    assert watched(monkeypatch, *pages)[-1] == (None, told(None, after, "en"))


def test_a_page_without_a_voltage_says_so(monkeypatch: pytest.MonkeyPatch):
    assert watched(monkeypatch, "<html>Login</html>")[-1] == (None, told(None, "no voltage", "en"))

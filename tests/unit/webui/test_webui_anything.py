"""Whatever somebody types into the address bar, or a program sends to the page, is a page or a refusal."""

from __future__ import annotations

import asyncio
import io
import random
from urllib.parse import unquote_to_bytes, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from looking import Browser, browser, logged_in, write_users

from appliance.register.store import RegisterStore
from appliance.register.when import parse_when
from tests.anything import in_time, spoilt, spoilt_text
from tests.unit.register.conftest import EVENING, SetClock, urgent_call
from webui.app import create_app, host_is_ours
from webui.users import KEY_FILE

PATHS = [
    "/login?next=/register/",
    "/account",
    "/",
    "/register/",
    "/register/1001",
    "/static/style.css",
    "/register/?since=7d&building=lipowa7&skip=50&lang=en",
    "/menu/hear?language=pl&text=Zapisane.&key=1",
    "/menu/hours",
    "/reports/?period=own&from=2026-01-01&to=2026-11-30&building=lipowa7",
    "/reports/days.csv?period=year",
    "/settings/audit?before=7&all=1",
    "/settings/person?number=501502503&flat=12",
    "/settings/papers/poster?building=lipowa7&office=x",
    "/settings/incident/1001",
    "/settings/restore/progress?since=1",
    "/settings/backup/dyzurka-20261122-211403.zip",
]
SPICE = [
    "since=",
    "&skip=",
    "&lang=",
    "%00",
    "%ff",
    "%",
    "..%2f",
    "//",
    "9" * 4400,
    "since=2026-11-22T21:00+14:00",
    "skip=1e9",
]
TOLD = (200, 303, 400, 401, 403, 404, 422, 429, 503)  # 503: no exchange is there to do it
WHENS = ["2026-11-22", "2026-11-22T21:00:00.5+02:00", "7d", "99999w", "2026-W47-7", "00:00", "9999-12-31T23:59-23:59"]
in_one_folder = {"suppress_health_check": [HealthCheck.function_scoped_fixture]}


class Page:
    """Asks as the server does, with what Flask's own test client would put right or stumble over."""

    def __init__(self, app, cookie):
        """`cookie` is the administrator's."""
        self.app, self.cookie = app, cookie

    def asked(self, address, method="GET", body=b"", kind="", **headers):
        """The status of the answer, once all of it has been made."""
        path, _, query = address.partition("?")
        environ = {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
            "QUERY_STRING": query.encode().decode("latin-1"),
            "SERVER_NAME": "box",
            "SERVER_PORT": "8080",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_HOST": "localhost",
            "HTTP_COOKIE": self.cookie,
            "CONTENT_TYPE": kind,
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": io.StringIO(),
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            **{f"HTTP_{name.upper()}": value for name, value in headers.items()},
        }
        said = []
        parts = self.app(environ, lambda status, headers, error=None: said.append(int(status[:3])))
        try:
            b"".join(parts)
        finally:
            getattr(parts, "close", lambda: None)()
        return said[0]


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """The page over one urgent call, with its own errors shown as such."""
    data = tmp_path_factory.mktemp("page")

    async def fill():
        clock = SetClock()
        store = await RegisterStore.open(
            data / "register.db", clock, random.SystemRandom(), box_name="Dyżurka", timezone="Europe/Warsaw"
        )
        await asyncio.gather(*urgent_call(store, clock)[2])
        await store.close()

    asyncio.run(fill())
    (data / "building.toml").write_text('[box]\nname = "Lipowa"\n')
    (data / KEY_FILE).write_text("5f" * 32)
    write_users(data, prezes="admin")
    app = create_app(data, data / "building.toml")
    app.testing = True  # a mistake of ours comes out instead of becoming a 500
    app.test_client_class = Browser
    session = logged_in(app, "prezes").get_cookie("session")
    assert session is not None
    made = Page(app, f"session={session.value}")
    made.browsers = [browser(app), logged_in(app, "prezes")]
    return made


@settings(max_examples=120, **in_one_folder)
@given(address=spoilt_text(PATHS, SPICE))
def test_any_address_is_a_page_or_a_refusal(page, address):
    with in_time():
        assert page.asked("/" + address.lstrip("/")) in (200, 302, 303, 308, 400, 404, 503)
        assert page.asked("/" + address.lstrip("/"), cookie="") in (200, 302, 303, 308, 400, 404, 503)


@settings(max_examples=80, **in_one_folder)
@given(
    since=spoilt_text(WHENS) | st.text(max_size=50),
    building=st.text(max_size=50),
    skip=spoilt_text(["50", "-1", "99999999999999999999"]) | st.text(max_size=9),
    lang=st.sampled_from(["pl", "en", ""]) | st.text(max_size=4),
)
def test_any_filter_of_the_register_is_a_page(page, since, building, skip, lang):
    query = {"since": since, "building": building, "skip": skip, "lang": lang}
    with in_time():
        assert page.asked("/register/?" + urlencode(query, errors="replace")) == 200


@settings(max_examples=80, **in_one_folder)
@given(
    method=st.sampled_from(["POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "TRACE", "BREW"]),
    path=st.sampled_from(PATHS),
    body=spoilt([b"since=7d&skip=1", b'{"ask": "status"}', b"--x\r\nContent-Disposition: form-data\r\n\r\n--x--"]),
    kind=st.sampled_from(
        ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/json", ""]
    ),
)
def test_any_form_changes_nothing_and_is_refused(page, method, path, body, kind):
    with in_time():
        assert page.asked(path, method, body, kind) in (200, 302, 303, 308, 400, 404, 405, 503)


@settings(max_examples=20, **in_one_folder)
@given(
    path=st.sampled_from(["/login", "/claim", "/account"]),
    fields=st.dictionaries(
        st.sampled_from(["name", "password", "code", "old_password", "again", "next", "role", "what"]),
        st.text(max_size=50),
    ),
    owner=st.booleans(),
)
def test_any_field_of_a_form_with_its_token_is_taken_or_told(page, path, fields, owner):
    assert page.browsers[owner].send(path, form_at="/account", **fields).status_code in TOLD


@settings(max_examples=80, **in_one_folder)
@given(
    name=st.sampled_from(
        ["Host", "Accept_Language", "Cookie", "Range", "If_Modified_Since", "If_None_Match", "Referer"]
    ),
    value=spoilt_text(["localhost:8080", "[::1]:80", "en;q=0.8, pl", "bytes=0-4,9-", "Sun, 22 Nov 2026 00:00:00 GMT"]),
)
def test_any_header_is_borne(page, name, value):
    clean = "".join(char for char in value if char.isprintable()).encode("latin-1", "replace").decode("latin-1")
    with in_time():
        for path in ("/register/", "/static/style.css"):
            assert page.asked(path, **{name: clean}) in (200, 206, 302, 303, 304, 400, 416, 421)


@given(spoilt_text(["192.0.2.1:8080", "[::1]:80", "dyzurka.local.", "box:"]))
def test_any_host_is_ours_or_not(host):
    with in_time():
        assert host_is_ours(host, "box") in (True, False)


@given(spoilt_text(WHENS))
def test_any_moment_is_one_or_refused_in_words(text):
    with in_time():
        try:
            assert parse_when(text, EVENING, EVENING.tzinfo).tzinfo is not None
        except ValueError as error:
            assert "write 2026-11-22" in str(error)


@pytest.mark.parametrize("path", ["/register/" + "9" * 4400, "/register/" + "9" * 19, "/register/?skip=" + "9" * 4400])
def test_a_number_as_long_as_a_page_is_no_fault(page, path):
    assert page.asked(path) in (200, 404)

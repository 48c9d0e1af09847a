"""Digest access authentication, both sides: answering a challenge and checking an answer (RFC 7616, RFC 8760).

MD5 and SHA-256, quality of protection `auth` or none. Nonces we give carry their own proof: nothing is stored.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from appliance.lines.sip.message import Response
from appliance.lines.sip.text import Params, ProtocolError, param, parse_params, quote, split_outside

ALGORITHMS: dict[str, Callable[[bytes], str]] = {
    "SHA-256": lambda data: hashlib.sha256(data).hexdigest(),
    "MD5": lambda data: hashlib.md5(data, usedforsecurity=False).hexdigest(),
}  # by preference
NONCE_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Challenge:
    """One WWW-Authenticate or Proxy-Authenticate value that can be answered."""

    realm: str
    nonce: str
    opaque: str | None
    algorithm: str
    algorithm_written: bool
    qop_auth: bool
    stale: bool


@dataclass(frozen=True, slots=True)
class Login:
    """Who we are to a server."""

    username: str
    password: str


def _params(value: str) -> Params:
    """Parameters of a Digest value. Raises ProtocolError for any other scheme."""
    scheme, _, rest = value.strip().partition(" ")
    if scheme.lower() != "digest":
        raise ProtocolError("Digest expected")
    return parse_params(split_outside(rest, ","))


def parse_challenge(value: str) -> Challenge:
    """Read one challenge. Raises ProtocolError when it cannot be answered (scheme, algorithm, qop unknown)."""
    params = _params(value)
    written = param(params, "algorithm")
    algorithm = (written or "MD5").upper()
    nonce = param(params, "nonce")
    qop = param(params, "qop")
    qops = {each.strip().lower() for each in (qop or "").split(",") if each.strip()}
    if algorithm not in ALGORITHMS or nonce is None or (qops and "auth" not in qops):
        raise ProtocolError("challenge of a kind we do not know")
    return Challenge(
        realm=param(params, "realm") or "",
        nonce=nonce,
        opaque=param(params, "opaque"),
        algorithm=algorithm,
        algorithm_written=written is not None,
        qop_auth=bool(qops),
        stale=(param(params, "stale") or "").lower() == "true",
    )


def separate_challenges(lines: Iterable[str]) -> list[str]:
    """Single challenges, where several were joined by commas in one header line (RFC 7235 §4.1)."""
    found: list[list[str]] = []
    for line in lines:
        for part in split_outside(line, ","):
            word, space, _ = part.partition(" ")
            if space and "=" not in word:
                found.append([part])
            elif found:
                found[-1].append(part)
    return [", ".join(parts) for parts in found]


def strongest(lines: Iterable[str]) -> Challenge | None:
    """The strongest challenge we can answer among the header lines, or None."""
    known: list[Challenge] = []
    for value in separate_challenges(lines):
        try:
            known.append(parse_challenge(value))
        except ProtocolError:
            continue
    order = list(ALGORITHMS)
    return min(known, key=lambda each: order.index(each.algorithm), default=None)


def asked(response: Response) -> tuple[Challenge, str] | None:
    """The strongest challenge of a 401 or 407 and the name of the header that answers it, or None."""
    pair = {401: ("WWW-Authenticate", "Authorization"), 407: ("Proxy-Authenticate", "Proxy-Authorization")}
    if response.status not in pair:
        return None
    question, header = pair[response.status]
    challenge = strongest(response.all(question))
    return None if challenge is None else (challenge, header)


def _response(algorithm: str, user: str, realm: str, password: str, method: str, uri: str, middle: str) -> str:
    """RFC 7616 §3.4.1; `middle` is nonce, or nonce:nc:cnonce:qop."""
    hashed = ALGORITHMS[algorithm]
    secret = hashed(f"{user}:{realm}:{password}".encode())
    what = hashed(f"{method}:{uri}".encode())
    return hashed(f"{secret}:{middle}:{what}".encode())


def answer(challenge: Challenge, login: Login, method: str, uri: str, cnonce: str, count: int = 1) -> str:
    """The Authorization or Proxy-Authorization value; `count` is how often this nonce was used, this time included."""
    nc = f"{count:08x}"
    middle = f"{challenge.nonce}:{nc}:{cnonce}:auth" if challenge.qop_auth else challenge.nonce
    digest = _response(challenge.algorithm, login.username, challenge.realm, login.password, method, uri, middle)
    parts = [
        f"username={quote(login.username)}",
        f"realm={quote(challenge.realm)}",
        f"nonce={quote(challenge.nonce)}",
        f"uri={quote(uri)}",
        f'response="{digest}"',
    ]
    if challenge.algorithm_written:
        parts.append(f"algorithm={challenge.algorithm}")
    if challenge.opaque is not None:
        parts.append(f"opaque={quote(challenge.opaque)}")
    if challenge.qop_auth:
        parts += ["qop=auth", f"nc={nc}", f"cnonce={quote(cnonce)}"]
    return "Digest " + ", ".join(parts)


class Doorkeeper:
    """Challenges telephones and checks their answers. Keeps no state: a nonce is a time and its HMAC."""

    def __init__(self, realm: str, secret: bytes, password: Callable[[str], str | None]) -> None:
        self._realm = realm
        self._secret = secret
        self._password = password

    def challenges(self, now: float, *, stale: bool = False) -> list[str]:
        """WWW-Authenticate values. `now` in seconds.

        MD5 alone is offered: telephones whose stack knows no other (libre before 2.1, in baresip) give up when SHA-256
        stands beside it, in either order, though RFC 8760 §2.1 asks them to pass over it. An answer by SHA-256 is
        taken all the same.
        """
        tail = ", stale=true" if stale else ""
        return [f'Digest realm={quote(self._realm)}, nonce="{self._nonce(now)}", algorithm=MD5, qop="auth"{tail}']

    def _nonce(self, now: float) -> str:
        stamp = f"{max(0, int(now)):x}"
        return f"{stamp}.{hmac.new(self._secret, stamp.encode(), 'sha256').hexdigest()[:32]}"

    def _age(self, nonce: str, now: float) -> float | None:
        """Seconds since we gave this nonce, or None when we did not."""
        stamp, _, _proof = nonce.partition(".")
        try:
            given = int(stamp[:16], 16)
        except ValueError:
            return None
        return now - given if hmac.compare_digest(self._nonce(given).encode(), nonce.encode()) else None

    def check(self, lines: Iterable[str], method: str, now: float) -> tuple[str | None, bool]:
        """(the user who proved to know their password, or None; whether the answer was right but its nonce too old).

        `lines` are Authorization values; those for other realms and unreadable ones are passed over.
        """
        for value in separate_challenges(lines):
            try:
                params = _params(value)
            except ProtocolError:
                continue
            user = self._proved(params, method)
            age = self._age(param(params, "nonce") or "", now)
            if user is None:
                continue
            # A nonce of before our restart is old too: the telephone need not ask anybody for the password again.
            return (user, False) if age is not None and age <= NONCE_SECONDS else (None, True)
        return None, False

    def claimed(self, lines: Iterable[str]) -> str | None:
        """Who somebody says they are, proved or not."""
        for value in separate_challenges(lines):
            try:
                params = _params(value)
            except ProtocolError:
                continue
            if param(params, "realm") == self._realm:
                return param(params, "username") or None
        return None

    def _proved(self, params: Params, method: str) -> str | None:
        user = param(params, "username")
        algorithm = (param(params, "algorithm") or "MD5").upper()
        nonce = param(params, "nonce") or ""
        qop = (param(params, "qop") or "").lower()
        if not user or param(params, "realm") != self._realm or algorithm not in ALGORITHMS or qop not in ("", "auth"):
            return None
        password = self._password(user)
        if password is None:
            return None
        middle = f"{nonce}:{param(params, 'nc') or ''}:{param(params, 'cnonce') or ''}:auth" if qop else nonce
        uri = param(params, "uri") or ""
        wanted = _response(algorithm, user, self._realm, password, method, uri, middle)
        given = (param(params, "response") or "").lower()
        return user if hmac.compare_digest(wanted.encode(), given.encode()) else None

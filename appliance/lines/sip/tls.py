"""Whom we trust over TLS, and in plain words why not (RFC 5922): system CAs or the provider's own, names checked."""

from __future__ import annotations

import ssl
from dataclasses import dataclass

EXPIRED, NOT_YET = 10, 9  # X509_V_ERR_… of OpenSSL
NO_ISSUER = (2, 18, 19, 20, 21)
WRONG_NAME = (62, 64)


@dataclass(frozen=True, slots=True)
class Security:
    """What a server must prove: that it is `name` (the configured host), to the CAs of `ca_file` or the system's."""

    name: str
    ca_file: str = ""


class CaFileError(OSError):
    """The authority that the building file names is not there."""


def context(security: Security) -> ssl.SSLContext:
    """A client's context, TLS 1.2 or newer, certificate and name checked.

    Raises CaFileError when the CA file is missing or holds no certificate.
    """
    try:
        made = ssl.create_default_context(cafile=security.ca_file or None)
    except OSError as error:  # ssl.SSLError is one
        raise CaFileError(f"ca_file {security.ca_file} cannot be read: {error.strerror or error}") from None
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    # The same on every Python: a provider's own certificate may itself be the authority, and providers' own
    # authorities seldom have every extension that RFC 5280 asks for.
    made.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    made.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return made


def why(error: Exception, security: Security | None = None) -> str:
    """Why a connection could not be made, and what to do about it; for the line's status."""
    if isinstance(error, CaFileError):
        return str(error)
    if isinstance(error, ssl.SSLCertVerificationError):
        return _certificate(error, security.name if security else "the server")
    if isinstance(error, ssl.SSLError):
        return f"no TLS there ({error.reason or error}): check server, its port and transport"
    if isinstance(error, TimeoutError):
        return "no connection: the server does not answer"
    if isinstance(error, ConnectionRefusedError):
        return "connection refused: check server, its port and transport"
    return f"no connection: {error.strerror or error}" if isinstance(error, OSError) else f"no connection: {error}"


def _certificate(error: ssl.SSLCertVerificationError, name: str) -> str:
    if error.verify_code == EXPIRED:
        return f"certificate of {name} has expired: the provider must renew it; check the box's clock too"
    if error.verify_code == NOT_YET:
        return f"certificate of {name} is not valid yet: check the box's clock"
    if error.verify_code in WRONG_NAME:
        return f"certificate is not for {name}: write in server the name that the provider gives"
    if error.verify_code in NO_ISSUER:
        return f"certificate of {name} is not signed by a known authority: put the provider's own in ca_file"
    return f"certificate of {name} refused: {error.verify_message}"

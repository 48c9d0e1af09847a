"""A page's blueprint, with what the navigation and the exchange's refusals need of it. It shows nothing itself."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint

from webui.words import Words


class Page(Blueprint):
    """A blueprint with its place in the navigation.

    `title` is the link's text; without one the page is not listed. A listed page has a view named `index`. `admin`
    lists it for administrators alone (it does not guard: `admin_only` does). `refusals` are the page's own words for
    codes of the exchange's refusals (`appliance/requests`), with `%(name)s` for their values.
    """

    def __init__(
        self,
        name: str,
        import_name: str,
        *,
        title: Words | None = None,
        admin: bool = False,
        refusals: Mapping[str, Words] | None = None,
        url_prefix: str | None = None,
    ) -> None:
        super().__init__(name, import_name, url_prefix=url_prefix)
        self.title = title
        self.admin = admin
        self.refusals = dict(refusals or {})

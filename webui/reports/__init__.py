"""Reports: what the calls of a period came to, as pictures and tables, to be printed or taken along as CSV."""

from webui.reports.views import pages

__all__ = ["pages"]

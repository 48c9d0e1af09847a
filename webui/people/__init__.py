"""The people page: whom the box rings, the telephones in the building, the residents, and the box's own card."""

from webui.people import persons, phone_tests, residents, residents_import, telephones
from webui.people.page import pages

__all__ = ["pages", "persons", "phone_tests", "residents", "residents_import", "telephones"]

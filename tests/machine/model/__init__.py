"""The rules once more, in plain dictionaries: what may follow, from what, and by whom."""

from __future__ import annotations

from tests.machine.model.absences import Absences
from tests.machine.model.around import Around
from tests.machine.model.desks import Desks
from tests.machine.model.pilots import Pilots
from tests.machine.model.school import School
from tests.machine.model.second import SecondThoughts

__all__ = ["Model"]


class Model(School, Desks, Around, Pilots, SecondThoughts, Absences):
    """Everything that anybody may do here."""

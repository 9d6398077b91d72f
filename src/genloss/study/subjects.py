"""Which subjects can a study have, and which is that of a cell?"""

from genloss.study.category_study import CATEGORIES
from genloss.study.family_study import FAMILY
from genloss.study.grouping import grouped
from genloss.study.kinds import subject_name
from genloss.study.regression import REGRESSION
from genloss.study.study import Cell, Study
from genloss.study.subject import Group, Subject
from genloss.study.text_study import TEXT

SUBJECTS: dict[str, Subject] = {subject.name: subject for subject in (REGRESSION, FAMILY, CATEGORIES, TEXT)}
"""A new subject is one file, its keys, and one name here."""


def subject_of(cell: Cell) -> Subject:
    """Return the subject of a cell, by the kind of its population."""
    return SUBJECTS[subject_name(cell.settings["population"]["kind"])]


def group_cells(study: Study) -> list[Group]:
    """Gather the cells of a case that read the same draws."""
    groups = grouped(study.cells(), lambda cell: cell.case + subject_of(cell).alike(cell))
    return [tuple(cells) for cells in groups.values()]

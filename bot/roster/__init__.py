"""The roster: who is who, who belongs where and which groups exist, from one workbook."""

from bot.roster.cli import command
from bot.roster.importing import import_file
from bot.roster.report import ImportReport, problems_path, write_problems
from bot.roster.workbook import UnusableFileError
from storage.gaps import Gap, missing_posts

__all__ = [
    "Gap",
    "ImportReport",
    "UnusableFileError",
    "command",
    "import_file",
    "missing_posts",
    "problems_path",
    "write_problems",
]

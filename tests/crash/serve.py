"""A whole ``beian serve`` with the crash hook passed in.

``python -m tests.crash.serve SETTINGS TRIGGER``
"""

from __future__ import annotations

import sys
from pathlib import Path

from bot.app import serve
from bot.settings import load_settings
from tests.crash.trigger import Trigger

if __name__ == "__main__":
    serve(load_settings(Path(sys.argv[1])), Trigger(Path(sys.argv[2])))

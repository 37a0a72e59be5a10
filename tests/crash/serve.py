"""A whole ``beian serve`` with the crash hook passed in.

``python -m tests.crash.serve SETTINGS TRIGGER``
"""

from __future__ import annotations

import sys
from pathlib import Path

from bot.app import serve
from bot.logs import set_up
from bot.settings import load_settings
from tests.crash.trigger import Trigger

if __name__ == "__main__":
    settings, trigger = load_settings(Path(sys.argv[1])), Trigger(Path(sys.argv[2]))
    set_up(settings.secrets())
    serve(settings, trigger, trigger.clock())

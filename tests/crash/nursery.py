"""A warm parent: has everything imported, and forks a bot for each line that it reads.

``python -m tests.crash.nursery SETTINGS TRIGGER`` answers each line with the child's process id,
and with its exit status once it has ended.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from bot.app import serve
from bot.logs import set_up
from bot.settings import load_settings
from storage import reminders
from tests.crash.trigger import Trigger

REMINDED_AT_ONCE = "REMINDED_AT_ONCE"


def main() -> None:
    """Fork bots as told; where the environment says so they write few reminders at once."""
    reminders.AT_ONCE = int(os.environ.get(REMINDED_AT_ONCE, reminders.AT_ONCE))
    settings, trigger = load_settings(Path(sys.argv[1])), Trigger(Path(sys.argv[2]))
    set_up(settings.secrets())
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            serve(settings, trigger, trigger.clock())
            os._exit(0)
        print(child, flush=True)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()

"""A warm parent: imports everything once, then forks one bot per line that it reads.

``python -m tests.crash.nursery SETTINGS TRIGGER`` reads ``start``, ``wait`` or ``stop`` lines and
answers with the child's process id, or the exit status of the child that ended.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from bot import app
from bot.settings import load_settings
from tests.crash.trigger import Trigger


def main() -> None:
    """Fork bots as told."""
    settings, trigger = Path(sys.argv[1]), Path(sys.argv[2])
    child = 0
    for line in sys.stdin:
        if line.strip() == "start":
            child = os.fork()
            if child == 0:
                app.serve(load_settings(settings), Trigger(trigger))
                os._exit(0)
            print(child, flush=True)
        elif line.strip() == "wait":
            _, status = os.waitpid(child, 0)
            print(os.waitstatus_to_exitcode(status), flush=True)
        elif line.strip() == "stop":
            os.kill(child, signal.SIGTERM)


if __name__ == "__main__":
    main()

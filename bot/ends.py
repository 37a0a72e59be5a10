"""How one try of an errand ended, and what becomes of its row."""

from __future__ import annotations

from typing import NamedTuple

import structlog

from bot.channels.base import ChannelApartError, ChannelBusyError, ChannelRefusedError, Receipt
from storage.outbox import UNKNOWN, Errand, apart

log = structlog.get_logger()

PATIENCE = 24
PICTURE_PATIENCE = 3
FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 900.0


class End(NamedTuple):
    """How one try of an errand ended; ``pause`` in seconds before the next, where one comes.

    ``deaf``: the receiver is at fault, and ``gone`` where it always will be.
    ``stopped``: the channel takes nothing at all, which says nothing of this errand.
    """

    errand: Errand
    state: str
    pause: float = 0.0
    note: str = ""
    receipt: Receipt | None = None
    stopped: bool = False
    deaf: bool = False
    gone: bool = False


def end_of(
    errand: Errand, outcome: Receipt | Exception, *, foretold: str = "", share: float = 1.0
) -> End:
    """Return how a try ended. ``foretold`` is what was noted of it before."""
    if "picture" in errand.body:
        return _end_of_picture(errand, outcome, share)
    is_kept = errand.doubtful or errand.is_shown
    doubt = foretold or (errand.note if is_kept else UNKNOWN)
    match outcome:
        case Receipt():
            return End(errand, "sent", receipt=outcome)
        case ChannelApartError():
            fellows = errand._replace(note=foretold or errand.note).fellows
            return End(errand, "pending", note=apart(fellows, doubtful=errand.doubtful))
        case ChannelBusyError():
            if errand.attempts >= PATIENCE:
                return End(errand, "parked", note=str(outcome))
            note = doubt if outcome.unknown or is_kept else str(outcome)
            pause = max(outcome.retry_after, _pause(errand.attempts, share))
            return End(errand, "pending", pause, note)
        case ChannelRefusedError(code=code, stop=True, again_in=again_in):
            log.error("channel stopped", instance=errand.instance, code=code)
            pause = again_in or LONGEST_PAUSE_SECONDS / 3
            note = doubt if is_kept else code
            return End(errand, "pending", pause, note, stopped=True)
        case ChannelRefusedError(code=code, person=deaf, gone=gone):
            log.warning("refused", seq=errand.seq, instance=errand.instance, code=code)
            # Where a first try may have arrived and cannot be repeated, a person must look.
            state = "parked" if errand.doubtful else "refused"
            return End(errand, state, note=code, deaf=deaf, gone=gone)
        case LookupError():
            return End(errand, "parked", note="receiver is gone")
    log.error("send failed", seq=errand.seq, exc_info=outcome)
    if errand.attempts >= PATIENCE // 3:
        return End(errand, "parked", note=type(outcome).__name__)
    note = doubt if is_kept else type(outcome).__name__
    return End(errand, "pending", _pause(errand.attempts, share), note)


def _end_of_picture(errand: Errand, outcome: Receipt | Exception, share: float) -> End:
    """Return how a try to send a picture ended: nobody waits for it, and the words went before.

    It may not hold up what its group is told next, nor is anybody bothered with it: after a few
    tries, or where a first one may have arrived, it is let go.
    """
    match outcome:
        case Receipt():
            return End(errand, "sent", receipt=outcome)
        case ChannelRefusedError(code=code, stop=True, again_in=again_in):
            return End(errand, "pending", again_in or LONGEST_PAUSE_SECONDS / 3, code, stopped=True)
        case ChannelBusyError(unknown=False) if errand.attempts < PICTURE_PATIENCE:
            pause = max(outcome.retry_after, _pause(errand.attempts, share))
            return End(errand, "pending", pause, str(outcome))
    why = str(outcome) or type(outcome).__name__
    log.warning("picture let go", seq=errand.seq, instance=errand.instance, why=why)
    return End(errand, "dropped", note=f"picture: {why}")


def _pause(attempts: int, share: float) -> float:
    """Return how long to wait after so many tries: a share of what doubles up to 15 minutes."""
    return share * min(FIRST_PAUSE_SECONDS * 2.0 ** (attempts - 1), LONGEST_PAUSE_SECONDS)

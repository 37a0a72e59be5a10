"""What an official account remembers: followers, tokens, and what it may still send to whom."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256

from bot.sandbox.pace import MINUTE, Pace
from bot.sandbox.screens import Screens
from bot.sandbox.wecom.answers import RefusalError
from bot.sandbox.wecom.state import WeCom
from bot.sandbox.world import Member, OfficialAccount

TOKEN_LIFE = timedelta(seconds=7200)
OLD_TOKEN_LIFE = timedelta(minutes=5)
WINDOW = timedelta(hours=48)
BRIEF_WINDOW = timedelta(minutes=1)
ANSWERS, BRIEF_ANSWERS = 5, 3
TOKENS_PER_MINUTE = 60


@dataclass(slots=True)
class Follower:
    """One person with the account. ``left`` messages are taken ``until`` then."""

    member: Member
    follows: bool = True
    until: datetime | None = None
    left: int = 0


@dataclass(slots=True, eq=False)
class WeChat:
    """The account's side of the platform; pictures lie with WeCom's."""

    wecom: WeCom
    screens: Screens = field(init=False)
    followers: dict[str, Follower] = field(default_factory=dict)
    tokens: dict[str, tuple[OfficialAccount, datetime]] = field(default_factory=dict)
    pace: Pace = field(default_factory=Pace)

    def __post_init__(self) -> None:
        self.screens = Screens(self.wecom.box, "wechat")

    @property
    def account(self) -> OfficialAccount:
        """The one account of a city."""
        return self.wecom.box.world.officials[0]

    def follower(self, member: Member) -> Follower:
        """Return how a person stands with the account."""
        return self.followers.setdefault(openid(self.account, member), Follower(member))

    def may_send(self, member: Member, places: int, for_: timedelta) -> None:
        """Open what may be sent to somebody after something they did; less never closes more."""
        now, follower = self.wecom.box.now(), self.follower(member)
        if follower.until is None or follower.until <= now + for_:
            follower.until, follower.left = now + for_, places

    def grant(self, app_id: str, secret: str) -> str:
        """Return a new token; the one before it lives five minutes more.

        Raises:
            RefusalError: 40013, 40125, 45009.
        """
        now = self.wecom.box.now()
        account = next((one for one in self._accounts() if one.app.corp_id == app_id), None)
        if account is None:
            raise RefusalError(40013)
        if account.app.secret != secret:
            raise RefusalError(40125)
        if self.pace.count(app_id, MINUTE, now) >= TOKENS_PER_MINUTE:
            raise RefusalError(45009)
        self.pace.add(app_id, now, keep=MINUTE)
        for value, (owner, until) in self.tokens.items():
            if owner is account:
                self.tokens[value] = (owner, min(until, now + OLD_TOKEN_LIFE))
        token = self.wecom.box.token(120)
        self.tokens[token] = (account, now + TOKEN_LIFE)
        return token

    def owner(self, token: str) -> OfficialAccount:
        """Return whose token it is.

        Raises:
            RefusalError: 41001 missing, 40001 unknown, 42001 over.
        """
        if not token:
            raise RefusalError(41001)
        if token not in self.tokens:
            raise RefusalError(40001)
        account, until = self.tokens[token]
        if self.wecom.box.now() >= until:
            raise RefusalError(42001)
        return account

    def _accounts(self) -> list[OfficialAccount]:
        return self.wecom.box.world.officials


def openid(account: OfficialAccount, member: Member) -> str:
    """Return the pseudonym by which one account knows a person; case counts."""
    digest = sha256(f"{account.app.corp_id}:{member.userid}".encode()).hexdigest()
    return "oP" + digest[:26]

"""How much WeCom takes, and our distance from it (D90236, D99110).

WeCom drops what a member gets beyond 30 a minute or 1000 an hour without saying so, and refuses a
group robot beyond 20 a minute, and a 智能机器人 beyond 30 in one chat; we stop well before.
"""

from bot.channels.pacing import HOUR, MINUTE, Limit

MEMBER = (Limit(20, MINUTE), Limit(800, HOUR))
ROBOT = (Limit(15, MINUTE),)
CHAT = (Limit(20, MINUTE), Limit(800, HOUR))
APP = (Limit(10_000, MINUTE),)

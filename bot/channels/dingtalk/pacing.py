"""How much DingTalk takes, and our distance from it.

An application may make 20 calls of one API in a second. What a person or a group takes in a minute
is not published: who types quickly should not wait for an answer, a group is in no hurry, and where
it was too much the platform says so. A custom robot beyond 20 in a minute is blocked for ten: ten a
minute stays below even where a process that was started again has forgotten what it sent.
"""

from datetime import timedelta

from bot.channels.pacing import MINUTE, Limit

APP = (Limit(15, timedelta(seconds=1)),)
PERSON = (Limit(30, MINUTE),)
GROUP = (Limit(15, MINUTE),)
ROBOT = (Limit(10, MINUTE),)

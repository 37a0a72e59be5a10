"""The world outside the demo: the city's people on both platforms, and what the bot is there."""

from __future__ import annotations

from dataclasses import replace

from aiohttp import web

from bot.city import City, sandbox_world
from bot.clock import Clock
from bot.demo.settings import parents_world
from bot.sandbox.app import DINGTALK, build_sandbox
from bot.sandbox.dingtalk.templates import Template
from bot.sandbox.world import Robot, World
from bot.settings import Settings
from cards.render.dingtalk import REVIEW


def build_outside(settings: Settings, city: City, clock: Clock) -> web.Application:
    """Return the emulated platforms, which know the bot as its settings have it."""
    wecom, dingtalk = settings.wecom.access(), settings.dingtalk.access()
    client_id = dingtalk.client_id or "dingdemo0001"
    world = World.from_dict(
        parents_world(settings)
        | sandbox_world(
            city,
            corp_id=wecom.corp_id or "ww00000000demo0001",
            agent_id=wecom.agent_id or 1000002,
            secret=wecom.secret,
            token=wecom.token,
            aes_key=wecom.encoding_aes_key,
            callback_url=f"{settings.web.public_url}/wecom/callback",
            ding_app={
                "corp_id": dingtalk.corp_id or "ding00000000demo0001",
                "client_id": client_id,
                "client_secret": dingtalk.client_secret,
                "robot_code": dingtalk.robot_code or client_id,
                "mode": dingtalk.mode,
            },
        )
    )
    aibot = settings.wecom.aibot
    if aibot.enabled:
        world.bots.append(Robot(aibot.bot_id, aibot.secret.get_secret_value(), wecom.corp_id))
        world.groups[:] = [
            # Where parents of WeChat may be the platform takes no robot.
            replace(one, robots=(aibot.bot_id,)) if one.id.startswith("work-") else one
            for one in world.groups
        ]
    app = build_sandbox(world, clock)
    # On the card platform somebody builds them by hand, once.
    template = Template.from_json(REVIEW.to_json(dingtalk.card_template_review))
    app[DINGTALK].templates[template.id] = template
    return app

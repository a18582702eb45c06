"""An event as the message of a Slack-compatible incoming webhook (Slack, Mattermost, Rocket.Chat)."""

from __future__ import annotations

import json

from sluicegate.ci.notices.event import Event


def message(event: Event) -> bytes:
    """`text` alone, which each of them takes; it calls nobody and formats nothing, whatever it quotes."""
    lines = [event.summary, *(f"- {line}" for line in event.details)]
    return json.dumps({"text": _escaped("\n".join(lines)), "mrkdwn": False, "link_names": False}).encode()


def _escaped(text: str) -> str:
    """Slack's three entities (<!channel>, <@U1>, <URL|text> need them); an @ that calls nobody."""
    entities = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return entities.replace("@", "@\u200b")

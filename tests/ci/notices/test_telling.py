"""Receivers that fail, hang or refuse: what arrives, and that nobody waits for them."""

from __future__ import annotations

import json

import pytest
from support.announcements import announcement
from support.clock import ManualClock
from support.gate_scene import Scene
from support.http_stub import Answer, Site

from sluicegate.ci.notices.decided import of_decision
from sluicegate.ci.notices.receiver import NoticeError, Receiver
from sluicegate.ci.notices.telling import WAITS, Notices, tell
from sluicegate.gate.daemon.announcing import Announcements

SOURCE = "https://git.example/acme/models"


def receiver(site: Site, form="cloudevents") -> Receiver:
    return Receiver.of(f"{site.url}/hook", form, None, "--notify")


def decisions(site: Site) -> list[str]:
    return [json.loads(request.body)["decision"] for request in site.requests]


def test_each_decision_once_and_no_news_without_one(site: Site) -> None:
    site.pages["/hook"] = b""
    notices = Notices(receiver(site), SOURCE)
    first = announcement(commit="1" * 40, kind="advance")
    notices.announce([first, announcement(after=1)])
    notices.announce([first, announcement(commit="2" * 40, kind="hold", after=2)])
    assert decisions(site) == ["advance", "hold"]


def test_what_failed_is_told_again_under_the_same_id_and_what_arrived_is_not(site: Site) -> None:
    site.pages["/hook"] = [Answer(), Answer(500), Answer()]
    notices = Notices(receiver(site), SOURCE)
    news = [announcement(commit=str(n) * 40, kind="advance", after=n) for n in (1, 2)]
    with pytest.raises(NoticeError, match="answered 500"):
        notices.announce(news)
    notices.announce(news)
    ids = [json.loads(request.body)["id"] for request in site.requests]
    assert len(ids) == 3
    assert ids[1] == ids[2] != ids[0]


def test_how_a_version_ended_is_told_again_to_programs_and_not_to_people(site: Site) -> None:
    site.pages["/hook"] = b""
    reminder = announcement("stable", weight=100)
    Notices(receiver(site), SOURCE).announce([reminder])
    Notices(receiver(site, "slack"), SOURCE).announce([reminder])
    assert decisions(site) == ["reminder"]


def test_a_receiver_that_hangs_or_fails_delays_no_tick_and_no_other_receiver(
    scene: Scene, site: Site
) -> None:
    """The hanging one answers only once all is decided: had a tick waited for it, this would not end."""
    scene.release_version_1()
    scene.merge_version(2)
    with Site() as hanging, Site() as broken:
        hanging.pages["/hook"] = hanging.hang
        broken.pages["/hook"] = Answer(500)
        site.pages["/hook"] = b""
        everyone = [Notices(receiver(one), SOURCE) for one in (hanging, broken, site)]
        announcements = Announcements(everyone, monotonic=ManualClock())
        for _ in range(40):
            outcome = scene.tick_one()
            announcements.tell(outcome)
            if outcome.kind == "finish":
                break
        assert len(hanging.requests) <= 1
        hanging.closing.set()
        announcements.close()
        hanging.closing.clear()
    assert decisions(site)[-1] == "finish"
    assert scene.release().stable.version == 2


def test_a_verdict_is_tried_a_few_times_and_never_an_error(site: Site) -> None:
    event = of_decision(announcement(commit="c" * 40, kind="hold"), SOURCE)
    waits: list[float] = []
    site.pages["/hook"] = [Answer(503), Answer()]
    assert tell(event, [receiver(site)], waits.append) == ["notice sent to cloudevents 127.0.0.1"]
    site.pages["/hook"] = Answer(503)
    (line,) = tell(event, [receiver(site)], waits.append)
    assert "not told: cloudevents 127.0.0.1 answered 503" in line
    assert waits == [WAITS[0], *WAITS]

"""Commits of the gate that are missing from main, or that say another thing."""

from __future__ import annotations

from support.clock import START
from support.gate_scene import PEOPLE
from support.tampering import Victim, first, kinds

from sluicegate.gate.adapters.git.repository import MAIN


def test_a_decision_that_was_taken_out_of_main(victim: Victim):
    gone, after = victim.decisions()[7:9]
    victim.rewrite_main(keep=lambda commit: commit.sha != gone.sha)
    report = victim.verify()
    kind, commit, _, _ = first(report)
    subject = victim.repository.log(commit)[0].message.partition("\n")[0]
    assert (kind, subject) == ("other-parent", after.message.partition("\n")[0])
    assert "other-before" in kinds(report)


def test_a_message_that_was_rewritten(victim: Victim):
    decision = victim.decisions()[5]
    message = decision.message.replace("Gate-Version: 2", "Gate-Version: 7")
    assert message != decision.message
    victim.rewrite_main(messages={decision.sha: message})
    assert "other-trailers" in kinds(victim.verify())


def test_a_decision_that_is_a_merge(victim: Victim):
    """The last decision once more, with a second parent: what came with it is no decision."""
    decision = victim.decisions()[-1]
    side = victim.repository.commit(decision.parents[0], {"side.txt": b"x"}, "Side", START, PEOPLE)
    words = ("-p", decision.parents[0], "-p", side)
    names = {f"GIT_{role}_{part}": "x" for role in ("AUTHOR", "COMMITTER") for part in ("NAME", "EMAIL")}
    sha = victim.repository.git.text(
        "commit-tree", decision.tree, *words, stdin=decision.message.encode(), extra=names
    )
    victim.move(MAIN, sha)
    assert [(one.kind, one.commit) for one in victim.verify().findings] == [("other-files", sha)]

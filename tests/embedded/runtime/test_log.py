"""What is said is one line, and not a long one."""

from sluicegate.embedded.runtime.log import say


def test_a_message_is_one_bounded_line(capfd):
    say("first\nsecond" + "x" * 100_000)
    said = capfd.readouterr().err
    assert said.startswith("runtime: first secondx")
    assert said.count("\n") == 1
    assert len(said) < 1_100

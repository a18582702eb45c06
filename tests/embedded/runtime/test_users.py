"""Users: one track each while a weight is in effect, counted once, and never guessed."""

from sluicegate.embedded.runtime.users import Users

NAMES = [f"user-{number}".encode() for number in range(4000)]


def shares(step: str) -> list[float]:
    users = Users("X-User-Id", step)
    return [users.share(name) for name in NAMES]


def test_a_user_has_the_same_draw_each_time_and_after_a_restart():
    assert shares("0 m sha256:a 5") == shares("0 m sha256:a 5")


def test_draws_are_uniform_and_those_of_another_step_independent():
    at_five, at_fifty = shares("0 m sha256:a 5"), shares("0 m sha256:a 50")
    for draws in (at_five, at_fifty):
        assert abs(sum(draw < 0.05 for draw in draws) - 200) < 60
    both = sum(one < 0.5 and other < 0.5 for one, other in zip(at_five, at_fifty, strict=True))
    assert abs(both - 1000) < 130


def test_only_the_first_request_of_a_user_is_one():
    users = Users("X-User-Id", "step")
    assert [users.is_first(name) for name in (b"a", b"b", b"a", b"", b"")] == [True, True, False, True, False]
    assert users.header == b"x-user-id"


def test_where_too_many_came_nothing_is_a_first_request_any_more():
    users = Users("X-User-Id", "step", most=3)
    assert [users.is_first(name) for name in NAMES[:3]] == [True] * 3
    assert not users.full
    assert not users.is_first(NAMES[3])
    assert users.full
    assert not any(users.is_first(name) for name in NAMES)

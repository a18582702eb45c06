"""What `sluice up` keeps: one at a time for a repository, found and ended by its own process alone."""

import json
import os
import subprocess
import sys

import pytest

from sluicegate.embedded.up.place import NotRunning, Place, RunsAlready


@pytest.fixture
def place(tmp_path) -> Place:
    found = Place(tmp_path)
    found.create()
    return found


def announced(place: Place, **changes: object) -> None:
    """What a process wrote down that has ended since."""
    place.announce("http://127.0.0.1:1", {}, "here")
    state = place.folder / "up.json"
    state.write_text(json.dumps(json.loads(state.read_text()) | changes))


def test_a_second_one_is_refused_and_names_the_first(place) -> None:
    with place.alone():
        place.announce("http://127.0.0.1:8800", {"prod": "http://127.0.0.1:8801"}, "here")
        with (
            pytest.raises(RunsAlready, match=f"pid {os.getpid()}, page http://127.0.0.1:8800"),
            place.alone(),
        ):
            pass
        assert place.running().environments == {"prod": "http://127.0.0.1:8801"}
    assert place.running() is None
    with place.alone():
        pass


def test_a_process_that_only_has_the_number_is_left_alone(place) -> None:
    bystander = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        announced(place, pid=bystander.pid)
        with pytest.raises(NotRunning, match="nothing of `sluice up` runs"):
            place.end()
        assert bystander.poll() is None
    finally:
        bystander.communicate()


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"pid": 1'])
def test_a_state_that_cannot_be_read_names_nobody(place, text) -> None:
    (place.folder / "up.json").write_text(text)
    assert place.running() is None


def test_git_ignores_all_of_it(place) -> None:
    assert (place.folder / ".gitignore").read_text() == "*\n"

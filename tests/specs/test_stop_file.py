"""stop.yaml: which environments it stops, and what is refused."""

import pytest

from sluicegate.specs.stop_file import Stop, load_stop, render_stop
from sluicegate.specs.yamlio import InputError, parse

PATH = "environments/stop.yaml"


def load(text: bytes) -> Stop:
    return load_stop(parse(text, PATH))


@pytest.mark.parametrize("stop", [Stop("a fire"), Stop('a "fire"', ("eu", "us"), "Olga <olga@example.org>")])
def test_what_is_written_is_read(stop: Stop) -> None:
    assert load(render_stop(stop)) == stop


def test_without_environments_it_stops_all_of_them() -> None:
    assert Stop("a fire").stops("eu")
    assert [Stop("a fire", ("eu",)).stops(name) for name in ("eu", "us")] == [True, False]


def test_a_stop_without_a_reason_is_refused_with_its_line() -> None:
    with pytest.raises(InputError, match=r"environments/stop.yaml:3:\d+: spec: reason is missing"):
        load(b"apiVersion: sluicegate.dev/v1\nkind: Stop\nspec: {environments: [eu]}\n")

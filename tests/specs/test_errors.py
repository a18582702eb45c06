from __future__ import annotations

import pickle

from sluicegate.specs.errors import SluiceError


class NotThere(SluiceError):
    exit_code = 7


def test_an_error_reads_as_message_and_remedy() -> None:
    error = SluiceError("a.yaml is empty; so is b.yaml", "write them")
    assert str(error) == "a.yaml is empty; so is b.yaml; write them"
    assert (error.message, error.remedy, error.exit_code) == (
        "a.yaml is empty; so is b.yaml",
        "write them",
        1,
    )


def test_an_error_without_a_remedy_is_its_message() -> None:
    assert str(SluiceError("it is gone")) == "it is gone"


def test_an_error_survives_the_way_out_of_a_child_process() -> None:
    error = pickle.loads(pickle.dumps(NotThere("a", "b")))
    assert (type(error), error.message, error.remedy, error.exit_code) == (NotThere, "a", "b", 7)

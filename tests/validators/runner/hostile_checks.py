"""Checks that do to their process what a hostile model might; the child runs them from this file."""

import ctypes
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

from sluicegate.validators.runner.computed import MAX_RESULT, RESULT, keep
from sluicegate.validators.runner.finding import passed
from sluicegate.validators.runner.inputs import Unavailable, provides


def _answer(line):
    """What the child answers on, as code that has taken it over would find it."""
    pipes = [number for number, kind in _open_files() if number > 2 and kind.startswith("pipe:")]
    os.write(pipes[0], line)


def _open_files():
    """Number and kind of all that is open; reading the list opens one more, which is gone again."""
    numbers = [int(file.name) for file in Path("/proc/self/fd").iterdir()]
    files = [(number, Path(f"/proc/self/fd/{number}")) for number in sorted(numbers)]
    return [(number, str(file.readlink())) for number, file in files if file.is_symlink()]


def _finding(**fields):
    empty = dict.fromkeys(
        (
            *("path", "line", "column", "observed", "interval", "threshold", "production"),
            *("production_interval", "part", "remedy", "tool"),
        )
    )
    return (
        json.dumps(
            {"check": "other", "verdict": "pass", "message": "forged", "graph": [], **empty, **fields}
        ).encode()
        + b"\n"
    )


def fine():
    """Passes."""
    yield passed(f"in {Path.cwd().name.rsplit('-', 1)[0]}")


def looks_for_the_template():
    """Finds every way out: what is open, and in which session it is."""
    sockets = [kind for _, kind in _open_files() if kind.startswith("socket:")]
    yield passed(f"{len(sockets)} sockets, a session of its own: {os.getsid(0) == os.getpid()}")


def tells_who_it_is():
    """Names its parent, and whether a module was there before."""
    yield passed(f"{os.getppid()} {'wave' in sys.modules}")


def segfaults():
    """Reads address 0 after one good finding."""
    yield passed("before")
    ctypes.string_at(0)


def kills_itself():
    """Ends by SIGKILL."""
    os.kill(os.getpid(), signal.SIGKILL)
    yield passed("never")


def exits():
    """Ends with a code of its own, and a last word that moves the cursor."""
    os.write(2, b"\x1b[2Jgoodbye\n")
    os._exit(7)
    yield passed("never")


def keeps_a_result(words):
    """Leaves what it was given."""
    keep(words.encode())
    yield passed("kept")


def keeps_nothing():
    """Says that it is done, and leaves no result."""
    yield passed("kept")


def keeps_too_much():
    """Leaves a result of more bytes than are read."""
    keep(b"x" * (MAX_RESULT + 1))
    yield passed("kept")


def leads_elsewhere():
    """Leaves a link to a file of somebody else."""
    Path(RESULT).symlink_to("/etc/passwd")
    yield passed("kept")


def has_nothing_to_keep():
    """Its input is not there."""
    raise Unavailable("there are no rows", "data-integrity", "Add rows.")
    yield passed("never")


@provides("test-deadly")
def deadly():
    """An input that ends its process while it is made."""
    os.kill(os.getpid(), signal.SIGKILL)


def takes(**inputs):
    """Asks for the deadly input."""
    yield passed(str(sorted(inputs)))


def takes_again(**inputs):
    """Asks for it as well."""
    yield passed(str(sorted(inputs)))


def hangs():
    """Waits for ever."""
    yield passed("waiting")
    threading.Event().wait()


def hangs_in_company():
    """Waits for ever, and has started a process that does as well; only where it is not contained."""
    orphan = subprocess.Popen([sys.executable, "-c", "import threading; threading.Event().wait()"])
    yield passed(str(orphan.pid))
    threading.Event().wait()


def spins():
    """Uses the processor without end."""
    yield passed("spinning")
    while True:
        pass


def eats_memory():
    """Asks for more than any limit."""
    yield passed(str(len(bytearray(1 << 40))))


def fills_the_disk():
    """Writes more than a file may have."""
    with Path("big").open("wb") as stream:
        for _ in range(200):
            stream.write(bytes(1 << 20))
    yield passed("never")


def raises():
    """Breaks."""
    yield passed("before")
    raise KeyError("no such thing")


def says_nothing():
    """Yields nothing."""
    yield from ()


def writes_garbage():
    """Writes what is not JSON."""
    _answer(b"\x00\xff not json\n")
    yield passed("after")


def writes_without_end():
    """Writes one line that never ends."""
    while True:
        _answer(b"x" * 65_536)
    yield passed("never")


def forges_another_check():
    """Answers for a check that was not asked."""
    _answer(_finding(check="other"))
    yield passed("after")


def forges_a_model():
    """Names a model."""
    _answer(_finding(check="forges_a_model", model="other"))
    yield passed("after")


def forges_a_verdict():
    """Gives a verdict that does not exist."""
    _answer(_finding(check="forges_a_verdict", verdict="approved"))
    yield passed("after")


def says_not_a_number():
    """Writes NaN as a number."""
    _answer(_finding(check="says_not_a_number", observed=0.5).replace(b"0.5", b"NaN"))
    yield passed("after")


def floods():
    """Yields findings without end."""
    while True:
        yield passed("again")


def moves_the_cursor():
    """Its message would rewrite the terminal."""
    yield passed("\x1b[2J\u202eevil" + "x" * 5_000, observed=float("nan"), interval=(0.0, float("inf")))


def tells_its_environment():
    """Yields the names of its environment."""
    yield passed(" ".join(sorted(os.environ)))

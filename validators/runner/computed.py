"""One computation in the contained child whose result is data, not findings."""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from sluicegate.validators.runner.finding import Finding
from sluicegate.validators.runner.inputs import Inputs, Unavailable, made_by_the_parent
from sluicegate.validators.runner.limits import Limits
from sluicegate.validators.runner.registry import Check
from sluicegate.validators.runner.sandbox import MAIN, Request, child_of, contained_here
from sluicegate.validators.runner.template import Template, template_of

RESULT = "result"
"""The file in the child's scratch directory that holds the result."""
OUT_OF_TIME = "time"
"""What an Unavailable names as its cause where the child ran out of time."""
MAX_RESULT = 32 << 20
"""Bytes of one result."""


def computed(
    function: Callable[..., Iterator[Finding]],
    inputs: Inputs,
    given: Mapping[str, Any],
    limits: Limits,
    *,
    most: int = MAX_RESULT,
    read: Iterable[Path] = (),
    template: Template | None = None,
) -> bytes:
    """What a function of ours leaves by `keep`; it gets its inputs by parameter name, as a check does.

    `given` are inputs beside those of `inputs`; the child reads `workdir` among them, and the files and
    directories `read`. Without a `template` the child has one of its own. The bytes come from a process that
    may be taken over by the model that it loads: whoever reads them checks each part. Raises Unavailable
    with the reason why there is no result, as of one of more than `most` bytes.
    """
    task = Check(
        function.__name__,
        "",
        "",
        function,
        isolated=True,
        needs=tuple(inspect.signature(function).parameters),
    )
    sent, failed = inputs.sent(made_by_the_parent())
    end = time.monotonic() + limits.total_s
    workdir = inputs.get_or_none("workdir")
    readable = (*read, *(() if workdir is None else (workdir,)))
    bounds = readable if contained_here() else None
    request = Request((task,), {**sent, **given}, failed, limits, bounds)
    own = template_of(MAIN) if template is None else nullcontext(template)
    with own as parent, child_of(request, parent) as child:
        findings, problem = child.answers(task.id, end)
        for finding in findings:
            if not finding.verdict.good:
                raise Unavailable(finding.message.removeprefix("not judged: "), remedy=finding.remedy or None)
        result = None if problem is not None else child.written(RESULT, most + 1)
    if problem is not None or result is None:
        because = OUT_OF_TIME if child.out_of_time else None
        raise Unavailable(problem or "the child left no result", because)
    if len(result) > most:
        raise Unavailable(f"the result is larger than {most:,} bytes")
    return result


def keep(result: bytes) -> None:
    """In the child: leave the result for the parent."""
    (Path.cwd() / RESULT).write_bytes(result)

"""Commands on a merged pull request: those of `sluice gate`, for the release of the version it brought."""

from __future__ import annotations

from sluicegate.ci.github.commands import running
from sluicegate.ci.github.commands.context import Context, Refused
from sluicegate.ci.github.commands.parse import Request
from sluicegate.ci.github.commands.rights import refusal
from sluicegate.ci.github.commands.running import Target
from sluicegate.gate.core.command import Command
from sluicegate.gate.core.commands import CommandName
from sluicegate.gate.daemon import reconcile
from sluicegate.specs import layout


def carry_out(context: Context, request: Request) -> str:
    """Do what `sluice gate NAME` does, in the name of who wrote the comment.

    Raises Refused, CommandError, InputError, PushRefused, GitError.
    """
    target = running.target(context.change, request)
    paths = (layout.model_path(target.model), layout.environment_path(target.environment))
    why = refusal(context.right(request.name), context.standing(paths))
    if why is not None:
        raise Refused(why, "ask somebody who may")
    tools = context.tools
    outcome = reconcile.execute(
        tools.repository,
        target.environment,
        target.model,
        _command(context, request, target),
        tools.sources,
        clock=tools.clock,
        smoke=tools.smoke,
        branch=tools.branch,
        signer=tools.signer,
        precondition=lambda state: running.require(state, target, request.name),
    )
    if outcome.decision is None or outcome.commit is None:
        raise Refused(outcome.problem or "nothing was decided", "see `sluice gate plan`")
    said = f"{target.model} in {target.environment}: {outcome.decision.kind}, commit {outcome.commit[:12]}"
    return f"{said}\n{outcome.decision.reason}"


def _command(context: Context, request: Request, target: Target) -> Command:
    name: CommandName = request.name  # type: ignore[assignment]
    comment = context.comment
    reason = f"{request.reason or 'asked for'} (#{comment.number})"
    version = {"hotfix": target.version, "retry": target.version, "rollback": request.number}.get(
        request.name
    )
    to = request.number if request.name == "promote" else None
    return Command(name, reason, to, version, by=f"@{comment.login}")

"""The end of the parent, as a process notices it: the pipe that is its standard input comes to its end."""

import asyncio
import os
import stat
import sys


async def parent_ended() -> None:
    """Return when standard input ends; never where it is no pipe, as under systemd, nohup or cron.

    /dev/null and files cannot be watched (epoll_ctl(2), EPERM), and say nothing of a parent; a terminal sends
    signals.
    """
    if not _is_pipe(sys.stdin.fileno()):
        await asyncio.Event().wait()
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    await reader.read()


def _is_pipe(descriptor: int) -> bool:
    mode = os.fstat(descriptor).st_mode
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)

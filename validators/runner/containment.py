"""What a process that runs a submission's code can reach: libraries, its inputs, its scratch directory.

Landlock (landlock(7)) bounds the files, a seccomp filter everything else: no network, no new process, no
signal to others. Both last until the process ends. Only the standard library, by ctypes, and only on Linux.
Where a GPU is, its devices are open as well, and a Unix socket that nobody can connect to, without which CUDA
does not start.
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys
import sysconfig
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import sluicegate
from sluicegate.validators.runner.syscall_filter import Machine, filter_program, machine

OLDEST = 3
"""The Landlock ABI (Linux 6.2) that also knows truncation."""
_NO_NEW_PRIVILEGES = 38
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_EXECUTE, _WRITE, _READ, _LIST = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_MAKE_AND_REMOVE = 0x1FF << 4
_REFER, _TRUNCATE, _DEVICE = 1 << 13, 1 << 14, 1 << 15
_OF_FILES = _EXECUTE | _WRITE | _READ | _TRUNCATE | _DEVICE
"""Rights that a file can have; the others are a directory's."""
_NETWORK = 0b11
"""To bind and to connect by TCP."""
_SCOPES = 0b11
"""Abstract Unix sockets, and signals, of processes outside."""
_SYSTEM = (
    *("/usr", "/lib", "/lib32", "/lib64", "/etc/ld.so.cache", "/etc/localtime", "/etc/os-release"),
    *("/proc/self", "/proc/cpuinfo", "/proc/meminfo", "/proc/stat"),
    *("/sys/devices", "/sys/bus", "/sys/class"),
    *("/dev/null", "/dev/zero", "/dev/urandom", "/dev/random"),
)
"""What interpreters and numerical libraries read of a system."""


_GPU = "/dev/nvidiactl"
"""Where it is, a process may use the GPUs, of which every one is /dev/nvidiaN."""
_CUDA = ("/dev/nvidia-uvm", "/dev/nvidia-uvm-tools", "/dev/nvidia-modeset", "/proc/driver/nvidia")
"""What CUDA opens beside them."""


class ContainmentError(Exception):
    """This process cannot be contained; the message says why. Nothing foreign may run in it."""


def contain(readable: Iterable[Path], scratch: Path) -> None:
    """Contain this process for good: it reads these directories and libraries, and writes to `scratch`.

    Raises ContainmentError, having contained nothing or not all.
    """
    known = machine()
    if sys.platform != "linux" or known is None:
        raise ContainmentError("only Linux on x86-64 and AArch64 is known")
    threads = len(list(Path("/proc/self/task").iterdir()))
    if threads != 1:  # those that run already would stay as they are
        raise ContainmentError(f"the process has {threads} threads already")
    kernel = _Kernel()
    kernel.call(known.prctl, _NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    _bound_files(kernel, [*map(Path, _SYSTEM), *libraries(), *readable], [scratch])
    _filter_calls(kernel, known)


class _Kernel:
    """System calls by number."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL(None, use_errno=True)
        self._library.syscall.restype = ctypes.c_long

    def call(self, number: int, *arguments: int | bytes | ctypes.Array[ctypes.c_char] | None) -> int:
        """Raises ContainmentError where the kernel refuses."""
        given = [ctypes.c_long(value) if isinstance(value, int) else value for value in arguments]
        result = int(self._library.syscall(ctypes.c_long(number), *given))
        if result < 0:
            problem = os.strerror(ctypes.get_errno())
            raise ContainmentError(f"the kernel refuses Landlock or seccomp (call {number}: {problem})")
        return result


def _bound_files(kernel: _Kernel, readable: Iterable[Path], writable: Iterable[Path]) -> None:
    version = kernel.call(_CREATE_RULESET, None, 0, 1)
    if version < OLDEST:
        raise ContainmentError(f"the kernel's Landlock has version {version}, of at least {OLDEST}")
    every = _EXECUTE | _WRITE | _READ | _LIST | _MAKE_AND_REMOVE | _REFER | _TRUNCATE
    every |= _DEVICE if version >= 5 else 0
    network = _NETWORK if version >= 4 else 0
    attributes = struct.pack("=QQQ", every, network, _SCOPES if version >= 6 else 0)
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    rules = kernel.call(_CREATE_RULESET, attributes, size, 0)
    for path in readable:
        _allow(kernel, rules, path, _EXECUTE | _READ | _LIST)
    for path in writable:
        _allow(kernel, rules, path, every & ~(_EXECUTE | _DEVICE))
    _allow(kernel, rules, Path(os.devnull), _READ | _WRITE)
    if _has_gpu():
        for path in (*map(Path, (_GPU, *_CUDA)), *Path("/dev").glob("nvidia[0-9]*")):
            _allow(kernel, rules, path, _READ | _WRITE | _LIST | (every & _DEVICE))
        named = _READ | _WRITE | _TRUNCATE | _LIST  # CUDA names its threads
        _allow(kernel, rules, Path("/proc/self/task"), named)
    kernel.call(_RESTRICT_SELF, rules, 0)
    os.close(rules)


def _allow(kernel: _Kernel, rules: int, path: Path, rights: int) -> None:
    """Allow it on a file, or on everything below a directory; what is not there needs no rule."""
    try:
        opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    except ValueError:
        raise ContainmentError(f"{str(path)!r} is not a path") from None
    try:
        granted = rights if path.is_dir() else rights & _OF_FILES
        kernel.call(_ADD_RULE, rules, 1, struct.pack("=Qi", granted, opened), 0)
    finally:
        os.close(opened)


@cache
def libraries() -> tuple[Path, ...]:
    """The interpreter, what is installed for it, and the folders of our own package, but no repository.

    Found once a process: whoever forks children asks before.
    """
    package = Path(sluicegate.__file__).parent
    paths = sysconfig.get_paths()
    installed = [Path(paths[name]) for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    installed += [Path(place) for place in sys.path if any(Path(place).glob("*.dist-info"))]
    interpreters = [Path(sys.prefix), Path(sys.base_prefix)]
    ours = [entry.resolve() for entry in package.iterdir()]
    found = dict.fromkeys((*interpreters, *installed, package, *ours))
    return tuple(path for path in found if path != Path("/"))


def _has_gpu() -> bool:
    return Path(_GPU).exists()


def _filter_calls(kernel: _Kernel, known: Machine) -> None:
    program = filter_program(cuda=_has_gpu())
    buffer = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("@HP", len(program) // 8, ctypes.addressof(buffer))
    kernel.call(known.seccomp, 1, 0, ctypes.create_string_buffer(header, len(header)))

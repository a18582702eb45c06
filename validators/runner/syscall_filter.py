"""A seccomp filter for a process that computes: no network, no new process, no signal to others.

Only the standard library. The numbers are those of Linux' arch/x86/entry/syscalls/syscall_64.tbl and
include/uapi/asm-generic/unistd.h (AArch64); the program is classic BPF (Documentation/userspace-api/
seccomp_filter.rst). What is denied fails with EPERM, so that a library that only tries goes on; clone3, whose
flags a filter cannot see, fails with ENOSYS, on which the C library takes clone.
"""

from __future__ import annotations

import errno
import os
import platform
import struct
from dataclasses import dataclass

_DENIED = {
    "x86_64": (
        *(41, 42, 43, 44, 46, 49, 50, 53, 288, 307),  # socket and what is done with one
        *(57, 58, 59, 322),  # fork, vfork, execve, execveat
        *(101, 310, 311, 312),  # ptrace, process_vm_readv, process_vm_writev, kcmp
        *(109, 112, 272, 308),  # setpgid, setsid, unshare, setns
        *(155, 161, 165, 166, 428, 429, 430, 442),  # pivot_root, chroot, mount and the new mount calls
        *(90, 91, 92, 93, 94, 260, 268, 452),  # chmod, chown: Landlock does not know them
        *(188, 189, 190, 197, 198, 199),  # setxattr, removexattr
        *(29, 64, 68, 240),  # shmget, semget, msgget, mq_open
        *(129, 200, 297, 424, 434, 438),  # rt_sigqueueinfo, tkill, rt_tgsigqueueinfo, pidfd_*
        *(248, 249, 250, 298, 304, 321, 323, 425),  # keys, perf_event_open, open_by_handle_at, bpf, ...
        *(135, 163, 167, 168, 169, 175, 176, 179, 246, 313, 320),  # what only an administrator does
    ),
    "aarch64": (
        *(198, 199, 200, 201, 202, 203, 206, 211, 242, 269),
        *(221, 281),
        *(117, 270, 271, 272),
        *(154, 157, 97, 268),
        *(41, 51, 40, 39, 428, 429, 430, 442),
        *(52, 53, 54, 55, 452),
        *(5, 6, 7, 14, 15, 16),
        *(194, 190, 186, 180),
        *(138, 130, 240, 424, 434, 438),
        *(217, 218, 219, 241, 265, 280, 282, 425),
        *(92, 89, 224, 225, 142, 105, 106, 60, 104, 273, 294),
    ),
}
_FOR_CUDA = {"x86_64": (41, 49, 50), "aarch64": (198, 200, 201)}
"""socket, bind and listen: CUDA opens a Unix socket, by which processes share memory. None can connect."""
_UNIX = 1
_CLONE3 = 435
_X32 = 0x40000000
"""x86-64 has every call a second time from here (the x32 ABI)."""
_CLONE_THREAD = 0x00010000
_ALLOW = 0x7FFF0000
_KILL = 0x80000000
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16
"""Offsets in seccomp_data, the last one of the argument's low half."""


@dataclass(frozen=True)
class Machine:
    """What a filter needs to know of a processor."""

    audit: int
    """AUDIT_ARCH_*."""
    clone: int
    kill: int
    tgkill: int
    prlimit64: int
    prctl: int
    seccomp: int


MACHINES = {
    "x86_64": Machine(0xC000003E, 56, 62, 234, 302, 157, 317),
    "aarch64": Machine(0xC00000B7, 220, 129, 131, 261, 167, 277),
}


def machine() -> Machine | None:
    """This one's; None where no filter is known for it."""
    return MACHINES.get(platform.machine())


def filter_program(*, cuda: bool = False) -> bytes:
    """The filter for this process, as the kernel takes it; `cuda` allows what CUDA does not start without.

    Raises KeyError on an unknown machine.
    """
    name = platform.machine()
    known = MACHINES[name]
    process = os.getpid()
    code = [
        _instruction(_LOAD, _ARCHITECTURE),
        _instruction(_EQUAL, known.audit, 1, 0),
        _instruction(_RETURN, _KILL),
        _instruction(_LOAD, _NUMBER),
    ]
    if name == "x86_64":
        code += [_instruction(_AT_LEAST, _X32, 0, 1), _denied()]
    for_cuda = _FOR_CUDA[name] if cuda else ()
    for number in for_cuda[:1]:
        code += _only_if(number, _EQUAL, _UNIX)
    for number in [number for number in _DENIED[name] if number not in for_cuda]:
        code += [_instruction(_EQUAL, number, 0, 1), _denied()]
    code += [_instruction(_EQUAL, _CLONE3, 0, 1), _denied(errno.ENOSYS)]
    code += _only_if(known.clone, _ANY_BIT, _CLONE_THREAD)
    code += _only_if(known.kill, _EQUAL, process)
    code += _only_if(known.tgkill, _EQUAL, process)
    code += _only_if(known.prlimit64, _EQUAL, 0)
    code.append(_instruction(_RETURN, _ALLOW))
    return b"".join(code)


def _instruction(operation: int, value: int, yes: int = 0, no: int = 0) -> bytes:
    """struct sock_filter; `yes` and `no` are how many instructions a comparison skips."""
    return struct.pack("=HBBI", operation, yes, no, value)


def _denied(error: int = errno.EPERM) -> bytes:
    return _instruction(_RETURN, 0x00050000 | error)


def _only_if(number: int, comparison: int, value: int) -> list[bytes]:
    """Allow a call only where its first argument is this value, or has one of these bits."""
    return [
        _instruction(_EQUAL, number, 0, 4),
        _instruction(_LOAD, _FIRST_ARGUMENT),
        _instruction(comparison, value, 0, 1),
        _instruction(_RETURN, _ALLOW),
        _denied(),
    ]

"""A filter of system calls on top of the engine's own, for the driver and all that it starts.

Older engines let two things through that lead out of a network namespace or around a filter: sockets of other
families (AF_VSOCK talks to the hypervisor; Docker refuses it since 23) and io_uring (refused since 25). Calls of
another architecture's table are refused too: they would name the same things by other numbers.
"""

from __future__ import annotations

import ctypes
import errno
import os

_PR_SET_SECCOMP = 22
_SECCOMP_MODE_FILTER = 2
_ALLOW = 0x7FFF0000
_REFUSE = 0x00050000
_LOAD, _IF_EQUAL, _IF_AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16
_X32 = 0x40000000
_IO_URING = (425, 426, 427)
# AF_UNIX, AF_INET, AF_INET6, AF_NETLINK; numbers, because importing `socket` would hold the start up.
_FAMILIES = (1, 2, 10, 16)
# machine → (AUDIT_ARCH, number of `socket`)
_MACHINES = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}


class _Instruction(ctypes.Structure):
    _fields_ = (
        ("code", ctypes.c_ushort),
        ("then", ctypes.c_ubyte),
        ("otherwise", ctypes.c_ubyte),
        ("value", ctypes.c_uint),
    )


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.POINTER(_Instruction)))


def narrow_system_calls() -> None:
    """Hold this process and its descendants to the filter, for ever. Raises OSError where that can't be done."""
    instructions = _filter(*_MACHINES.get(os.uname().machine, (None, 0)))
    array = (_Instruction * len(instructions))(*(_Instruction(*each) for each in instructions))
    program = _Program(len(instructions), array)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_SECCOMP)")


def _filter(architecture: int | None, socket_number: int) -> list[tuple[int, int, int, int]]:
    if architecture is None:
        raise OSError(errno.ENOSYS, f"no filter of system calls for {os.uname().machine}")
    allow = (_RETURN, 0, 0, _ALLOW)
    return [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_IF_EQUAL, 1, 0, architecture),
        _refuse(errno.ENOSYS),
        (_LOAD, 0, 0, _NUMBER),
        (_IF_AT_LEAST, 0, 1, _X32),
        _refuse(errno.ENOSYS),
        *(step for number in _IO_URING for step in ((_IF_EQUAL, 0, 1, number), _refuse(errno.ENOSYS))),
        (_IF_EQUAL, 1, 0, socket_number),
        allow,
        (_LOAD, 0, 0, _FIRST_ARGUMENT),
        *(step for family in _FAMILIES for step in ((_IF_EQUAL, 0, 1, family), allow)),
        _refuse(errno.EAFNOSUPPORT),
    ]


def _refuse(number: int) -> tuple[int, int, int, int]:
    return (_RETURN, 0, 0, _REFUSE | number)

"""Archives byte by byte, for the tests: as good ones are, and as none should be."""

from __future__ import annotations

import io
import struct
import tarfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field

NOON = (2027 - 1980) << 25 | 1 << 21 | 20 << 16 | 12 << 11
"""2027-01-20 12:00:00 as zip files write it."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One entry of a zip, whose two headers may say anything. None: what would be right."""

    name: bytes
    data: bytes = b"{}"
    flags: int = 0
    method: int = 0
    size: int | None = None
    crc: int | None = None
    mode: int = 0o100644
    offset: int | None = None
    packed: int | None = None
    local_name: bytes | None = None
    extra: bytes = b""
    clock: int = NOON

    @property
    def stored(self) -> bytes:
        return deflate(self.data) if self.method == 8 else self.data

    def fields(self, packed: int) -> tuple[int, ...]:
        """What both headers share, from the version on."""
        size = len(self.data) if self.size is None else self.size
        crc = zlib.crc32(self.data) if self.crc is None else self.crc
        date, time = self.clock >> 16, self.clock & 0xFFFF
        return (20, self.flags, self.method, time, date, crc, packed, size)

    def header(self) -> bytes:
        name = self.name if self.local_name is None else self.local_name
        packed = len(self.stored) if self.packed is None else self.packed
        return struct.pack("<4s5H3L2H", b"PK\3\4", *self.fields(packed), len(name), 0) + name

    def local(self) -> bytes:
        return self.header() + self.stored

    def central(self, offset: int) -> bytes:
        packed = len(self.stored) if self.packed is None else self.packed
        lengths = (len(self.name), len(self.extra), 0, 0, 0)
        offset = offset if self.offset is None else self.offset
        head = struct.pack(
            "<4sH5H3L5H2L", b"PK\1\2", 3 << 8 | 20, *self.fields(packed), *lengths,
            self.mode << 16, offset,
        )  # fmt: skip
        return head + self.name + self.extra


def deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


def make_zip(*entries: Entry, comment: bytes = b"") -> bytes:
    body, table = b"", b""
    for entry in entries:
        table += entry.central(len(body))
        body += entry.local()
    return body + table + end_of(len(entries), len(table), len(body), comment)


def end_of(count: int, size: int, offset: int, comment: bytes = b"") -> bytes:
    counts = (0, 0, count, count)
    return struct.pack("<4s4H2LH", b"PK\5\6", *counts, size, offset, len(comment)) + comment


def overlapping_bomb(names: Sequence[bytes], zeros: int) -> bytes:
    """A zip whose entries all end in the same packed zeros: each one's data is the next one's
    header, quoted as a stored block, and then the next one's data."""
    body, size = deflate(bytes(zeros)), zeros
    made: list[tuple[Entry, int]] = []
    head = b""
    for name in reversed(names):
        if head:
            body = struct.pack("<BHH", 0, len(head), ~len(head) & 0xFFFF) + body
            size += len(head)
        entry = Entry(name=name, data=b"", method=8, size=size, crc=0, packed=len(body))
        head = entry.header()
        body = head + body
        made.append((entry, len(body)))
    table = b"".join(entry.central(len(body) - behind) for entry, behind in reversed(made))
    return body + table + end_of(len(made), len(table), len(body))


@dataclass(frozen=True, kw_only=True)
class TarEntry:
    """One member of a tar: `fields` set what `tarfile.TarInfo` holds."""

    name: str
    data: bytes = b"{}"
    fields: dict[str, object] = field(default_factory=dict)


def make_tar(*entries: TarEntry, mode: str = "w", time: int = 1_800_446_400) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode=mode) as tar:  # type: ignore[call-overload]
        for entry in entries:
            info = tarfile.TarInfo(entry.name)
            info.size, info.mtime = len(entry.data), time
            for name, value in entry.fields.items():
                setattr(info, name, value)
            tar.addfile(info, io.BytesIO(entry.data))
    return made.getvalue()


def negative_size(tar: bytes) -> bytes:
    """The first header's size as a negative number, which sends a careless reader backwards."""
    header = bytearray(tar[:512])
    header[124:136] = b"\xff" * 10 + (-1024 & 0xFFFF).to_bytes(2, "big")
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header) + tar[512:]

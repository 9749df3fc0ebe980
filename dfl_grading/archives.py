"""What lies in an archive or a folder, listed and read without believing it.

Nothing is extracted: members are listed with their names checked, then read in small pieces by
whoever wants them. What cannot be taken is refused by name and stops no other member. Zip files
are read here and not by the standard library, because there one bad entry spoils the whole file.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import re
import stat
import struct
import tarfile
import unicodedata
import zlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from dfl_grading.errors import CourseError

__all__ = [
    "BadMember",
    "Bounds",
    "Contents",
    "Member",
    "Refusal",
    "list_contents",
    "printable",
    "read_members",
    "why_unsafe_path",
]

PIECE: Final = 1 << 16
"""Bytes that are held at a time."""

_MOST_DIRECTORY: Final = 32_000_000  # bytes of a zip's table of contents
_MOST_LISTED: Final = 100  # refusals of one archive that are told one by one
_DEEPEST: Final = 20
_MOST_XZ_MEMORY: Final = 128_000_000
_MOST_HEADER: Final = 16_384
_MOST_EFFORT: Final = 10**10  # bytes of extended headers, each size squared
_ARCHIVES: Final = re.compile(
    r"\.(zip|zipx|7z|rar|tar|tgz|tbz2?|txz|tzst|jar|cab|iso|dmg|tar\.(gz|bz2|xz|zst|lz4?|z))$",
    re.IGNORECASE,
)
_RESERVED: Final = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)
_BIDI: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """How much is taken in. Sizes are bytes after unpacking, `members` counts one archive's
    entries, `ratio` is unpacked to packed for files above `ratio_from` bytes."""

    file_bytes: int = 100_000_000
    student_bytes: int = 200_000_000
    total_bytes: int = 5_000_000_000
    members: int = 50_000
    ratio: int = 250
    ratio_from: int = 10_000_000


class Refusal(NamedTuple):
    """Something that was not taken: its printable name, and why with the remedy."""

    name: str
    why: str


class BadMember(Exception):
    """A member cannot be read to its end; the message says why, as in `Refusal.why`."""


@dataclass(frozen=True, kw_only=True)
class Member:
    """One plain file: `number` is its place, `name` its checked path with `/`.

    `time` is aware UTC, None where none is known; `zoned` says that it came without a zone and
    was taken in the course's.
    """

    number: int
    name: str
    size: int
    time: datetime | None = None
    zoned: bool = False


@dataclass(frozen=True, kw_only=True)
class Contents:
    """What one path holds. `kind` is "zip", "tar", "folder" or "file"; `time` is the path's own.

    `base` is what member names are relative to in a folder, or the file that is read.
    """

    path: Path
    kind: str
    time: datetime
    bounds: Bounds
    members: tuple[Member, ...]
    refused: tuple[Refusal, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def stem(self) -> str:
        """The path's name without what marks an archive or a second download."""
        name = re.sub(r"(\.tar)?\.\w+$", "", self.path.name) if self.kind != "folder" else ""
        return re.sub(r" \(\d+\)$", "", name or self.path.resolve().name)


class _Found(NamedTuple):
    """One entry before its name is believed; `why` where it is refused already."""

    number: int
    name: str
    size: int = 0
    time: datetime | None = None
    zoned: bool = False
    why: str = ""
    guess: str = ""


def list_contents(path: Path, zone: tzinfo, bounds: Bounds) -> Contents:
    """What a folder, a notebook, a zip or a tar (also .gz, .bz2, .xz) holds, in its own order.

    `zone` is where the clock times of zip files, which have no zone, are taken. Raises
    CourseError where the path is none of these or cannot be read at all.
    """
    try:
        kind = _kind_of(path)
        time = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        found: Iterator[_Found]
        if kind == "folder":
            found = _list_folder(path, bounds)
        elif kind == "file":
            found = iter([_Found(0, path.name, path.stat().st_size, time)])
        elif kind == "zip":
            found = _list_zip(path, zone, bounds)
        else:
            found = _list_tar(path, bounds)
        return _sift(Contents(path=path, kind=kind, time=time, bounds=bounds, members=()), found)
    except OSError as error:
        raise CourseError(
            f"{path}: cannot be read: {error.strerror or error}; name an archive, a folder or a "
            f"notebook."
        ) from error


def _kind_of(path: Path) -> str:
    mode = path.stat().st_mode
    if stat.S_ISDIR(mode):
        return "folder"
    if not stat.S_ISREG(mode):
        raise CourseError(f"{path}: is no plain file; name an archive, a folder or a notebook.")
    if path.suffix.lower() == ".ipynb":
        return "file"
    with path.open("rb") as file:
        head = file.read(512)
        if head.startswith((b"PK\3\4", b"PK\5\6")):
            return "zip"
        if head.startswith((b"\x1f\x8b", b"BZh", b"\xfd7zXZ\0")) or head[257:262] == b"ustar":
            return "tar"
        if _find_end(file) is not None:
            return "zip"
    raise CourseError(
        f"{path}: is not an archive; name a .zip, a .tar (also .gz, .bz2 or .xz), a folder or a "
        f".ipynb file."
    )


def _sift(contents: Contents, found: Iterator[_Found]) -> Contents:
    """Check the names, sizes and number of what was found."""
    members: list[Member] = []
    refused: list[Refusal] = []
    guesses: list[str] = []
    for one in found:
        why = one.why or why_unsafe_path(one.name) or _why_too_much(one, contents.bounds)
        if why:
            refused.append(Refusal(printable(one.name), why))
            continue
        name = "/".join(part for part in one.name.split("/") if part not in ("", "."))
        if one.guess:
            guesses.append(f"{printable(name)} ({one.guess})")
        members.append(
            Member(number=one.number, name=name, size=one.size, time=one.time, zoned=one.zoned)
        )
    notes = []
    if guesses:
        more = f" and {len(guesses) - 5} more" if len(guesses) > 5 else ""
        told = ", ".join(guesses[:5])
        notes.append(f"names whose encoding is not marked were guessed: {told}{more}")
    return replace(contents, members=tuple(members), refused=_shorten(refused), notes=tuple(notes))


def _shorten(refused: Sequence[Refusal]) -> tuple[Refusal, ...]:
    """The refusals, those beyond the first hundred as one."""
    if len(refused) <= _MOST_LISTED:
        return tuple(refused)
    rest = len(refused) - _MOST_LISTED
    last = Refusal(f"{rest} more", f"are refused too, such as {refused[-1].name}")
    return (*refused[:_MOST_LISTED], last)


def why_unsafe_path(name: str) -> str:
    """Why a member's name cannot be the path of a file in a hand-in; empty where it can."""
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if any(unicodedata.category(c) in ("Cc", "Zl", "Zp") or c in _BIDI for c in name):
        return "has control characters in its name"
    if any(unicodedata.category(c) == "Cs" for c in name):
        return "has a name in an encoding that cannot be told"
    if "\\" in name:
        return "has a backslash in its name; pack it again with / between folders"
    if name.startswith("/"):
        return "has an absolute path as its name"
    if re.match(r"[A-Za-z]:", name):
        return "has a drive letter in its name"
    if ".." in parts:
        return "has a name that leads out of its folder (..)"
    if not parts:
        return "has no name"
    if any(_RESERVED.fullmatch(part) for part in parts):
        return "has a name that is reserved on Windows"
    if any(len(part.encode()) > 255 for part in parts) or len(name.encode()) > 2000:
        return "has a name that is too long"
    if len(parts) > _DEEPEST:
        return f"lies more than {_DEEPEST} folders deep"
    return ""


def _why_too_much(one: _Found, bounds: Bounds) -> str:
    if _ARCHIVES.search(one.name):
        return "is an archive inside, which is not opened; unpack it into its place by hand"
    if one.size < 0:
        return "has a damaged header"
    if one.size > bounds.file_bytes:
        return (
            f"is {one.size / 1e6:,.0f} MB large, more than {bounds.file_bytes / 1e6:,.0f} MB for "
            f"one file"
        )
    return ""


def printable(name: str) -> str:
    """The name with what a terminal could choke on as an escape, cut after 160 characters."""
    made = "".join(
        c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode("ascii")
        for c in name[:160]
    )
    return made + ("…" if len(name) > 160 else "") or "(no name)"


def read_members(
    contents: Contents, wanted: Collection[int]
) -> Iterator[tuple[Member, Iterator[bytes]]]:
    """The wanted members by number, each with its bytes in pieces; use them up in order.

    The pieces raise BadMember where the bytes are not what they should be. A member that is not
    yielded is not there any more.
    """
    chosen = {member.number: member for member in contents.members if member.number in wanted}
    if contents.kind == "zip":
        yield from _read_zip(contents, chosen)
    elif contents.kind == "tar":
        yield from _read_tar(contents, chosen)
    else:
        folder = contents.path if contents.kind == "folder" else contents.path.parent
        for member in chosen.values():
            yield member, _read_file(folder / member.name, member)


# ------------------------------------------------------------------------------------ the names


def guess_name(raw: bytes, *, marked: bool, cp437: bool = True) -> tuple[str, str]:
    """A name from its bytes, and by which guess (empty where none was needed).

    Bytes that are marked as UTF-8, and are not, become lone surrogates: a name to refuse. Zip
    names without a mark are code page 437 by the book, but most writers use their own.
    """
    try:
        text = raw.decode("utf-8")
        return text, "" if marked or text.isascii() else "read as UTF-8"
    except UnicodeDecodeError:
        if marked:
            return raw.decode("utf-8", "surrogateescape"), ""
    tried = ["cp437", "cp1252"] if cp437 else ["cp1252"]
    for encoding in tried:
        text = raw.decode(encoding, "replace")
        if all(c.isascii() or unicodedata.name(c, "").startswith("LATIN") for c in text):
            return text, f"read as {encoding}"
    return raw.decode("utf-8", "surrogateescape"), ""


# ----------------------------------------------------------------------------------------- folders


def _list_folder(folder: Path, bounds: Bounds) -> Iterator[_Found]:
    """The plain files below a folder, sorted; links are not followed, devices not opened."""
    number = 0
    waiting = [folder]
    while waiting:
        here = waiting.pop(0)
        try:
            with os.scandir(here) as entries:
                inside = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            if here == folder:
                raise
            why = f"cannot be opened: {error.strerror}"
            yield _Found(number, here.relative_to(folder).as_posix(), why=why)
            continue
        for entry in inside:
            number += 1
            name = Path(entry.path).relative_to(folder).as_posix()
            state = entry.stat(follow_symlinks=False)
            mode = state.st_mode
            if number > bounds.members:
                yield _Found(number, name, why=_too_many(bounds))
                return
            if stat.S_ISDIR(mode):
                deep = name.count("/") >= _DEEPEST
                if deep or why_unsafe_path(name):
                    yield _Found(number, name)
                else:
                    waiting.append(Path(entry.path))
            elif not stat.S_ISREG(mode):
                what = "a link, which is not followed" if stat.S_ISLNK(mode) else "no plain file"
                yield _Found(number, name, why=f"is {what}")
            else:
                time = datetime.fromtimestamp(state.st_mtime, UTC)
                yield _Found(number, name, state.st_size, time)


def _too_many(bounds: Bounds) -> str:
    return f"comes after {bounds.members:,} others; what follows is not looked at"


def _read_file(path: Path, member: Member) -> Iterator[bytes]:
    try:
        # Not blocking: a pipe that was put in the file's place would wait for ever.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise BadMember("is no plain file any more")
            left = member.size
            while left > 0 and (piece := file.read(min(PIECE, left))):
                left -= len(piece)
                yield piece
    except OSError as error:
        raise BadMember(f"cannot be read: {error.strerror}") from error
    if left:
        raise BadMember("has shrunk while it was read; collect it again")


# -------------------------------------------------------------------------------------------- zip


class _Entry(NamedTuple):
    """One entry of a zip's table of contents. `clock` is its DOS date and time, `stamp` the Unix
    time of an extra field."""

    number: int
    raw: bytes
    flags: int
    method: int
    clock: tuple[int, int]
    crc: int
    packed: int
    size: int
    mode: int
    offset: int
    stamp: int | None
    unicode_name: bytes | None
    fault: str


class _End(NamedTuple):
    """Where a zip's table of contents lies, and how far what precedes the archive shifts it."""

    start: int
    size: int
    shift: int


_ENTRY: Final = struct.Struct("<4s4B4HL2L5H2L")
_LOCAL: Final = struct.Struct("<4s2B4HL2L2H")
_LINKS: Final = {stat.S_IFLNK: "a link", stat.S_IFIFO: "a pipe", stat.S_IFSOCK: "a socket"}


def _find_end(file: BinaryIO) -> _End | None:
    """Read a zip's end record (and its 64-bit one); None where there is none."""
    size = file.seek(0, io.SEEK_END)
    start = max(0, size - 22 - 65535)
    file.seek(start)
    tail = file.read(22 + 65535)
    at = tail.rfind(b"PK\5\6", 0, len(tail) - 18)
    if at < 0:
        return None
    length, offset = struct.unpack_from("<2L", tail, at + 12)
    end = start + at
    if end >= 20:
        file.seek(end - 20)
        sign, _, where, _ = struct.unpack("<4sLQL", file.read(20))
        # What stands before the archive shifts `where`: the record also ends where this begins.
        for place in (where, end - 20 - 56) if sign == b"PK\6\7" else ():
            if 0 <= place <= end - 76:
                file.seek(place)
                record = file.read(56)
                if record.startswith(b"PK\6\6"):
                    length, offset = struct.unpack_from("<2Q", record, 40)
                    end = place
                    break
    return _End(end - length, length, end - length - offset)


def _zip_entries(file: BinaryIO, path: Path, bounds: Bounds) -> Iterator[_Entry]:
    end = _find_end(file)
    if end is None or end.start < 0:
        raise CourseError(f"{path}: is a zip archive that is cut short; download it again.")
    if end.size > _MOST_DIRECTORY:
        raise CourseError(f"{path}: its table of contents is too large to be a class's; split it.")
    file.seek(end.start)
    table = file.read(end.size)
    at = number = 0
    while at < len(table):
        if len(table) - at < _ENTRY.size or table[at : at + 4] != b"PK\1\2":
            raise CourseError(f"{path}: its table of contents is damaged; download it again.")
        fields = _ENTRY.unpack_from(table, at)
        names, extras, comments = fields[12:15]
        at += _ENTRY.size
        raw, extra = table[at : at + names], table[at + names : at + names + extras]
        at += names + extras + comments
        yield _make_entry(number, fields, raw, extra, end.shift)
        number += 1
        if number > bounds.members:
            return


def _make_entry(
    number: int, fields: tuple[int, ...], raw: bytes, extra: bytes, shift: int
) -> _Entry:
    (_, _, _, _, _, flags, method, time, date, crc, packed, size) = fields[:12]
    mode, offset = fields[17], fields[18]
    stamp, unicode_name, fault = None, None, ""
    large = {"size": size, "packed": packed, "offset": offset}
    try:
        for kind, data in _extras(extra):
            if kind == 1:
                _enlarge(large, data)
            elif kind == 0x5455 and len(data) >= 5 and data[0] & 1:
                stamp = struct.unpack_from("<l", data, 1)[0]
            elif kind == 0x7075 and data[:5] == b"\1" + struct.pack("<L", zlib.crc32(raw)):
                unicode_name = data[5:]
    except struct.error:
        fault = "has a damaged entry in the table of contents"
    return _Entry(
        number=number, raw=raw, flags=flags, method=method, clock=(date, time), crc=crc,
        packed=large["packed"], size=large["size"], mode=mode >> 16,
        offset=large["offset"] + shift, stamp=stamp, unicode_name=unicode_name, fault=fault,
    )  # fmt: skip


def _extras(extra: bytes) -> Iterator[tuple[int, bytes]]:
    while len(extra) >= 4:
        kind, length = struct.unpack_from("<2H", extra)
        yield kind, extra[4 : 4 + length]
        extra = extra[4 + length :]


def _enlarge(large: dict[str, int], data: bytes) -> None:
    """Fill in the 64-bit values of those that did not fit into 32."""
    at = 0
    for key in ("size", "packed", "offset"):
        if large[key] == 0xFFFFFFFF:
            large[key] = struct.unpack_from("<Q", data, at)[0]
            at += 8


def _list_zip(path: Path, zone: tzinfo, bounds: Bounds) -> Iterator[_Found]:
    with path.open("rb") as file:
        entries = list(_zip_entries(file, path, bounds))
    overlapping = _overlapping(entries)
    for entry in entries:
        name, guess = _zip_name(entry)
        if entry.number == bounds.members:
            yield _Found(entry.number, name, why=_too_many(bounds))
        elif entry.number in overlapping:
            why = "shares its bytes with another member, as in a zip bomb"
            yield _Found(entry.number, name, why=why)
        elif not name.endswith("/"):
            time, zoned = _zip_time(entry, zone)
            why = _why_zip_refused(entry, bounds)
            yield _Found(entry.number, name, entry.size, time, zoned, why, guess)


def _zip_name(entry: _Entry) -> tuple[str, str]:
    if entry.unicode_name is not None:
        return guess_name(entry.unicode_name, marked=True)
    return guess_name(entry.raw, marked=bool(entry.flags & 0x800))


def _zip_time(entry: _Entry, zone: tzinfo) -> tuple[datetime | None, bool]:
    """When a member was written; whether in the course's zone. None for the 1980 of no date."""
    try:
        if entry.stamp is not None and entry.stamp > 0:
            return datetime.fromtimestamp(entry.stamp, UTC), False
        date, time = entry.clock
        clock = datetime(
            (date >> 9) + 1980, date >> 5 & 15, date & 31,
            time >> 11, time >> 5 & 63, min(59, (time & 31) * 2), tzinfo=zone,
        )  # fmt: skip
        return (None, False) if clock.year == 1980 else (clock.astimezone(UTC), True)
    except (ValueError, OverflowError, OSError):
        return None, False


def _why_zip_refused(entry: _Entry, bounds: Bounds) -> str:
    kind = stat.S_IFMT(entry.mode)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return f"is {_LINKS.get(kind, 'a device')} and no plain file"
    if entry.flags & 0x2041:
        return "is encrypted; pack it again without a password"
    if entry.fault:
        return entry.fault
    if entry.method not in (0, 8):
        return f"is packed by a method that is not known here ({entry.method}); pack it again"
    if entry.size > bounds.ratio_from and entry.size > bounds.ratio * max(1, entry.packed):
        return (
            f"unpacks to {entry.size / max(1, entry.packed):,.0f} times its size "
            f"({entry.size / 1e6:,.0f} MB), as in a zip bomb"
        )
    return ""


def _overlapping(entries: Sequence[_Entry]) -> frozenset[int]:
    """The entries whose bytes are another one's too."""
    found: set[int] = set()
    spans = sorted(
        (entry.offset, entry.offset + _LOCAL.size + len(entry.raw) + entry.packed, entry.number)
        for entry in entries
    )
    reach, holder = -1, -1
    for start, stop, number in spans:
        if start < reach:
            found |= {holder, number}
        if stop > reach:
            reach, holder = stop, number
    return frozenset(found)


def _read_zip(
    contents: Contents, wanted: dict[int, Member]
) -> Iterator[tuple[Member, Iterator[bytes]]]:
    with contents.path.open("rb") as file:
        entries = list(_zip_entries(file, contents.path, contents.bounds))
        for entry in entries:
            if entry.number in wanted:
                yield wanted[entry.number], _unzip(file, entry)


def _unzip(file: BinaryIO, entry: _Entry) -> Iterator[bytes]:
    """The bytes of one entry, never more than it says; BadMember where they are others."""
    file.seek(max(0, entry.offset))
    head = file.read(_LOCAL.size)
    if entry.offset < 0 or len(head) < _LOCAL.size or not head.startswith(b"PK\3\4"):
        raise BadMember("is not where the table of contents says; download the archive again")
    names, extras = struct.unpack_from("<2H", head, 26)
    if file.read(names) != entry.raw:
        raise BadMember("has two different names in the archive")
    file.seek(extras, io.SEEK_CUR)
    count = crc = 0
    for piece in _inflate(file, entry):
        count += len(piece)
        crc = zlib.crc32(piece, crc)
        if count > entry.size:
            raise BadMember("is larger than the table of contents says, as in a zip bomb")
        yield piece
    if count != entry.size or crc != entry.crc:
        raise BadMember("is damaged (its checksum is wrong); download the archive again")


def _inflate(file: BinaryIO, entry: _Entry) -> Iterator[bytes]:
    left = entry.packed
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS) if entry.method == 8 else None
    try:
        while left > 0 and (data := file.read(min(PIECE, left))):
            left -= len(data)
            if unpacker is None:
                yield data
            while unpacker is not None and data:
                yield unpacker.decompress(data, PIECE)
                data = unpacker.unconsumed_tail
        if unpacker is not None:
            yield unpacker.flush()
    except zlib.error as error:
        raise BadMember("is damaged; download the archive again") from error


# -------------------------------------------------------------------------------------------- tar


class _Broken(Exception):
    """A tar cannot be read further; the message says why."""


class _Tape(io.RawIOBase):
    """The bytes of a tar file: forwards only, in bounded pieces, up to a bound in all.

    The standard library asks for as much as a header claims, steps back where a size is
    negative, and takes time that grows with the square of an extended header; here all of these
    end the reading. `last` is what was read last, `in_header` whether the library reads on.
    """

    def __init__(self, stream: io.RawIOBase | io.BufferedIOBase, most: int) -> None:
        super().__init__()
        self.last = b""
        self.in_header = True
        self._effort = 0
        self._stream = stream
        self._most = most
        self._at = 0

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= (_MOST_HEADER if self.in_header else PIECE):
            raise _Broken("has a damaged header")
        self.last = made = self._take(size)
        if self.in_header and size > 512:
            self._effort += size * size
            if self._effort > _MOST_EFFORT or re.search(rb"\d{100}", made):
                raise _Broken("has a damaged header")
        return made

    def _take(self, size: int) -> bytes:
        made = b""
        try:
            while len(made) < size and (piece := self._stream.read(size - len(made))):
                made += piece
        except (OSError, EOFError, zlib.error, lzma.LZMAError) as error:
            raise _Broken("is cut short or damaged; download it again") from error
        self._at += len(made)
        if self._at > self._most:
            raise _Broken(f"unpacks to more than {self._most / 1e9:,.1f} GB")
        return made

    def seek(self, position: int, whence: int = io.SEEK_SET) -> int:
        if whence != io.SEEK_SET or position < self._at:
            raise _Broken("has a damaged header")
        while self._at < position and self._take(min(PIECE, position - self._at)):
            pass
        return self._at


class _Xz(io.RawIOBase):
    """The bytes of an .xz file, unpacked with a bound on memory (`lzma.LZMAFile` has none)."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__()
        self._file = file
        self._unpacker = self._fresh()

    def _fresh(self) -> lzma.LZMADecompressor:
        return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_MOST_XZ_MEMORY)

    def read(self, size: int = -1) -> bytes:
        while True:
            data = b""
            if self._unpacker.eof:
                rest = self._unpacker.unused_data.lstrip(b"\0") or self._file.read(PIECE)
                data = rest.lstrip(b"\0")
                if not data:
                    return b""
                self._unpacker = self._fresh()
            elif self._unpacker.needs_input:
                data = self._file.read(PIECE)
                if not data:
                    raise EOFError
            piece = self._unpacker.decompress(data, max_length=size)
            if piece:
                return piece


def _walk_tar(
    path: Path, bounds: Bounds
) -> Iterator[tuple[int, tarfile.TarFile | None, tarfile.TarInfo | str]]:
    """The members of a tar by number, or last a sentence on why it ends before its end."""
    with path.open("rb") as file:
        tape = _Tape(_unpacked(file), bounds.total_bytes * 2)
        number = 0
        try:
            tar = tarfile.TarFile(fileobj=tape, encoding="utf-8", errors="surrogateescape")
            while (member := tar.next()) is not None:
                number += 1
                if number > bounds.members:
                    yield number, None, f"holds more than {bounds.members:,} members"
                    return
                tape.in_header = False
                yield number, tar, member
                tape.in_header = True
                # Each is needed once only; the library would keep them all.
                vars(tar)["members"].clear()
            # The library also ends quietly at a header that it cannot read.
            if tape.last != bytes(512):
                raise _Broken("is cut short or damaged; download it again")
        except _Broken as error:
            yield number, None, str(error)
        # A tar is read by the library, and what that raises for a hostile one has no bound:
        # the archive ends there, and what came before is kept.
        except Exception as error:
            if number == 0 and isinstance(error, tarfile.ReadError):
                raise CourseError(f"{path}: is not a tar archive ({error}).") from error
            yield number, None, "is damaged; download it again"


def _unpacked(file: BinaryIO) -> io.RawIOBase | io.BufferedIOBase:
    head = file.read(6)
    file.seek(0)
    if head.startswith(b"\x1f\x8b"):
        return gzip.GzipFile(fileobj=file)
    if head.startswith(b"BZh"):
        return bz2.BZ2File(file)
    if head.startswith(b"\xfd7zXZ\0"):
        return _Xz(file)
    assert isinstance(file, io.BufferedIOBase)
    return file


def _list_tar(path: Path, bounds: Bounds) -> Iterator[_Found]:
    for number, _, member in _walk_tar(path, bounds):
        if isinstance(member, str):
            yield _Found(number, f"(the rest of {path.name})", why=member)
            return
        raw = member.name.encode("utf-8", "surrogateescape")
        name, guess = guess_name(raw, marked=False, cp437=False)
        guess = "" if guess == "read as UTF-8" else guess
        if member.isdir():
            continue
        why = "" if member.isreg() else f"is {_describe(member)} and no plain file"
        yield _Found(number, name, member.size, _tar_time(member), False, why, guess)


def _describe(member: tarfile.TarInfo) -> str:
    if member.issym():
        return "a link"
    if member.islnk():
        return "a hard link"
    return "a pipe" if member.isfifo() else "a device or the like"


def _tar_time(member: tarfile.TarInfo) -> datetime | None:
    try:
        time = datetime.fromtimestamp(member.mtime, UTC)
        return time if time.year > 1980 else None
    except (ValueError, OverflowError, OSError):
        return None


def _read_tar(
    contents: Contents, wanted: dict[int, Member]
) -> Iterator[tuple[Member, Iterator[bytes]]]:
    for number, tar, member in _walk_tar(contents.path, contents.bounds):
        if number in wanted and tar is not None and isinstance(member, tarfile.TarInfo):
            yield wanted[number], _untar(tar, member)


def _untar(tar: tarfile.TarFile, member: tarfile.TarInfo) -> Iterator[bytes]:
    count = 0
    try:
        file = tar.extractfile(member)
        while file is not None and (piece := file.read(PIECE)):
            count += len(piece)
            yield piece
    except _Broken as error:
        raise BadMember(f"lies where the archive {error}") from error
    except (OSError, tarfile.TarError, ValueError) as error:
        raise BadMember("is damaged; download the archive again") from error
    if count != member.size:
        raise BadMember("lies where the archive is cut short; download it again")

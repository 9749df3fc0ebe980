"""Archives that nobody trusts: good members come out as they went in, bad ones by no means."""

from __future__ import annotations

import contextlib
import gzip
import io
import os
import socket
import tarfile
import time
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import hostile
import pytest
from hostile import Entry, TarEntry
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dfl_grading.archives import (
    BadMember,
    Bounds,
    Contents,
    list_contents,
    read_members,
    why_unsafe_path,
)
from dfl_grading.errors import CourseError

QUICK = settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
BERLIN = ZoneInfo("Europe/Berlin")


def listed(path: Path, data: bytes | None = None, **bounds: int) -> Contents:
    if data is not None:
        path.write_bytes(data)
    return list_contents(path, BERLIN, Bounds(**bounds))


def everything(contents: Contents) -> dict[str, bytes | str]:
    """Every member's bytes by name, or why it cannot be read."""
    made: dict[str, bytes | str] = {}
    for member, pieces in read_members(contents, {m.number for m in contents.members}):
        try:
            made[member.name] = b"".join(pieces)
        except BadMember as error:
            made[member.name] = str(error)
    return made


def reasons(contents: Contents) -> dict[str, str]:
    return dict(contents.refused)


# ------------------------------------------------------------------------- what goes in comes out

NAMES = st.lists(
    st.text(st.characters(codec="utf-8", exclude_characters="\\/:", exclude_categories=("C", "Z")),
            min_size=1, max_size=12).filter(lambda name: not why_unsafe_path(name)),
    min_size=1, max_size=4, unique=True,
).map("/".join)  # fmt: skip
FILES = st.dictionaries(NAMES, st.binary(max_size=300), max_size=6).filter(
    lambda files: not any(a != b and b.startswith(f"{a}/") for a in files for b in files)
)


@given(files=FILES, method=st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]))
@QUICK
def test_a_zip_comes_out_as_zipfile_wrote_it(
    files: dict[str, bytes], method: int, tmp_path: Path
) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    contents = listed(path)
    taken = {name: data for name, data in files.items() if name not in reasons(contents)}
    assert everything(contents) == taken
    # Only an archive inside is refused: why_unsafe_path let all of these names pass.
    assert all("archive inside" in why for why in reasons(contents).values())


@given(files=FILES.filter(bool), mode=st.sampled_from(["w", "w:gz", "w:bz2", "w:xz"]),
       form=st.sampled_from([tarfile.PAX_FORMAT, tarfile.GNU_FORMAT]))  # fmt: skip
@QUICK
def test_a_tar_comes_out_as_tarfile_wrote_it(
    files: dict[str, bytes], mode: str, form: int, tmp_path: Path
) -> None:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode=mode, format=form) as tar:  # type: ignore[call-overload]
        for name, data in files.items():
            info = tarfile.TarInfo(f"./{name}")
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    contents = listed(tmp_path / "a.tar", made.getvalue())
    assert everything(contents) == {n: d for n, d in files.items() if n not in reasons(contents)}


def test_large_members_come_in_pieces(tmp_path: Path) -> None:
    data = os.urandom(300_000) + bytes(700_000)
    archives = {
        "a.zip": hostile.make_zip(Entry(name=b"d", data=data, method=8)),
        "b.zip": hostile.make_zip(Entry(name=b"d", data=data)),
        "c.tar": hostile.make_tar(TarEntry(name="d", data=data), mode="w:xz"),
    }
    for name, archive in archives.items():
        contents = listed(tmp_path / name, archive)
        for _, pieces in read_members(contents, {m.number for m in contents.members}):
            sizes = [len(piece) for piece in pieces]
        assert sum(sizes) == len(data)
        assert max(sizes) <= 1 << 16


def test_zip64_and_a_prefix_and_a_comment_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 1)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("a", b"1" * 70_000)
        with archive.open("b", "w", force_zip64=True) as file:
            file.write(b"22")
        archive.comment = b"a comment with PK\5\6 in"
    assert b"PK\6\6" in made.getvalue()
    without = made.getvalue()[: -len(archive.comment) - 2] + b"\0\0"
    for data in (without, b"#!/bin/sh\nexit 0\n" + without):
        assert everything(listed(tmp_path / "a.zip", data)) == {"a": b"1" * 70_000, "b": b"22"}


def test_sizes_and_offsets_of_64_bits_are_read(tmp_path: Path) -> None:
    wide = b"\1\0\x10\0" + (2).to_bytes(8, "little") * 2
    entry = Entry(name=b"a", size=0xFFFFFFFF, packed=0xFFFFFFFF, extra=wide)
    assert everything(listed(tmp_path / "a.zip", hostile.make_zip(entry))) == {"a": b"{}"}
    short = Entry(name=b"a", size=0xFFFFFFFF, extra=b"\1\0\4\0abcd")
    contents = listed(tmp_path / "a.zip", hostile.make_zip(short, Entry(name=b"b")))
    assert "damaged entry" in reasons(contents)["a"]
    assert everything(contents) == {"b": b"{}"}


def test_times_are_utc_and_say_when_a_zone_was_assumed(tmp_path: Path) -> None:
    unix = b"UT\5\0\1" + int(datetime(2027, 1, 20, 12, tzinfo=UTC).timestamp()).to_bytes(
        4, "little"
    )
    entries = (
        Entry(name=b"clock"), Entry(name=b"unix", extra=unix), Entry(name=b"none", clock=0x210000),
        Entry(name=b"wrong", clock=0xFFFFFFFF),
    )  # fmt: skip
    found = {m.name: m for m in listed(tmp_path / "a.zip", hostile.make_zip(*entries)).members}
    assert found["clock"].time == datetime(2027, 1, 20, 11, tzinfo=UTC)  # noon in Berlin
    assert found["unix"].time == datetime(2027, 1, 20, 12, tzinfo=UTC)
    assert [found[name].zoned for name in ("clock", "unix")] == [True, False]
    assert found["none"].time is found["wrong"].time is None
    tar = hostile.make_tar(TarEntry(name="a"), TarEntry(name="b", fields={"mtime": 2**40}))
    times = {m.name: m.time for m in listed(tmp_path / "a.tar", tar).members}
    assert times == {"a": datetime(2027, 1, 20, 12, tzinfo=UTC), "b": None}


# ---------------------------------------------------------------------------------- hostile names

BAD_NAMES = {
    b"../evil": "leads out",
    b"a/../../evil": "leads out",
    b"..": "leads out",
    b"/etc/passwd": "absolute",
    b"C:/windows/evil": "drive letter",
    b"c:evil": "drive letter",
    b"a\\..\\evil": "backslash",
    b"a\0.ipynb": "control characters",
    b"a\n.ipynb": "control characters",
    b"\x1b[2Ja": "control characters",
    b"\xe2\x80\xaegnp.a": "control characters",
    b"CON": "reserved",
    b"a/nul.ipynb": "reserved",
    b"a" * 256: "too long",
    b"/".join([b"a"] * 21): "folders deep",
    b"a/" * 900 + b"a" * 300: "too long",
    b"./.": "no name",
    b"": "no name",
    b"\xff\xfe\xfd": "encoding",
}


@pytest.mark.parametrize("name", BAD_NAMES, ids=lambda name: repr(name[:16]))
def test_zip_slip_and_other_bad_names_are_refused(name: bytes, tmp_path: Path) -> None:
    entries = (Entry(name=name, flags=0x800), Entry(name=b"good"))
    contents = listed(tmp_path / "a.zip", hostile.make_zip(*entries))
    assert everything(contents) == {"good": b"{}"}
    ((told, why),) = contents.refused
    assert BAD_NAMES[name] in why
    assert told.isprintable()
    assert len(told) < 200


@pytest.mark.parametrize("name", ["../evil", "/abs", "a\\b", "C:/x", "a/../../b", "aux"])
def test_a_tar_s_bad_names_are_refused(name: str, tmp_path: Path) -> None:
    tar = hostile.make_tar(TarEntry(name=name), TarEntry(name="good"))
    contents = listed(tmp_path / "a.tar", tar)
    assert everything(contents) == {"good": b"{}"}
    assert len(contents.refused) == 1


@pytest.mark.parametrize(
    ("raw", "flags", "name"),
    [
        ("Jürgen Groß".encode(), 0, "Jürgen Groß"),
        ("Jürgen Groß".encode(), 0x800, "Jürgen Groß"),
        ("Jürgen".encode("cp437"), 0, "Jürgen"),
        ("Åsa Éluard".encode("cp437"), 0, "Åsa Éluard"),
        ("Müller".encode("cp1252"), 0, "Müller"),
        ("Žofia".encode("cp1252"), 0, "Äofia"),  # code page 437 by the book, and it fits
        ("Ελένη".encode(), 0, "Ελένη"),
    ],
)
def test_names_in_another_encoding_are_read_or_told(
    raw: bytes, flags: int, name: str, tmp_path: Path
) -> None:
    contents = listed(tmp_path / "a.zip", hostile.make_zip(Entry(name=raw, flags=flags)))
    assert [member.name for member in contents.members] == [name]
    guessed = [note for note in contents.notes if "encoding" in note]
    assert bool(guessed) == (flags == 0)
    assert all(name in note for note in guessed)


def test_a_zip_s_unicode_name_counts_if_it_belongs_to_the_name(tmp_path: Path) -> None:
    raw, right = b"Bj?rk", "Björk".encode()
    for crc, name in ((hostile.zlib.crc32(raw), "Björk"), (1, "Bj?rk")):
        data = b"\1" + crc.to_bytes(4, "little") + right
        extra = b"up" + len(data).to_bytes(2, "little") + data
        contents = listed(tmp_path / "a.zip", hostile.make_zip(Entry(name=raw, extra=extra)))
        assert [member.name for member in contents.members] == [name]
    data = b"\1" + hostile.zlib.crc32(raw).to_bytes(4, "little") + b"../evil"
    extra = b"up" + len(data).to_bytes(2, "little") + data
    contents = listed(tmp_path / "a.zip", hostile.make_zip(Entry(name=raw, extra=extra)))
    assert "leads out" in reasons(contents)["../evil"]


def test_a_tar_s_names_in_another_encoding_are_read(tmp_path: Path) -> None:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=tarfile.GNU_FORMAT, encoding="cp1252") as tar:
        tar.addfile(tarfile.TarInfo("Müller"))
    contents = listed(tmp_path / "a.tar", made.getvalue())
    assert [member.name for member in contents.members] == ["Müller"]
    assert "Müller" in contents.notes[0]


# ----------------------------------------------------------------------- what is no plain file

MODES = {0o120777: "a link", 0o010644: "a pipe", 0o020644: "a device", 0o140644: "a socket"}


@pytest.mark.parametrize("mode", MODES)
def test_a_zip_s_links_and_devices_are_refused(mode: int, tmp_path: Path) -> None:
    entries = (Entry(name=b"l", data=b"/etc/passwd", mode=mode), Entry(name=b"good"))
    contents = listed(tmp_path / "a.zip", hostile.make_zip(*entries))
    assert everything(contents) == {"good": b"{}"}
    assert MODES[mode] in reasons(contents)["l"]


@pytest.mark.parametrize(
    ("kind", "what"),
    [
        (tarfile.SYMTYPE, "a link"), (tarfile.LNKTYPE, "a hard link"),
        (tarfile.CHRTYPE, "a device"), (tarfile.BLKTYPE, "a device"), (tarfile.FIFOTYPE, "a pipe"),
    ],
)  # fmt: skip
def test_a_tar_s_links_and_devices_are_refused(kind: bytes, what: str, tmp_path: Path) -> None:
    bad = TarEntry(name="l", data=b"", fields={"type": kind, "linkname": "/etc/passwd"})
    tar = hostile.make_tar(TarEntry(name="a"), bad, TarEntry(name="good"))
    contents = listed(tmp_path / "a.tar", tar)
    assert everything(contents) == {"a": b"{}", "good": b"{}"}
    assert what in reasons(contents)["l"]


def test_a_folder_s_links_and_pipes_are_refused(tmp_path: Path) -> None:
    folder, secret = tmp_path / "in", tmp_path / "secret"
    (folder / "a").mkdir(parents=True)
    secret.mkdir()
    (secret / "s.ipynb").write_text("secret", encoding="utf-8")
    (folder / "a" / "good").write_text("{}", encoding="utf-8")
    (folder / "l").symlink_to(secret / "s.ipynb")
    (folder / "d").symlink_to(secret)
    os.mkfifo(folder / "p")
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(os.path.relpath(folder / "s"))
    listener.close()
    contents = listed(folder)
    assert everything(contents) == {"a/good": b"{}"}
    assert set(reasons(contents)) == {"l", "d", "p", "s"}


def test_a_file_that_becomes_a_link_is_not_followed(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a").write_text("{}", encoding="utf-8")
    (folder / "b").write_text("1234", encoding="utf-8")
    contents = listed(folder)
    (folder / "a").unlink()
    (folder / "a").symlink_to("/etc/passwd")
    (folder / "b").write_text("1", encoding="utf-8")
    found = everything(contents)
    assert all(isinstance(why, str) for why in found.values())
    assert "shrunk" in str(found["b"])


# ---------------------------------------------------------------------------------------- bombs


def test_an_overlapping_zip_bomb_is_refused_unopened(tmp_path: Path) -> None:
    names = [b"ada/%04d.ipynb" % number for number in range(1400)]
    bomb = hostile.overlapping_bomb(names, 9_000_000)  # each alone would be harmless
    path = tmp_path / "bomb.zip"
    path.write_bytes(bomb)
    with zipfile.ZipFile(path) as archive:
        assert sum(info.file_size for info in archive.infolist()) > 12_000_000_000
    assert len(bomb) < 250_000
    contents = listed(path)
    assert contents.members == ()
    assert "shares its bytes" in contents.refused[0].why


def test_entries_that_share_one_place_are_refused_and_others_are_not(tmp_path: Path) -> None:
    shared = [Entry(name=b"a", offset=0), Entry(name=b"b", offset=0, local_name=b"a")]
    contents = listed(tmp_path / "a.zip", hostile.make_zip(*shared, Entry(name=b"good")))
    assert everything(contents) == {"good": b"{}"}
    assert set(reasons(contents)) == {"a", "b"}


def test_a_member_that_packs_too_well_is_refused(tmp_path: Path) -> None:
    zeros = Entry(name=b"zeros", data=bytes(12_000_000), method=8)
    text = Entry(name=b"text", data=b"0123456789" * 400_000, method=8)
    contents = listed(tmp_path / "a.zip", hostile.make_zip(zeros, text))
    assert "zip bomb" in reasons(contents)["zeros"]
    assert [member.name for member in contents.members] == ["text"]


def test_a_size_that_lies_ends_the_reading(tmp_path: Path) -> None:
    bomb = Entry(name=b"bomb", data=bytes(50_000_000), method=8, size=10)
    contents = listed(tmp_path / "a.zip", hostile.make_zip(bomb, Entry(name=b"good")))
    taken: list[bytes] = []
    for member, pieces in read_members(contents, {0}):
        assert member.name == "bomb"
        with pytest.raises(BadMember, match="larger than"):
            taken.extend(pieces)
    assert taken == []
    assert everything(contents)["good"] == b"{}"


def test_sizes_and_counts_are_bounded(tmp_path: Path) -> None:
    zipped = hostile.make_zip(*(Entry(name=b"%d" % n, data=b"x" * n) for n in range(9)))
    tar = hostile.make_tar(*(TarEntry(name=f"{n}", data=b"x" * n) for n in range(9)))
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(9):
        (folder / f"{number}").write_bytes(b"x" * number)
    contents = [
        listed(tmp_path / "a.zip", zipped, file_bytes=3, members=6),
        listed(tmp_path / "a.tar", tar, file_bytes=3, members=6),
        listed(folder, file_bytes=3, members=6),
    ]
    for one in contents:
        assert [member.name for member in one.members] == ["0", "1", "2", "3"], one.kind
        assert any("more than" in why for why in reasons(one).values())
        assert any("6" in why for _, why in one.refused)


def test_a_tar_that_unpacks_without_end_is_left(tmp_path: Path) -> None:
    tar = hostile.make_tar(
        TarEntry(name="good"), TarEntry(name="zeros", data=bytes(3_000_000)), TarEntry(name="b"),
        mode="w:gz",
    )  # fmt: skip
    contents = listed(tmp_path / "a.tar.gz", tar, total_bytes=1_000_000)
    assert everything(contents)["good"] == b"{}"
    assert "GB" in contents.refused[-1].why
    assert "b" not in everything(contents)


def test_headers_that_ask_for_much_end_the_tar(tmp_path: Path) -> None:
    good = hostile.make_tar(TarEntry(name="good"))[:1024]
    long, pax = {"type": tarfile.GNUTYPE_LONGNAME}, {"type": tarfile.XHDTYPE}
    for data in (
        hostile.make_tar(TarEntry(name="x", data=bytes(2**20), fields=long)),
        hostile.make_tar(TarEntry(name="x", data=bytes(2**20), fields=pax)),
        hostile.make_tar(TarEntry(name="x", data=b"9" * 15_000, fields=pax)),
        hostile.make_tar(TarEntry(name="x", data=b"2 " * 30_000 + b"=", fields=pax)),
        hostile.negative_size(hostile.make_tar(TarEntry(name="x"))),
        hostile.make_tar(*(TarEntry(name="x", data=b"a\0", fields=long),) * 3000),
    ):
        begun = time.monotonic()
        contents = listed(tmp_path / "a.tar", good + data)
        assert everything(contents) == {"good": b"{}"}
        assert "damaged" in contents.refused[-1].why
        assert time.monotonic() - begun < 5


@pytest.mark.parametrize(
    "name", ["hw.zip", "a/HW.ZIP", "hw.tar.gz", "hw.tgz", "hw.7z", "hw.rar", "hw.tar", "hw.tar.xz"]
)
def test_nested_archives_are_not_opened(name: str, tmp_path: Path) -> None:
    inner = hostile.make_zip(Entry(name=b"p1.ipynb"))
    entries = (Entry(name=name.encode(), data=inner), Entry(name=b"data.csv.gz"))
    contents = listed(tmp_path / "a.zip", hostile.make_zip(*entries))
    assert everything(contents) == {"data.csv.gz": b"{}"}
    assert "archive inside" in reasons(contents)[name]


# ------------------------------------------------------------------------------ damaged archives


def test_encrypted_members_are_refused(tmp_path: Path) -> None:
    for flag in (1, 0x40, 0x2000):
        entries = (Entry(name=b"locked", flags=flag), Entry(name=b"good"))
        contents = listed(tmp_path / "a.zip", hostile.make_zip(*entries))
        assert everything(contents) == {"good": b"{}"}
        assert "password" in reasons(contents)["locked"]


def test_damaged_members_of_a_zip_are_told(tmp_path: Path) -> None:
    entries = (
        Entry(name=b"crc", crc=1),
        Entry(name=b"crc8", data=b"x" * 999, method=8, crc=1),
        Entry(name=b"short", size=99),
        Entry(name=b"garbage", data=b"\xff" * 50, method=0, size=50),
        Entry(name=b"names", local_name=b"other"),
        Entry(name=b"beyond", offset=2**31),
        Entry(name=b"good"),
    )
    found = everything(listed(tmp_path / "a.zip", hostile.make_zip(*entries)))
    assert found.pop("good") == b"{}"
    assert found.pop("garbage") == b"\xff" * 50
    assert all(isinstance(why, str) for why in found.values()), found
    assert "checksum" in str(found["crc"])
    assert "two different names" in str(found["names"])


def test_deflate_that_is_garbage_is_told(tmp_path: Path) -> None:
    good = hostile.make_zip(Entry(name=b"a", data=b"hello" * 99, method=8))
    at = good.index(b"a") + 1
    contents = listed(tmp_path / "a.zip", good[:at] + b"\xff" * 5 + good[at + 5 :])
    assert "damaged" in str(everything(contents)["a"])


def test_an_unknown_method_is_refused(tmp_path: Path) -> None:
    entries = (Entry(name=b"lzma", method=14), Entry(name=b"good"))
    contents = listed(tmp_path / "a.zip", hostile.make_zip(*entries))
    assert "method" in reasons(contents)["lzma"]
    assert everything(contents) == {"good": b"{}"}


def test_a_zip_that_is_cut_short_is_the_operators_to_mend(tmp_path: Path) -> None:
    data = hostile.make_zip(Entry(name=b"a", data=b"x" * 999), Entry(name=b"b"))
    for cut in (50, 500, len(data) - 30, len(data) - 1):
        with pytest.raises(CourseError, match="download it again"):
            listed(tmp_path / "a.zip", data[:cut])


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_a_tar_that_is_cut_short_keeps_what_came_before(mode: str, tmp_path: Path) -> None:
    data = hostile.make_tar(
        TarEntry(name="a", data=os.urandom(99_000)), TarEntry(name="b", data=os.urandom(99_000)),
        mode=mode,
    )  # fmt: skip
    contents = listed(tmp_path / "a.tar", data[: len(data) * 4 // 5])
    assert "download it again" in contents.refused[-1].why
    if mode != "w:bz2":  # whose blocks are larger than this archive
        found = everything(contents)
        assert isinstance(found["a"], bytes)
        assert not isinstance(found.get("b"), bytes)


def test_a_tar_that_breaks_off_between_members_is_told(tmp_path: Path) -> None:
    data = hostile.make_tar(TarEntry(name="a"), TarEntry(name="b"), TarEntry(name="c"))
    for damaged in (data[:2048], data[:2100], data[:2048] + b"garbage" * 300):
        contents = listed(tmp_path / "a.tar", damaged)
        assert list(everything(contents)) == ["a", "b"]
        assert "download it again" in contents.refused[-1].why


@pytest.mark.parametrize(
    "data",
    [b"", b"hello", b"\x1f\x8b" + b"x" * 99, b"PK\3\4", b"%PDF-1.7", bytes(2000),
     hostile.zlib.compress(b"x")],
)  # fmt: skip
def test_what_is_no_archive_is_the_operators_to_mend(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(data)
    fault = ""
    try:
        fault = " ".join(why for _, why in listed(path).refused)
    except CourseError as error:
        fault = str(error)
    assert fault
    assert "\n" not in fault


def test_a_gzipped_text_is_no_archive(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="not a tar"):
        listed(tmp_path / "a.tar.gz", gzip.compress(b"just a text" * 99))


def test_a_missing_path_and_a_pipe_are_the_operators_to_mend(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="No such file"):
        listed(tmp_path / "missing.zip")
    os.mkfifo(tmp_path / "pipe.zip")
    with pytest.raises(CourseError, match="no plain file"):
        listed(tmp_path / "pipe.zip")


SEEDS = [
    hostile.make_zip(Entry(name=b"a/b.ipynb"), Entry(name=b"\x81", data=b"x" * 99, method=8)),
    hostile.make_tar(TarEntry(name="a/b.ipynb"), TarEntry(name="b" * 150, data=b"x" * 900)),
    hostile.make_tar(TarEntry(name="a/b.ipynb"), mode="w:gz"),
    hostile.make_tar(TarEntry(name="a/b.ipynb"), mode="w:xz"),
]  # fmt: skip


@given(
    seed=st.sampled_from(SEEDS),
    changes=st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=9)), max_size=6),
    cut=st.floats(0.5, 1),
)
@settings(QUICK, max_examples=300)
def test_no_damage_makes_more_than_a_refusal(
    seed: bytes, changes: Sequence[tuple[float, bytes]], cut: float, tmp_path: Path
) -> None:
    data = bytearray(seed)
    for where, new in changes:
        at = int(where * len(data))
        data[at : at + len(new)] = new
    path = tmp_path / "a.bin"
    path.write_bytes(bytes(data[: int(cut * len(data))]))
    try:
        contents = listed(path)
    except CourseError:
        return
    for member, pieces in read_members(contents, {m.number for m in contents.members}):
        assert not why_unsafe_path(member.name)
        with contextlib.suppress(BadMember):
            assert sum(map(len, pieces)) == member.size

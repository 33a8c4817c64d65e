"""Zip packages and directories as the tar archives that an engine unpacks."""

from __future__ import annotations

import stat
import tarfile
import zipfile
from pathlib import Path

import pytest

from vartask.verify.packages import BadPackage, Package, pack


def packed(package: Package, directory: Path) -> dict[str, tarfile.TarInfo]:
    archive = directory / "packed.tar"
    pack(package, archive)
    with tarfile.open(archive) as opened:
        return {member.name: member for member in opened.getmembers()}


def zipped(path: Path, *members: tuple[str, int, str]) -> Path:
    """A zip archive of names with their whole ``st_mode`` and contents."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, mode, content in members:
            info = zipfile.ZipInfo(name)
            info.external_attr = mode << 16 | 0x20  # DOS's "archive" bit, as tools on Windows write it alone
            archive.writestr(info, content)
    return path


def test_an_archive_keeps_the_modes_that_it_records(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "a.zip", ("secret.py", 0o100600, ""), ("d/open.py", 0o100644, ""), ("plain.py", 0, ""))
    modes = {name: member.mode for name, member in packed(Package(archive), tmp_path).items()}
    assert modes == {"secret.py": 0o600, "d": 0o755, "d/open.py": 0o644, "plain.py": 0o644}


def test_an_archive_keeps_its_links_and_empty_directories(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "a.zip", ("l", 0o120777, "../etc/passwd"), ("empty/", 0o40750, ""))
    found = packed(Package(archive), tmp_path)
    assert found["l"].issym()
    assert found["l"].linkname == "../etc/passwd"
    assert (found["empty"].isdir(), found["empty"].mode) == (True, 0o750)


@pytest.mark.parametrize("name", ["../outside.py", "/etc/outside.py", "a/../../outside.py"])
def test_a_path_that_leads_out_of_an_archive_is_refused(tmp_path: Path, name: str) -> None:
    archive = zipped(tmp_path / "a.zip", (name, 0o100644, ""))
    with pytest.raises(BadPackage, match="leads out of it") as caught:
        pack(Package(archive), tmp_path / "packed.tar")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no archive", b"<html>not found</html>"])
def test_a_broken_archive_is_one_line(tmp_path: Path, content: bytes) -> None:
    archive = tmp_path / "a.zip"
    archive.write_bytes(content)
    with pytest.raises(BadPackage, match=r"a\.zip cannot be read as a zip archive: ") as caught:
        pack(Package(archive), tmp_path / "packed.tar")
    assert "\n" not in str(caught.value)


def test_a_damaged_member_is_one_line(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "a.zip", ("app.py", 0o100644, "x = 1\n" * 20))
    archive.write_bytes(archive.read_bytes().replace(b"x = 1", b"x = 2", 1))
    with pytest.raises(BadPackage, match="Bad CRC-32"):
        pack(Package(archive), tmp_path / "packed.tar")


def test_of_a_directory_the_files_are_packed_and_links_are_followed(tmp_path: Path) -> None:
    source = tmp_path / "src"
    (source / "pkg").mkdir(parents=True)
    (source / "empty").mkdir()
    (source / "pkg/a.py").write_text("A = 1\n")
    (source / ".dockerignore").write_text("*\n")
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared/s.py").write_text("S = 1\n")
    (source / "shared").symlink_to(tmp_path / "shared")
    (source / "gone").symlink_to("nowhere")
    (source / "pkg/a.py").chmod(0o640)
    found = packed(Package(source), tmp_path)
    assert sorted(found) == [".dockerignore", "gone", "pkg", "pkg/a.py", "shared", "shared/s.py"]
    assert found["shared/s.py"].isfile()
    assert found["gone"].issym()
    assert found["pkg/a.py"].mode == 0o640
    assert {(member.uid, member.gid) for member in found.values()} == {(0, 0)}


def test_a_tool_that_makes_files_readable_does_so(tmp_path: Path) -> None:
    source = tmp_path / "src"
    source.mkdir()
    (source / "a.py").write_text("")
    (source / "a.py").chmod(0o700)
    assert stat.S_IMODE(packed(Package(source, readable=True), tmp_path)["a.py"].mode) == 0o744


def test_a_link_to_its_own_directory_is_one_line(tmp_path: Path) -> None:
    source = tmp_path / "src"
    source.mkdir()
    (source / "again").symlink_to(".")
    with pytest.raises(BadPackage, match="a symbolic link to a directory that contains it"):
        pack(Package(source), tmp_path / "packed.tar")


def test_what_is_gone_meanwhile_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(BadPackage, match=r"gone: No such file or directory"):
        pack(Package(tmp_path / "gone"), tmp_path / "packed.tar")


def test_code_of_a_definition_is_a_file(tmp_path: Path) -> None:
    assert packed(Package(Path("index.py"), texts=(("index.py", "x = 'ä'\n"),)), tmp_path)["index.py"].size == 9


def test_an_empty_package_has_no_member(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    assert not pack(Package(tmp_path / "src"), tmp_path / "packed.tar")

"""Output files replace only files of this package, and are written completely or not at all."""

from __future__ import annotations

import os
import resource
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pytest_lightsail import ConfigurationError
from pytest_lightsail.output_files import check_output, write_output
from tests.recording.conftest import Run

OURS = '{"generator": "pytest-lightsail"}'


@pytest.mark.parametrize(
    "text",
    [
        "",
        OURS,
        '{"generator": "pytest-lightsail 0.1.0", "rest": [',
    ],
)
def test_an_empty_file_or_a_file_written_by_the_package_is_replaced(
    tmp_path: Path, text: str
) -> None:
    path = tmp_path / "file"
    path.write_text(text)
    write_output(path, "new")
    assert path.read_text() == "new"


@pytest.mark.parametrize(
    "text", ["def test_shop(): pass", '{"generator": "pytest-lightsaber"}', "{}"]
)
def test_a_file_written_by_another_program_is_not_replaced(tmp_path: Path, text: str) -> None:
    path = tmp_path / "file"
    path.write_text(text)
    with pytest.raises(ConfigurationError, match="was not written by pytest-lightsail"):
        write_output(path, "new")
    assert path.read_text() == text


def test_a_directory_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="is a directory, not a file"):
        check_output(tmp_path)


def test_missing_parent_directories_are_created(tmp_path: Path) -> None:
    write_output(tmp_path / "a" / "b" / "file", "new")
    assert (tmp_path / "a" / "b" / "file").read_text() == "new"


def test_a_symbolic_link_is_followed(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_text(OURS)
    link.symlink_to(target)
    write_output(link, "new")
    assert link.is_symlink()
    assert target.read_text() == "new"


def test_a_dangling_symbolic_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "target")
    write_output(tmp_path / "link", "new")
    assert (tmp_path / "target").read_text() == "new"


def test_a_device_is_written_to_and_not_replaced() -> None:
    write_output(Path(os.devnull), "new")
    assert stat.S_ISCHR(Path(os.devnull).stat().st_mode)


def test_a_pipe_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    reading = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write_output(path, "new")
        assert os.read(reading, 10) == b"new"
    finally:
        os.close(reading)
    assert path.is_fifo()


def test_the_permissions_of_a_file_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text(OURS)
    path.chmod(0o640)
    write_output(path, "new")
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


@contextmanager
def file_size_limit(size: int) -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_failed_write_leaves_the_old_file_unchanged(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text(OURS)
    with file_size_limit(100), pytest.raises(OSError, match="File too large"):
        write_output(path, "x" * 1000)
    assert [each.name for each in tmp_path.iterdir()] == ["file"]
    assert path.read_text() == OURS


TEST = "def test_shop(lightsail_client): print('a test ran'); lightsail_client.get_container_services()"


@pytest.mark.parametrize(
    "flag",
    [
        "--lightsail-contract={}",
        "--lightsail-cov-report=json:{}",
    ],
)
def test_the_run_is_refused_if_an_output_would_replace_a_source_file(
    run: Run, pytester: pytest.Pytester, flag: str
) -> None:
    source = pytester.makepyfile(TEST)
    result = run("--lightsail-cov", flag.format(source.name), "-s")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    name = flag.partition("=")[0]
    result.stderr.fnmatch_lines(
        [f"ERROR: {name}: *{source.name} already exists and was not written by *"]
    )
    result.stdout.no_fnmatch_line("*a test ran*")
    assert source.read_text().strip() == TEST


def test_an_empty_contract_path_is_refused(run: Run) -> None:
    assert run("--lightsail-contract=").ret == pytest.ExitCode.USAGE_ERROR


def test_a_report_without_a_path_is_written_to_the_default_file(
    run: Run, pytester: pytest.Pytester
) -> None:
    run("--lightsail-cov", "--lightsail-cov-report=json")
    assert (pytester.path / "lightsail-coverage.json").is_file()


def test_a_contract_can_be_written_to_a_device(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(TEST)
    run("--lightsail-contract=/dev/null").assert_outcomes(passed=1)
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)

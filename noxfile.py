"""The suite on every Python and on the oldest and the newest releases of what it stands on.

``nox`` runs all; ``nox --list`` names them; ``nox -s oldest`` runs one. A Python that is not there is
skipped, so say ``--error-on-missing-interpreters`` where none may be.
"""

import shutil
import tarfile
from pathlib import Path

import nox

PYTHONS = ["3.10", "3.11", "3.12", "3.13", "3.14"]
BOUNDS = ".ci/oldest.txt"
"""The lower bounds of ``pyproject.toml``, one a line."""
ELSEWHERE = [
    # What the documentation shows, and other programs over HTTP, have their turn with the newest.
    "tests/documentation",
    "examples/shell",
    "tests/server/test_aws_cli.py",
    "tests/server/test_javascript.py",
    "tests/server/test_page_asks.py",
    "tests/server/test_page_in_browser.py",
]

nox.options.default_venv_backend = "venv"
nox.options.reuse_existing_virtualenvs = True


def suite(session: nox.Session, *arguments: str) -> None:
    """The whole suite, in parallel."""
    run = ["python", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", "2"]
    session.run(*run, "--dist", "worksteal", *arguments, *session.posargs)


def without_elsewhere() -> list[str]:
    """The arguments that leave out what has its turn elsewhere."""
    return [argument for path in ELSEWHERE for argument in ("--ignore", path)]


@nox.session(python=PYTHONS)
def newest(session: nox.Session) -> None:
    """The newest releases."""
    session.install("--upgrade", "--editable", ".[dev]")
    suite(session)


@nox.session(python=PYTHONS[0])
def oldest(session: nox.Session) -> None:
    """The oldest releases together, on the oldest Python."""
    session.install("--editable", ".", "--constraint", BOUNDS, "--requirement", BOUNDS)
    suite(session, *without_elsewhere())


@nox.session(python=PYTHONS[0])
@nox.parametrize("package", ["botocore", "pytest", "hypothesis"])
def oldest_of(session: nox.Session, package: str) -> None:
    """The oldest release of one package with the newest of the others."""
    session.install("--upgrade", "--editable", ".[dev]")
    session.install(*bounds_of(package))
    suite(session, *without_elsewhere())


@nox.session
def package(session: nox.Session) -> None:
    """What is to be uploaded: well formed, and the same wheel from the sdist as from the tree."""
    session.install("build", "check-wheel-contents", "twine")
    folder = Path(session.create_tmp())
    shutil.rmtree(folder)
    session.run("python", "-m", "build", "--outdir", str(folder), ".")
    (sdist,), (wheel,) = folder.glob("*.tar.gz"), folder.glob("*.whl")
    session.run("twine", "check", "--strict", str(sdist), str(wheel))
    session.run("check-wheel-contents", str(wheel))
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    tree = str(sdist).removesuffix(".tar.gz")
    session.run("python", "-m", "build", "--wheel", "--outdir", str(folder / "again"), tree)
    (again,) = (folder / "again").glob("*.whl")
    if again.read_bytes() != wheel.read_bytes():
        session.error("the sdist builds another wheel than the tree")


def bounds_of(package: str) -> list[str]:
    """The lower bounds of a package and of those that follow its releases."""
    together = {"botocore": {"botocore", "boto3"}, "pytest": {"pytest", "pytest-asyncio"}}
    pins = [line for line in Path(BOUNDS).read_text().splitlines() if "==" in line]
    return [pin for pin in pins if pin.partition("==")[0] in together.get(package, {package})]

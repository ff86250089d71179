"""Run the test suite on each Python version, with the oldest and the newest dependencies.

``nox`` runs all sessions, ``nox --list`` lists them, and ``nox -s oldest`` runs one of them. A Python
version that is not installed is skipped, unless you pass ``--error-on-missing-interpreters``.
"""

import shutil
import tarfile
from pathlib import Path

import nox

PYTHONS = ["3.10", "3.11", "3.12", "3.13", "3.14"]
BOUNDS = ".ci/oldest.txt"
"""A requirements file with the lower bounds of ``pyproject.toml``."""
ONLY_WITH_NEWEST = [
    # The examples of the documentation and the programs in other languages.
    "tests/documentation",
    "examples/shell",
    "tests/server/test_aws_cli.py",
    "tests/server/test_javascript.py",
    "tests/server/test_page_requests.py",
    "tests/server/test_page_in_browser.py",
]

nox.options.default_venv_backend = "venv"
nox.options.reuse_existing_virtualenvs = True


def suite(session: nox.Session, *arguments: str) -> None:
    """Run the test suite in parallel."""
    run = ["python", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", "2"]
    session.run(*run, "--dist", "worksteal", *arguments, *session.posargs)


def ignored() -> list[str]:
    """Return the arguments that skip the tests that run only with the newest releases."""
    return [argument for path in ONLY_WITH_NEWEST for argument in ("--ignore", path)]


@nox.session(python=PYTHONS)
def newest(session: nox.Session) -> None:
    """Test with the newest releases."""
    session.install("--upgrade", "--editable", ".[dev]")
    suite(session)


@nox.session(python=PYTHONS[0])
def oldest(session: nox.Session) -> None:
    """Test with the oldest releases of all dependencies, on the oldest Python version."""
    session.install("--editable", ".", "--constraint", BOUNDS, "--requirement", BOUNDS)
    suite(session, *ignored())


@nox.session(python=PYTHONS[0])
@nox.parametrize("package", ["botocore", "pytest", "hypothesis"])
def oldest_of(session: nox.Session, package: str) -> None:
    """Test with the oldest release of one package and the newest releases of the others."""
    session.install("--upgrade", "--editable", ".[dev]")
    session.install(*bounds_of(package))
    suite(session, *ignored())


@nox.session
def package(session: nox.Session) -> None:
    """Check the packages, and check that the sdist builds the same wheel as the repository."""
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
        session.error("the sdist and the repository build different wheels")


def bounds_of(package: str) -> list[str]:
    """Return the lower bounds of a package and of the packages that depend on its version."""
    together = {"botocore": {"botocore", "boto3"}, "pytest": {"pytest", "pytest-asyncio"}}
    pins = [line for line in Path(BOUNDS).read_text().splitlines() if "==" in line]
    return [pin for pin in pins if pin.partition("==")[0] in together.get(package, {package})]

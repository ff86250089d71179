"""Measure how many of cosmic-ray's mutants of the package the tests kill.

    python .ci/mutation.py FOLDER [--sample 600] [--seed 1] [--workers 2]

The script works in clones of the last commit, which it keeps in FOLDER. A second run continues where the
first stopped. Without `--sample`, all mutants are tested. For each mutant, the script runs the tests that
are named after the changed module and then the tests that run the changed lines, according to
pytest-testmon. `--again tests/reporting` tests the survivors with other tests. The script needs the `dev`
extra of this package and `pip install cosmic-ray pytest-testmon`.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import shutil
import sqlite3
import subprocess
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path

from cosmic_ray.work_db import WorkDB, use_db
from cosmic_ray.work_item import WorkerOutcome, WorkItem, WorkResult

ROOT = Path(__file__).parent.parent
CONFIG = ROOT / ".ci" / "mutation.toml"
ROOMS = ("model", "simulator", "simulation", "strategies", "verification")
TESTS = [f"tests/{name}" for name in ROOMS]
PYTEST = f"{sys.executable} -m pytest -q -x --timeout 120"
SOME_OR_ALL = f"""
own=$(git diff --name-only -- pytest_lightsail | sed 's|^pytest_lightsail/\\(.*/\\)|tests/\\1test_|')
if [ -f "$own" ]; then {PYTEST} "$own" || exit; fi
{PYTEST} {" ".join(TESTS)} --testmon-nocollect >tests.log
code=$?
cat tests.log
# If no tests ran, the exit code is 0. Then run all tests, because the changed lines may run at import.
grep -q 'no tests ran' tests.log || exit $code
{PYTEST} {" ".join(TESTS)}
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument(
        "--sample", type=int, metavar="N", help="test only N mutants, chosen by the seed"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument(
        "--again",
        nargs="+",
        metavar="TESTS",
        help="test the survivors with these tests of the last commit",
    )
    arguments = parser.parse_args()
    folder: Path = arguments.folder.resolve()
    clones = [folder / f"clone-{number}" for number in range(arguments.workers)]
    if not folder.exists():
        prepare(folder, clones, arguments.sample, random.Random(arguments.seed))
    for clone in clones if arguments.again else ():
        revive(clone, arguments.again)
    running = [start(clone) for clone in clones]
    if any(process.wait() for process in running):
        raise SystemExit("a worker failed: see above")
    report(clones)


def prepare(folder: Path, clones: list[Path], sample: int | None, rng: random.Random) -> None:
    """Create the clones, record which test runs which line, and divide the mutants among the clones."""
    base = clones[0]
    run(folder.parent, "git", "clone", "--quiet", str(ROOT), str(base))
    test = [sys.executable, "-m", "pytest", "--quiet", "--testmon", "-n", str(len(clones))]
    run(base, *test, *TESTS)
    session = base / "session.sqlite"
    run(base, script("cosmic-ray"), "init", str(CONFIG), str(session))
    run(base, script("cr-filter-operators"), str(session), str(CONFIG))
    with use_db(session, WorkDB.Mode.open) as database:
        pending = [item for item in database.pending_work_items if not unnoticeable(base, item)]
    jobs = sorted(pending, key=lambda item: str(item.mutations[0]))
    print(f"{len(jobs)} mutants", flush=True)
    chosen = rng.sample(jobs, min(sample or len(jobs), len(jobs)))
    for clone in clones[1:]:
        shutil.copytree(base, clone)
    for number, clone in enumerate(clones):
        mine = {item.job_id for item in chosen[number :: len(clones)]}
        with use_db(clone / "session.sqlite", WorkDB.Mode.open) as database:
            for item in list(database.pending_work_items):
                if item.job_id not in mine:
                    skipped = WorkResult(WorkerOutcome.SKIPPED, output="not in the sample")
                    database.set_result(item.job_id, skipped)
        write_tests(clone, SOME_OR_ALL)


def unnoticeable(clone: Path, item: WorkItem) -> bool:
    """Return whether a mutant changes only a cache size, an import for types, or an order of names."""
    mutation = item.mutations[0]
    lines = (clone / mutation.module_path).read_text().splitlines()
    changed = lines[mutation.start_pos[0] - 1 : mutation.end_pos[0]]
    if any(line.lstrip().startswith(("@lru_cache", "if TYPE_CHECKING")) for line in changed):
        return True
    ordered = mutation.operator_name.endswith(("Eq_LtE", "Eq_GtE", "NotEq_Lt", "NotEq_Gt"))
    return ordered and any(re.search('[!=]= f?"', line) for line in changed)


def revive(clone: Path, tests: list[str]) -> None:
    """Mark the survivors as not tested."""
    run(clone, "git", "fetch", "--quiet", str(ROOT), "HEAD")
    run(clone, "git", "checkout", "--quiet", "FETCH_HEAD", "--", "tests")
    with closing(sqlite3.connect(clone / "session.sqlite")) as database, database:
        database.execute("delete from work_results where test_outcome = 'SURVIVED'")
    write_tests(clone, f"{PYTEST} {' '.join(tests)}")


def write_tests(clone: Path, commands: str) -> None:
    """Write the script that tests a mutant.

    cosmic-ray disables bytecode files, because two mutants of a file within one second would share one.
    Here, each mutant takes longer than a second, and compiling the tests takes as long as running them.
    """
    (clone / "tests.sh").write_text(f"unset PYTHONDONTWRITEBYTECODE\n{commands}\n")
    command = "[cosmic-ray]\ntest-command = 'sh tests.sh'\n"
    content = CONFIG.read_text().replace("[cosmic-ray]\n", command, 1)
    (clone / "mutation.toml").write_text(content)


def start(clone: Path) -> subprocess.Popen[bytes]:
    command = [script("cosmic-ray"), "exec", "mutation.toml", "session.sqlite"]
    return subprocess.Popen(command, cwd=clone, env=environment(clone))  # noqa: S603


def report(clones: list[Path]) -> None:
    """Print every survivor with its change, and then the counts for each package."""
    killed: Counter[str] = Counter()
    survived: Counter[str] = Counter()
    endless = 0
    for clone in clones:
        with use_db(clone / "session.sqlite", WorkDB.Mode.open) as database:
            outcomes = dict(database.results)
            for item in database.work_items:
                result = outcomes.get(item.job_id)
                if result is None or result.worker_outcome is WorkerOutcome.SKIPPED:
                    continue
                mutation = item.mutations[0]
                package = mutation.module_path.parts[1]
                endless += result.output == "timeout"
                (killed if result.is_killed else survived)[package] += 1
                if not result.is_killed:
                    place = f"{mutation.module_path}:{mutation.start_pos[0]}"
                    print(f"survived: {place} {mutation.operator_name}\n{result.diff}\n")
    for package in sorted(killed | survived):
        all_of_it = killed[package] + survived[package]
        print(
            f"{package}: {killed[package]} of {all_of_it} killed, {killed[package] / all_of_it:.1%}"
        )
    total = killed.total() + survived.total()
    print(
        f"all: {killed.total()} of {total} killed, {killed.total() / total:.1%}, {endless} by time"
    )


def run(cwd: Path, *command: str) -> None:
    cwd.mkdir(parents=True, exist_ok=True)
    subprocess.run(command, check=True, cwd=cwd, env=environment(cwd))  # noqa: S603


def environment(clone: Path) -> dict[str, str]:
    """Return an environment in which Python imports the package from the clone."""
    return {**os.environ, "PYTHONPATH": str(clone)}


def script(name: str) -> str:
    return str(Path(sys.executable).parent / name)


if __name__ == "__main__":
    main()

"""How many of the small changes that cosmic-ray makes to the code do the tests notice?

    python .ci/mutation.py FOLDER [--sample 600] [--seed 1] [--workers 2]

Works in clones of the last commit under FOLDER, which is kept: run again, it goes on where it stopped.
Without a sample it takes every mutant. First come the tests that have the name of the changed module,
then, among those nearest to it, the ones that pytest-testmon knows to run the changed code;
`--again tests/reporting` tries the survivors on others. Needs `pip install cosmic-ray pytest-testmon`
beside the package's own `dev`.
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
# The exit code of no tests says that all is well. The lines may run as soon as they are imported.
grep -q 'no tests ran' tests.log || exit $code
{PYTEST} {" ".join(TESTS)}
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument(
        "--sample", type=int, metavar="N", help="so many mutants, chosen by the seed"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument(
        "--again",
        nargs="+",
        metavar="TESTS",
        help="try survivors on these tests of the last commit",
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
        raise SystemExit("a worker has failed: see above")
    report(clones)


def prepare(folder: Path, clones: list[Path], sample: int | None, rng: random.Random) -> None:
    """Clones that know which test runs which line, and which mutants are theirs."""
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
    """Whether a mutant is another size of a cache, an import for types, or an order of names."""
    mutation = item.mutations[0]
    lines = (clone / mutation.module_path).read_text().splitlines()
    changed = lines[mutation.start_pos[0] - 1 : mutation.end_pos[0]]
    if any(line.lstrip().startswith(("@lru_cache", "if TYPE_CHECKING")) for line in changed):
        return True
    ordered = mutation.operator_name.endswith(("Eq_LtE", "Eq_GtE", "NotEq_Lt", "NotEq_Gt"))
    return ordered and any(re.search('[!=]= f?"', line) for line in changed)


def revive(clone: Path, tests: list[str]) -> None:
    """Survivors have their outcome to come once more."""
    run(clone, "git", "fetch", "--quiet", str(ROOT), "HEAD")
    run(clone, "git", "checkout", "--quiet", "FETCH_HEAD", "--", "tests")
    with closing(sqlite3.connect(clone / "session.sqlite")) as database, database:
        database.execute("delete from work_results where test_outcome = 'SURVIVED'")
    write_tests(clone, f"{PYTEST} {' '.join(tests)}")


def write_tests(clone: Path, commands: str) -> None:
    """What is run for each mutant.

    cosmic-ray would have no bytecode kept, for fear of two mutants of one file within a second; but one
    takes longer than that, and to compile the tests anew takes as long as to run them.
    """
    (clone / "tests.sh").write_text(f"unset PYTHONDONTWRITEBYTECODE\n{commands}\n")
    command = "[cosmic-ray]\ntest-command = 'sh tests.sh'\n"
    content = CONFIG.read_text().replace("[cosmic-ray]\n", command, 1)
    (clone / "mutation.toml").write_text(content)


def start(clone: Path) -> subprocess.Popen[bytes]:
    command = [script("cosmic-ray"), "exec", "mutation.toml", "session.sqlite"]
    return subprocess.Popen(command, cwd=clone, env=environment(clone))  # noqa: S603


def report(clones: list[Path]) -> None:
    """Counts by package, then every survivor with its change."""
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
    """The clone's package comes before the one that is installed."""
    return {**os.environ, "PYTHONPATH": str(clone)}


def script(name: str) -> str:
    return str(Path(sys.executable).parent / name)


if __name__ == "__main__":
    main()

"""Run all benchmarks, and write one table of ratios.

    python benchmarks/table.py [--quick] [--write docs/quality.md]

Each row compares our time with a baseline from the same run. Batches of both kinds alternate, and the
table shows the medians. This needs `pip install 'moto[server]'`. The benchmark of generation creates its
own environment in `.venv-generation`, because `from_schema` crashes with newer releases of Hypothesis.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import venv
from pathlib import Path

from measuring import Comparison, machine, seconds
from peers import compare_calls, compare_set_up
from scale import compare_services, compare_threads
from server import compare_servers
from validation import compare_validators

ROOT = Path(__file__).parent.parent
GENERATION = ROOT / ".venv-generation"
PINS = ("hypothesis==6.170.9", "hypothesis-jsonschema==0.23.1")
HEAD = ("measured", "compared with", "ours", "theirs", "ratio", "goal")
MARKS = ("<!-- benchmarks -->", "<!-- /benchmarks -->")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--quick", action="store_true", help="measure few batches, for rough figures"
    )
    parser.add_argument(
        "--write",
        type=Path,
        nargs="+",
        default=[],
        metavar="FILE",
        help="write the table between the marks in this file",
    )
    arguments = parser.parse_args()
    batches = 4 if arguments.quick else 24
    rows = []
    for measure in (
        compare_calls,
        compare_set_up,
        compare_loading,
        compare_validators,
        compare_generators,
        compare_servers,
        compare_services,
        compare_threads,
        compare_suites,
    ):
        for comparison in measure(batches):
            print(comparison, file=sys.stderr)
            rows.append(comparison.row)
    text = f"{machine()}; medians from `python benchmarks/table.py`:\n\n{table([HEAD, *rows])}"
    print(text)
    for path in arguments.write:
        put(path, text)


def table(rows: list[tuple[str, ...]]) -> str:
    lines = [f"| {' | '.join(cells)} |" for cells in rows]
    return "\n".join([lines[0], "|---" * len(rows[0]) + "|", *lines[1:]])


def put(path: Path, text: str) -> None:
    """Replace the text between the marks of a file."""
    begin, end = map(re.escape, MARKS)
    document = path.read_text()
    found = re.search(rf"{begin}\n.*?{end}", document, flags=re.DOTALL)
    if found is None:
        raise SystemExit(f"{path} has no {MARKS[0]} … {MARKS[1]}")
    path.write_text(document.replace(found[0], f"{MARKS[0]}\n{text}\n{MARKS[1]}"))


def compare_loading(batches: int) -> list[Comparison]:
    """Compare starting pytest with and without our plugin. A ratio of 1.08 is about 10 ms."""
    loading = Comparison(
        "starting pytest with the plugin", "starting pytest without it", "ms", at_most=1.08
    )
    for _ in range(batches):
        loading.add(*(interpreter(code) for code in ("import pytest_lightsail.plugin", "")))
    return [loading]


def interpreter(code: str) -> float:
    command = [sys.executable, "-c", f"import pytest\n{code}"]
    # Installed packages already have bytecode files.
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}
    return seconds(lambda: subprocess.run(command, check=True, env=environment)) * 1e3  # noqa: S603


def compare_generators(batches: int) -> list[Comparison]:
    """Compare the generation of whole requests, in a separate environment."""
    python = GENERATION / "bin" / "python"
    if not python.exists():
        venv.create(GENERATION, with_pip=True)
        install = [python, "-m", "pip", "install", "--quiet", "--editable", ROOT, *PINS]
        subprocess.run(install, check=True)  # noqa: S603
    command = [python, ROOT / "benchmarks" / "generation.py", "--json", "--repeats", str(batches)]
    shown = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout  # noqa: S603
    made = Comparison(
        "drawing a whole request", "`hypothesis_jsonschema.from_schema`", "ms", at_least=5
    )
    for ours, theirs in json.loads(shown):
        made.add(ours, theirs)
    return [made]


def compare_suites(batches: int) -> list[Comparison]:
    """Compare the tests of the example project in two processes and in one."""
    suite = Comparison(
        "the tests of `examples/release` with `-n 2`", "the same tests with `-n 1`", "s"
    )
    for _ in range(max(2, batches // 8)):
        suite.add(run_example("2"), run_example("1"))
    return [suite]


def run_example(processes: str) -> float:
    folder = ROOT / "examples" / "release"
    command = [sys.executable, "-m", "pytest", "-q", "-n", processes, "-p", "no:cacheprovider"]
    return seconds(
        lambda: subprocess.run(  # noqa: S603
            [*command, folder], check=True, cwd=ROOT, stdout=subprocess.DEVNULL
        )
    )


if __name__ == "__main__":
    main()

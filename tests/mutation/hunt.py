#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Breaks one rule or check at a time, and reports which test or seed notices.

Example: hunt.py build/mutants --only certificate.cc

hunt.py BUILD [--only TEXT]... [--seeds N] [--list]
  BUILD        a build with the preset `mutants`
  --only TEXT  only those whose name contains it; may be given several times
  --seeds N    how many seeds of the simulator a rule of consensus may take to be caught (default 100)
  --list       print the names and end
Ends with 0 when every mutant is caught or known to be harmless, 1 when one survives or checks.toml is wrong of one, 2 on wrong usage.
"""

import argparse
import concurrent.futures
import os
import re
import subprocess
import sys
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

import switches

ROOT = Path(__file__).resolve().parents[2]
TABLE = Path(__file__).with_name("checks.toml")
ENGINE_TEST = "node_consensus_engine_test"
LIMIT_S = 900


@dataclass
class Mutant:
    name: str
    tests: list[str]
    rule: str = ""
    together: list[str] = field(default_factory=list)


class Programs:
    """The test programs of a build, found by name."""

    def __init__(self, build: Path) -> None:
        self.build = build
        self.found: dict[str, Path] = {}

    def path(self, name: str) -> Path:
        if name not in self.found:
            paths = [path for path in (self.build / "tests").rglob(name) if path.is_file()]
            if len(paths) != 1:
                sys.exit(f"hunt.py: {self.build} has {len(paths)} programs called {name}: build it with tests/mutants")
            self.found[name] = paths[0]
        return self.found[name]

    def fails(self, name: str, arguments: list[str], settings: dict[str, str]) -> tuple[bool, str]:
        """Whether the program fails with these settings, and what it prints."""
        try:
            result = subprocess.run([self.path(name), *arguments], cwd=ROOT, env={**os.environ, **settings}, timeout=LIMIT_S,
                                    capture_output=True, text=True, errors="replace", check=False)
        except subprocess.TimeoutExpired:
            return True, "it does not end"
        return result.returncode != 0, result.stdout + result.stderr


def failing_case(output: str) -> str:
    found = re.search(r"^\[  FAILED  \] ([\w./]+)", output, re.MULTILINE) or re.search(r"^\[ RUN +\] ([\w./]+)\n(?!\[ +OK)", output, re.MULTILINE)
    return found.group(1) if found else "ends early"


def unit_test_that_fails(programs: Programs, mutant: Mutant, settings: dict[str, str]) -> str:
    for test in mutant.tests:
        failed, output = programs.fails(test, ["--gtest_brief=1", "--gtest_fail_fast"], settings)
        if failed:
            return f"{test}: {failing_case(output)}"
    return ""


def caught_by(programs: Programs, mutant: Mutant, seeds: int) -> str:
    """The seed and the test that notice; empty where none does."""
    if not mutant.rule:
        return unit_test_that_fails(programs, mutant, {"CAUSEWAY_MUTANT": mutant.name})
    notices = []
    without = [mutant.rule, *mutant.together]
    arguments = ["--seeds", f"1-{seeds}", "--caught"]
    for rule in without:
        arguments += ["--without", rule]
    missed, output = programs.fails("causeway_simulate", arguments, {})
    seed = re.search(r"^caught by (seed \d+)", output, re.MULTILINE)
    if not missed and seed:
        notices.append(seed.group(1))
    unit = unit_test_that_fails(programs, mutant, {"CAUSEWAY_WITHOUT": " ".join(without)})
    if unit:
        notices.append(unit)
    return ", ".join(notices)


def mutants_of(programs: Programs, table: dict) -> list[Mutant]:
    _, names = programs.fails("causeway_simulate", ["--seeds", "1", "--without", "list"], {})
    rules = [name for name in names.split() if re.fullmatch(r"[a-z]+(-[a-z]+)+", name)]
    mutants = [Mutant(f"consensus {rule}", [ENGINE_TEST], rule, table["together"].get(rule, [])) for rule in rules]
    for checked in table["checked"]:
        for path in checked["sources"]:
            mutants += [Mutant(name, checked["tests"]) for name in switches.read(ROOT, path).names]
    return mutants


def hunt(programs: Programs, mutants: list[Mutant], seeds: int, harmless: dict[str, str]) -> int:
    for test in sorted({test for mutant in mutants for test in mutant.tests}):
        failed, output = programs.fails(test, ["--gtest_brief=1"], {})
        if failed:
            print(f"{test} fails with every rule on: {failing_case(output)}")
            return 1
    counts = {"caught": 0, "harmless": 0, "SURVIVES": 0, "NOT HARMLESS": 0}
    with concurrent.futures.ThreadPoolExecutor(int(os.environ.get("CAUSEWAY_JOBS", os.cpu_count() or 1))) as pool:
        for mutant, by in zip(mutants, pool.map(lambda one: caught_by(programs, one, seeds), mutants)):
            known = harmless.get(mutant.name)
            outcome = ("NOT HARMLESS" if known else "caught") if by else "harmless" if known else "SURVIVES"
            counts[outcome] += 1
            together = f" (with {', '.join(mutant.together)})" if mutant.together else ""
            print(f"{outcome:12} {mutant.name}{together}: {by or known or 'no test fails'}", flush=True)
    print(f"\n{len(mutants)} mutants: " + ", ".join(f"{count} {outcome.lower()}" for outcome, count in counts.items()))
    return 1 if counts["SURVIVES"] or counts["NOT HARMLESS"] else 0


def unknown_names(table: dict, mutants: list[Mutant]) -> list[str]:
    """What the table says of mutants that there are none of."""
    rules, names = {mutant.rule for mutant in mutants}, {mutant.name for mutant in mutants}
    together = [name for rule, others in table["together"].items() for name in (rule, *others) if name not in rules]
    return together + [name for name in table["harmless"] if name not in names]


def main() -> int:
    # What the build asks for.
    if sys.argv[1:] in (["--sources"], ["--tests"]):
        key = sys.argv[1].removeprefix("--")
        names = [name for checked in tomllib.loads(TABLE.read_text(encoding="utf-8"))["checked"] for name in checked[key]]
        print(";".join(dict.fromkeys(names)), end="")
        return 0
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=Path)
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--list", action="store_true")
    arguments = parser.parse_args()
    programs = Programs(arguments.build)
    table = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    every = mutants_of(programs, table)
    if unknown := unknown_names(table, every):
        print(f"hunt.py: checks.toml names mutants that are not there: {', '.join(unknown)}", file=sys.stderr)
        return 1
    mutants = [mutant for mutant in every if not arguments.only or any(text in mutant.name for text in arguments.only)]
    if not mutants:
        print(f"hunt.py: no mutant's name contains {' or '.join(arguments.only)}: --list prints them", file=sys.stderr)
        return 2
    if arguments.list:
        print("\n".join(mutant.name for mutant in mutants))
        return 0
    return hunt(programs, mutants, arguments.seeds, table["harmless"])


if __name__ == "__main__":
    sys.exit(main())

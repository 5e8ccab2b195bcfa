#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks the model of the voting rules with spin, and holds what the simulator's engines signed against the model's rules.

Example: check.py traces --simulate build/release/tests/simulation/causeway_simulate

Usage: check.py everything | mutants | traces --simulate PROGRAM
  everything  every state of model.pml is reached and none breaks agreement
  mutants     with any one rule broken, some state does
  traces      every vote of the simulator's reliable validators is one that the rules allow; with a rule of the engine switched off, some is not
Ends with 0 when that is so, 1 when it is not, 2 on wrong usage, 77 where spin is not at hand.
"""

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
MUTANTS = (["NULLIFY_AFTER_FINALIZE"], ["FINALIZE_AFTER_NULLIFY"], ["PARENT_WITHOUT_NULLIFICATIONS"], ["NOTARIZE_TWICE"],
           ["WIPED", "VIEWS=2", "BARRED_TO_M"])

# Scenario, validators, seeds. Few blocks each, since spin's interpreter is slow; every kind of fault but a log that is lost.
TRACES = [("network", 4, "1-4"), ("crashes", 4, "1-4"), ("byzantine", 4, "1-6"), ("byzantine", 5, "1-2"), ("byzantine", 7, "1-3")]
# Switches of the engine that must show in what is signed, each with seeds of which one shows it.
BROKEN_ENGINES = [
    (("no-notarize-after-nullify",), "crashes", "1-3"),
    (("no-finalize-after-nullify",), "crashes", "1-3"),
    (("no-nullify-after-finalize", "nullify-current-view-only"), "crashes", "1-12"),
    (("full-quorum",), "byzantine", "1-3"),
]


class Wrong(Exception):
    """Something is not as it must be."""


def run(command: list[str], folder: Path) -> str:
    result = subprocess.run(command, cwd=folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return result.stdout


def explore(defines: list[str]) -> tuple[int, int]:
    """Errors found, and states reached."""
    with tempfile.TemporaryDirectory(prefix="causeway-model-") as temporary:
        folder = Path(temporary)
        for name in ("voting.pml", "model.pml"):
            shutil.copy(HERE / name, folder)
        said = run(["spin", "-a", *[f"-D{name}" for name in defines], "model.pml"], folder)
        said += run(["cc", "-O0" if defines else "-O2", "-DSAFETY", "-DNOREDUCE", "-w", "-o", "pan", "pan.c"], folder)
        report = run(["./pan", "-m1000", "-n", "-w25"], folder) if (folder / "pan").exists() else said
    errors = re.search(r"errors: (\d+)", report)
    states = re.search(r"(\d+) states, stored", report)
    if not errors or not states or "max search depth too small" in report or "out of memory" in report:
        raise Wrong(f"spin did not come to an end:\n{report[-2000:]}")
    return int(errors.group(1)), int(states.group(1))


def check_everything() -> None:
    errors, states = explore([])
    if errors != 0:
        raise Wrong("the rules allow what must not be")
    print(f"{states} states, none breaks agreement")


def check_mutants() -> None:
    for mutant in MUTANTS:
        errors, states = explore(mutant)
        if errors == 0:
            raise Wrong(f"{mutant[-1]} breaks nothing in {states} states")
        print(f"{mutant[-1]} breaks agreement")


@dataclass
class Trace:
    validators: int
    unreliable: set[int]
    votes: list[tuple[int, str, int, int, str]]  # validator, kind, view, parent's view, block


def traces_of(program: str, scenario: str, validators: int, seeds: str, without: tuple[str, ...] = ()) -> list[Trace]:
    switches = [word for rule in without for word in ("--without", rule)]
    said = subprocess.run([program, "--seeds", seeds, "--nodes", str(validators), "--scenario", scenario, "--blocks", "40", "--votes", *switches],
                          text=True, stdout=subprocess.PIPE).stdout
    traces: list[Trace] = []
    for line in said.splitlines():
        words = line.split()
        if words[:1] == ["validators"]:
            traces.append(Trace(int(words[1]), {int(word) for word in words[3:]}, []))
        elif words[:1] == ["vote"]:
            traces[-1].votes.append((int(words[1]), words[2], int(words[3]), int(words[4]), words[5]))
    if not traces or not all(trace.votes for trace in traces):
        raise Wrong(f"{program} printed no votes:\n{said[-1000:]}")
    return traces


def promela_of(trace: Trace) -> list[str]:
    """The trace as a process that does nothing else, a vote a line; the rules' guards are asserted."""
    reliable = [node for node in range(trace.validators) if node not in trace.unreliable]
    number = {node: place for place, node in enumerate(reliable)}
    quorum = trace.validators - (trace.validators - 1) // 3
    enough = quorum - len(trace.unreliable)
    names: dict[int, list[str]] = {}
    notarizes: dict[tuple[int, str], int] = {}
    lines = [f"#define VIEWS {max(vote[2] for vote in trace.votes)}", f"#define HONEST {len(reliable)}", f"#define ENOUGH {enough}",
             "#define NUMBER short", '#include "voting.pml"',
             "#define NOTARIZE(i, b, p) d_step { assert(MAY_NOTARIZE(i, b, p)); sign_notarize(i, b, p) }",
             "#define FINALIZE(i, b) d_step { assert(MAY_FINALIZE(i, b)); sign_finalize(i, b) }",
             "#define NULLIFY(i, v) d_step { assert(MAY_NULLIFY(i, v)); sign_nullify(i, v) }",
             "active proctype Trace() { d_step { find_lowest_parents() }"]

    def block(view: int, name: str) -> int:
        known = names.setdefault(view, [])
        if name not in known:
            known.append(name)
        if len(known) > 2:
            raise Wrong(f"view {view} has three blocks, and the model knows two")
        return 2 * (view - 1) + known.index(name) + 1

    for validator, kind, view, parent_view, name in trace.votes:
        node = number[validator]
        if kind == "nullify":
            lines.append(f"NULLIFY({node}, {view})")
            continue
        this = block(view, name)
        if kind == "finalize":
            lines.append(f"FINALIZE({node}, {this})")
            continue
        # A vote names its parent's view; of that view one block at most is notarized.
        parents = [known for known in names.get(parent_view, []) if notarizes.get((parent_view, known), 0) >= enough]
        parent = 0 if parent_view == 0 else block(parent_view, parents[0]) if parents else 2 * (parent_view - 1) + 1
        lines.append(f"NOTARIZE({node}, {this}, {parent})")
        notarizes[view, name] = notarizes.get((view, name), 0) + 1
    return [*lines, 'printf("followed\\n") }']


def refutation(trace: Trace) -> str:
    """The vote that no rule allows; empty where there is none."""
    lines = promela_of(trace)
    with tempfile.TemporaryDirectory(prefix="causeway-trace-") as temporary:
        folder = Path(temporary)
        shutil.copy(HERE / "voting.pml", folder)
        (folder / "trace.pml").write_text("\n".join(lines) + "\n", encoding="utf-8")
        said = run(["spin", "-T", "-B", "trace.pml"], folder)
    if failed := re.search(r"trace\.pml:(\d+), Error: assertion violated", said):
        return lines[int(failed.group(1)) - 1]
    if "followed" not in said:
        raise Wrong(f"spin could not follow a trace:\n{said[-2000:]}")
    return ""


def check_traces(program: str) -> None:
    votes = 0
    for scenario, validators, seeds in TRACES:
        for place, trace in enumerate(traces_of(program, scenario, validators, seeds)):
            if vote := refutation(trace):
                raise Wrong(f"{scenario} with {validators} validators, trace {place} of seeds {seeds}: no rule allows {vote}")
            votes += len(trace.votes)
    print(f"{votes} votes are all allowed")
    for rules, scenario, seeds in BROKEN_ENGINES:
        vote = next(filter(None, map(refutation, traces_of(program, scenario, 4, seeds, rules))), "")
        if not vote:
            raise Wrong(f"an engine without {' and '.join(rules)} signs nothing that it must not, in seeds {seeds}")
        print(f"without {' and '.join(rules)}: {vote} is not allowed")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("everything", "mutants", "traces"))
    parser.add_argument("--simulate", metavar="PROGRAM")
    arguments = parser.parse_args()
    if arguments.what == "traces" and not arguments.simulate:
        parser.error("traces needs --simulate PROGRAM")
    if not shutil.which("spin"):
        print("skipped: spin is not at hand")
        return 77
    try:
        if arguments.what == "everything":
            check_everything()
        elif arguments.what == "mutants":
            check_mutants()
        else:
            check_traces(arguments.simulate)
    except Wrong as wrong:
        print(wrong)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

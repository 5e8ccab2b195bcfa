#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the commands that the documents show, and holds the README's tour to what the demo prints.

Example: tests/docs/run_documents.py build/release/bin/causeway

A command is an indented line of a README.md that begins with one of our programs, or a code span that begins with one and has
arguments. Each is run here, in a scratch directory beside a development network, or stands in NOT_RUN with the reason; a command that is
in neither list fails the test, and so does an entry of a list that no document shows. Then the demo is run, its output compared with
the tour, and its own five suggestions are run too.
"""
import json
import os
import pathlib
import re
import select
import shlex
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(sys.argv[1]).resolve().parent if len(sys.argv) > 1 else None
READY_S = 180
PROGRAM = re.compile(r"(causewayd?|export|deploy/[\w./-]+|tests/[\w./-]+|python3|cmake|ninja|ctest|build/\S+)( |$)")
SPAN = re.compile(r"`([^`\n]+)`")

# A command of a document, and what is run for it: the same where the value is None, else with these words replaced.
RUN = {
    "export CAUSEWAY_CONTEXT=network": None,
    "causeway doctor": None,
    "causeway status": None,
    "causeway tx check subscribe.json --as investor/alpha": None,
    "causeway list party": None,
    "causeway audit replay --data network/node-1": None,
    "causeway audit blame --data network/node-1 --against network/node-2": None,
    "causeway audit verify holding.proof --genesis network/genesis.json": None,
    "causewayd --config FILE --check": {"FILE": "network/node-1/causewayd.toml"},
    "causeway import model.json --kind model --frame frame.json --out imported.json": None,
    "deploy/demo-data/generate.py --to DIR --orders 20000": {"DIR": "generated", "20000": "200"},
    "deploy/demo --help": None,
    "tests/run --help": None,
}
NOT_RUN = {
    "causeway devnet --data network --validators 4": "runs beside all others, and is ended by Ctrl-C",
    "causeway tx submit": "names a verb; the network test of the command line runs it",
    "causeway demo": "names a verb; it is run below",
    "causeway audit blame": "names a verb; the README shows it whole",
    "causeway devnet": "names a verb; it runs beside all others",
    "deploy/demo": "installs and builds; the demo itself is run below",
    "deploy/demo --output json": "installs and builds; the demo itself is run below",
    "tests/run": "is what runs this test",
    "tests/run --release": "is what runs this test",
    "tests/run lint": "is a stage of tests/run",
    "tests/run golden": "is a stage of tests/run",
    "tests/run asan": "is a stage of tests/run",
    "tests/run unit": "is a stage of tests/run",
    "tests/run model": "is a stage of tests/run",
    "tests/run structure": "is a stage of tests/run",
    "tests/simulate --seeds A-B": "builds; it is a test of the kind simulation",
    "tests/simulate --seeds 1-1000": "is a test of the kind simulation",
    "ninja tests-unit": "is what tests/run does",
    "ctest -L unit": "is what tests/run does",
}
# Numbers that differ from run to run: names made of keys and times, and how many blocks the idle moments took.
MASKS = [(re.compile(pattern), mask) for pattern, mask in [
    (r"chain [0-9a-f]{16}", "chain HEX"), (r"case [0-9a-f]{8}", "case HEX"), (r"key [0-9a-f]+", "key HEX"), (r"height \d+", "height N"), (r"view \d+", "view N"),
    (r"\d+ blocks, \d+ operations", "N blocks, N operations")]]


def must(condition, what):
    if not condition:
        sys.exit(f"documents: {what}")


def commands_of(text):
    """The commands that a document shows; what follows two spaces in an indented line is its explanation."""
    fenced = False
    for line in text.splitlines():
        if line.startswith("```"):
            fenced = not fenced
        elif fenced:
            continue
        elif line.startswith("    ") and PROGRAM.match(line.strip()):
            yield re.split(r" {2,}", line.strip())[0]
        elif not line.startswith("    "):
            for span in SPAN.findall(line):
                if PROGRAM.match(span) and (" " in span):
                    yield span


def shown():
    documents = subprocess.run(["git", "ls-files", "*README.md", "ARCHITECTURE.md"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    found = {}
    for name in documents:
        for command in commands_of((ROOT / name).read_text()):
            found.setdefault(command, name)
    return found


class Scratch:
    """A directory in which a stranger would type: the programs are on the path, the tree's own commands are called by their path."""

    def __init__(self, folder):
        self.path = pathlib.Path(folder)
        self.environment = {**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}"}
        self.environment.pop("CAUSEWAY_CONTEXT", None)

    def shell(self, command, codes=(0,)):
        line = re.sub(r"^(deploy|tests)/", lambda match: shlex.quote(str(ROOT)) + "/" + match.group(0), command)
        result = subprocess.run(["bash", "-c", line], cwd=self.path, env=self.environment, capture_output=True, text=True, timeout=300)
        must(result.returncode in codes, f"`{command}` ended with {result.returncode}\n{result.stdout}\n{result.stderr}")
        self.said = result.stderr
        return result.stdout

    def devnet(self, *arguments):
        process = subprocess.Popen(["causeway", "devnet", *arguments, "--output", "json"], cwd=self.path, env=self.environment, text=True,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, executable=BIN / "causeway")
        readable, _, _ = select.select([process.stdout], [], [], READY_S)
        line = process.stdout.readline() if readable else ""
        if not line:
            process.kill()
            must(False, f"devnet {arguments} is not ready: {process.communicate()[1]}")
        return process, json.loads(line)

    def end(self, process):
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=120)
        must(process.returncode == 0, f"the devnet ended with {process.returncode}: {said}")


def prepare(scratch):
    """The files that the documents' commands name."""
    tomorrow = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 86_400))
    for name, byte in [("subscribe.json", "ab"), ("first.json", "cd")]:
        (scratch.path / name).write_text(json.dumps([{"parties": {"approve": {"operation_hash": byte * 32, "valid_until_us": tomorrow}}}]))
    for name in ["model.json", "frame.json"]:
        (scratch.path / name).write_bytes((ROOT / "deploy/demo-data/model" / name).read_bytes())
    # A network without transactions makes blocks at leisure, and a proof needs one that is final.
    scratch.shell("causeway tx submit first.json --as investor/alpha --context network")
    party = json.loads(scratch.shell("causeway list party --limit 1 --context network --output json"))["records"][0]
    scratch.shell(f"causeway get party {party['id']} --context network --prove holding.proof")


def run_commands(scratch, found):
    for command in found:
        must(command in RUN or command in NOT_RUN, f"{found[command]} shows `{command}`, and no list here says what becomes of it")
    for command in [*RUN, *NOT_RUN]:
        must(command in found, f"no document shows `{command}` any more")
    network, _ = scratch.devnet("--data", "network", "--validators", "4")
    try:
        prepare(scratch)
        for command, replaced in RUN.items():
            if command.startswith("export "):
                name, value = command.removeprefix("export ").split("=", 1)
                scratch.environment[name] = value
                continue
            for word, other in (replaced or {}).items():
                command = command.replace(word, other)
            # A replay wants data that nobody writes to; it is run once more below, when the network has ended.
            scratch.shell(command, (3,) if command.startswith("causeway audit replay") else (0,))
    finally:
        scratch.end(network)
    replayed = scratch.shell("causeway audit replay --data network/node-1 --output json")
    must(json.loads(replayed)["verified"] is True, "the devnet's data does not replay")
    blamed = scratch.shell("causeway audit blame --data network/node-1 --against network/node-2 --output json")
    must(json.loads(blamed)["conflict"] is False, "two nodes of the devnet have two histories")
    scratch.environment.pop("CAUSEWAY_CONTEXT")
    must((scratch.path / "imported.json").read_bytes() == (ROOT / "deploy/demo-data/model/imported.json").read_bytes(), "the model is imported otherwise than kept")


def masked(line):
    for pattern, mask in MASKS:
        line = pattern.sub(mask, line)
    return " ".join(line.split())


def check_tour(output):
    """Each line of the tour is one of the demo's, in the same order."""
    tour = (ROOT / "README.md").read_text().split("## A tour in five minutes", 1)[1].split("\n## ", 1)[0]
    lines = [masked(line) for line in tour.splitlines() if line.startswith("    ")]
    must(len(lines) > 10, "the README has no tour")
    told = iter([masked(line) for line in output.splitlines()])
    for line in lines:
        must(any(line == one for one in told), f"the README's tour says what the demo does not, or not there:\n  {line}\n{output}")


def run_demo(scratch):
    output = scratch.shell("causeway demo --data demo")
    # The story is told on standard error; the answer is on standard output.
    check_tour(scratch.said)
    suggestions = [line.strip() for line in output.split("\nNext:\n", 1)[1].splitlines() if line.startswith("  ")]
    must(len(suggestions) == 5, f"the demo suggests {suggestions}")
    process = None
    later = []
    for command in suggestions:
        command = command.split("  ")[0].strip()
        if command.startswith("causeway devnet"):
            later.append(command)
        elif command.startswith("causeway list"):
            later.append(command)
        else:
            must(scratch.shell(command), f"`{command}` says nothing")
    must(len(later) == 2, "the demo suggests a devnet and a look at it")
    process, _ = scratch.devnet(*shlex.split(later[0])[2:])
    try:
        must("SGXCINCOM006" in scratch.shell(later[1]), f"`{later[1]}` shows no holding of the demo's class")
    finally:
        scratch.end(process)


def main():
    found = shown()
    if BIN is None:
        print("\n".join(f"{name}: {command}" for command, name in found.items()))
        return
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        scratch = Scratch(folder)
        run_commands(scratch, found)
        run_demo(scratch)
    print(f"{len(RUN)} commands of the documents, the README's tour and the demo's suggestions hold ({time.monotonic() - started:.0f} s)")


if __name__ == "__main__":
    main()

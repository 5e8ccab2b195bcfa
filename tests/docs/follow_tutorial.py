#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Does what a tutorial says, in a copy of the tree, and passes when every command in it does.

Example: follow_tutorial.py contracts/README.md

Usage: follow_tutorial.py DOCUMENT [--keep DIR]. What counts:
  a heading "New file: PATH", then a code block          the file is made; it must not be there
  a heading "In PATH, after `TEXT`", then a code block   the block goes after the one line that contains TEXT
  a code block of sh                                     its commands are run, one after the other
Ends with 0 when all went well, 1 when something did not, 2 on wrong usage.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

HEADING = re.compile(r"#+ (.*)")
NEW_FILE = re.compile(r"New file: (\S+)")
INSERTION = re.compile(r"In (\S+), after `(.+)`")
FENCE = re.compile(r"```(\w*)")


class Broken(Exception):
    """The tutorial cannot be followed."""


@dataclass
class Step:
    line: int
    heading: str
    language: str
    text: str


def steps_of(document: str) -> list[Step]:
    """The code blocks, each with the heading that stands directly above it."""
    steps, heading, block = [], "", None
    for number, line in enumerate(document.splitlines(), 1):
        if block is not None:
            if line == "```":
                block.text = "".join(text + "\n" for text in block.text.splitlines())
                steps.append(block)
                block, heading = None, ""
            else:
                block.text += line + "\n"
        elif match := FENCE.fullmatch(line):
            block = Step(number, heading, match.group(1), "")
        elif match := HEADING.fullmatch(line):
            heading = match.group(1)
    if block is not None:
        raise Broken(f"line {block.line}: the code block has no end")
    return steps


def make_file(root: Path, path: str, text: str) -> None:
    file = root / path
    if file.exists():
        raise Broken(f"{path} is there already")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def insert(root: Path, path: str, anchor: str, text: str) -> None:
    lines = (root / path).read_text(encoding="utf-8").splitlines(keepends=True)
    places = [i for i, line in enumerate(lines) if anchor in line]
    if len(places) != 1:
        raise Broken(f"{path}: {len(places)} lines contain {anchor!r}, and the tutorial needs one")
    lines.insert(places[0] + 1, text)
    (root / path).write_text("".join(lines), encoding="utf-8")


def run(root: Path, commands: str) -> None:
    environment = dict(os.environ, CCACHE_BASEDIR=str(root), CCACHE_NOHASHDIR="1")
    for command in commands.splitlines():
        print(f"$ {command}", flush=True)
        result = subprocess.run(command, shell=True, cwd=root, env=environment, text=True, encoding="utf-8", stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT)
        if result.returncode != 0:
            print(result.stdout[-20000:])
            raise Broken(f"{command} ends with {result.returncode}")


def copy_of_tree(target: Path) -> None:
    """What is in the tree, whether committed or not, and nothing that was built."""
    listing = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "-z"], capture_output=True)
    if listing.returncode == 0:
        files = [name for name in listing.stdout.decode().split("\0") if name]
    else:
        left_out = ("build", "node_modules", ".git")
        files = [str(path) for path in Path(".").rglob("*") if path.is_file() and not set(path.parts) & set(left_out)]
    for name in files:
        if Path(name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(name, target / name)
    # The checks of the tree ask git what belongs to it.
    for command in (["git", "init", "-q"], ["git", "add", "-A"]):
        subprocess.run(command, cwd=target, check=True)


def follow(document: str, root: Path) -> int:
    followed = commands = 0
    for step in steps_of(document):
        if match := NEW_FILE.fullmatch(step.heading):
            make_file(root, match.group(1), step.text)
        elif match := INSERTION.fullmatch(step.heading):
            insert(root, match.group(1), match.group(2), step.text)
        elif step.language == "sh":
            subprocess.run(["git", "add", "-A"], cwd=root, check=True)
            run(root, step.text)
            commands += 1
        else:
            continue
        followed += 1
    if commands == 0:
        raise Broken("it has no command to run, so nothing was tried")
    return followed


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("document")
    parser.add_argument("--keep", metavar="DIR", help="use this directory, which is empty or not there, and leave it")
    arguments = parser.parse_args()
    document = Path(arguments.document).read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory(prefix="causeway-tutorial-") as temporary:
        root = Path(arguments.keep) if arguments.keep else Path(temporary)
        root.mkdir(parents=True, exist_ok=True)
        try:
            copy_of_tree(root)
            print(f"{arguments.document}: {follow(document, root)} steps followed")
        except Broken as broken:
            print(f"{arguments.document}: {broken}")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks what the folder table and the house rules say of the source tree.

Example: check_structure.py includes

Usage: check_structure.py RULE [--tree DIR]. Prints one finding a line; ends with 0 when there is none, 1 when there are some,
77 when the rule's tool is not installed. structure_test.py shows for each rule that it can fail.
"""

import argparse
import concurrent.futures
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Callable, Iterator

from tree import CODE, Tree, folder_of, folder_of_include, matches, target_of_folder, without_comments_and_text

ROOMS = ("ledger", "contracts", "node")
DETERMINISTIC = ("ledger", "contracts")


class ToolMissing(Exception):
    """The rule needs a program that is not installed."""


def check_table(tree: Tree) -> Iterator[str]:
    """The table's own form: a folder names only folders above it, and each room with sources has its row."""
    above: list[str] = []
    for folder, allowed in tree.table["folders"].items():
        for other in allowed:
            if "*" not in other and other not in above:
                yield f"folders.toml: {folder} names {other}, which does not stand above it"
        above.append(folder)
    for room in sorted({folder_of(f) for f in tree.code(*ROOMS)}):
        if room not in above:
            yield f"folders.toml: {room} has sources and no row"


def check_includes(tree: Tree) -> Iterator[str]:
    """Imports run downward only, and one contract sees of another only what it offers."""
    for path in tree.code(*ROOMS):
        room = folder_of(path)
        for line, included in tree.includes(path):
            target = folder_of_include(included)
            if target is None:
                yield from _library_finding(tree, path, line, room, included)
            elif not matches(target, tree.allowed_folders(room)):
                yield f"{path}:{line}: {room} may not include {included}"
            elif not included.endswith(".pb.h") and not tree.exists(included):
                yield f"{path}:{line}: there is no {included}"
            elif room.startswith("contracts/") and target.startswith("contracts/") and target != room:
                offered = [h.format(contract=target.split("/")[1]) for h in tree.table["contracts"]["headers"]]
                if included.split("/", 2)[2] not in offered:
                    yield f"{path}:{line}: of {target} only {' and '.join(offered)} may be included, not {included}"


def _library_finding(tree: Tree, path: str, line: int, room: str, included: str) -> Iterator[str]:
    for beginning, folders in tree.table["libraries"].items():
        if included.startswith(beginning) and not matches(room, folders):
            yield f"{path}:{line}: {included} belongs to {', '.join(folders) or 'tests'}, not to {room}"


def check_links(tree: Tree) -> Iterator[str]:
    """A folder's CMake links say what its headers (PUBLIC) and sources (PUBLIC or PRIVATE) include, no more and no less."""
    for room in sorted({folder_of(f) for f in tree.code(*ROOMS)}):
        targets = tree.targets(room)
        if not targets:
            continue
        where = f"{room}/CMakeLists.txt"
        public = {link for t in targets for link in t.public}
        linked = public | {link for t in targets for link in t.private}
        own = {t.name for t in targets}
        by_headers, by_all = _linked_targets(tree, room, CODE[:1]), _linked_targets(tree, room, CODE)
        is_library = target_of_folder(room) in own
        for target in sorted(by_all - linked - own):
            yield f"{where}: includes headers of {target} and does not link it"
        if is_library:
            for target in sorted((by_headers & linked) - public - own):
                yield f"{where}: headers include those of {target}, so the link must be PUBLIC"
        for target in sorted(link for link in linked - by_all - own if link.startswith("causeway_")):
            yield f"{where}: links {target} and includes nothing of it"


def _linked_targets(tree: Tree, room: str, endings: tuple[str, ...]) -> set[str]:
    """The targets whose headers the files of a room include."""
    found = set()
    for path in tree.code(room.split("/")[0]):
        if folder_of(path) != room or not path.endswith(endings):
            continue
        for _, included in tree.includes(path):
            target = folder_of_include(included)
            if included.endswith(".grpc.pb.h"):
                found.add("causeway_grpc")
            elif target == "proto":
                found.add("causeway_proto")
            elif target is not None and target != room:
                found.add(target_of_folder(target))
    # causeway_grpc brings the messages along.
    return found - {"causeway_proto"} if "causeway_grpc" in found else found


def check_sources(tree: Tree) -> Iterator[str]:
    """Every source is named in the CMakeLists.txt of its folder or of one above: nothing is left out of the build by accident."""
    for path in (f for f in tree.code(*ROOMS, "tests") if f.endswith(".cc")):
        folder = Path(path).parent
        for parent in (folder, *folder.parents):
            lists = f"{parent}/CMakeLists.txt" if str(parent) != "." else "CMakeLists.txt"
            if tree.exists(lists) and re.search(rf"(?<![\w./-]){re.escape(str(Path(path).relative_to(parent)))}(?![\w.])", tree.text(lists)):
                break
        else:
            yield f"{path}: no CMakeLists.txt names it, so it is not built"


# What could differ between machines, builds or runs; a folder needs an `allowed` row in folders.toml to use one.
NONDETERMINISM = {
    "floating point": r"\b(?:float|double)\b|\bstd::(?:sqrt|pow|exp|log2?|floor|ceil|round)\b|#\s*include\s*<cmath>",
    "hash order": r"\bstd::unordered_\w+|\bstd::hash\b|\babsl::Hash\b",
    "clock": r"\bstd::chrono\b|#\s*include\s*<chrono>|\bstd::time\b|\btime\s*\((?:nullptr|NULL|0|&)|\b(?:local|gm)time\w*\s*\(|\babsl::(?:Now|Time|Duration)\b|\bclock_gettime\b|\bgettimeofday\b",
    "randomness": r"#\s*include\s*<random>|\bstd::(?:random_device|mt19937\w*)|\bs?rand\s*\(|\bRAND_(?:priv_)?bytes\b|\brandombytes_\w+|\bgetrandom\b",
    "threads": r"#\s*include\s*<(?:thread|mutex|shared_mutex|atomic|future|condition_variable)>|\bstd::(?:j?thread|async|\w*mutex|atomic\w*)\b|\babsl::Mutex\w*",
    "per-thread state": r"\bthread_local\b",
    "locale": r"#\s*include\s*<(?:locale|cctype|ctype\.h)>|\bsetlocale\b|\bstd::locale\b|\b(?:std::)?(?:is(?:alpha|alnum|digit|space|upper|lower|print|punct)|to(?:upper|lower))\s*\(",
    "files": r"#\s*include\s*<(?:filesystem|fstream|fcntl\.h|unistd\.h|sys/stat\.h)>|\bfopen\s*\(|\bgetenv\s*\(",
    "pointer order": r"\bstd::(?:map|set|less)<\s*(?:const\s+)?[\w:]+(?:\s+const)?\s*\*",
}
_HASHED_NAME = re.compile(r"\babsl::(?:flat|node)_hash_(?:map|set)<[^;{}()]*>\s+(\w+)\s*(?:;|=|\{)")


def check_determinism(tree: Tree) -> Iterator[str]:
    """Nothing in ledger/ and contracts/ may differ between machines, builds or runs, but for what folders.toml lists with its reason."""
    for path in tree.code(*DETERMINISTIC):
        allowed = [kind for place, row in tree.table["allowed"].items() if path.startswith((place + "/", place + ".")) for kind in row["kinds"]]
        code = without_comments_and_text(tree.text(path))
        for kind, pattern in NONDETERMINISM.items():
            if kind in allowed:
                continue
            for match in re.finditer(pattern, code):
                yield f"{path}:{code.count(chr(10), 0, match.start()) + 1}: {kind}: {match.group(0).strip()}"
        if "hash order" not in allowed:
            yield from _hash_iterations(tree, path, code)


def _hash_iterations(tree: Tree, path: str, code: str) -> Iterator[str]:
    """Loops over an absl hash container that this file or its own header declares."""
    header = re.sub(r"\.cc$", ".h", path)
    declared = code + (without_comments_and_text(tree.text(header)) if header != path and tree.exists(header) else "")
    for name in sorted(set(_HASHED_NAME.findall(declared))):
        for match in re.finditer(rf"\bfor\s*\([^;()]*:\s*(?:this->)?{name}\s*\)|\b{name}(?:\.|->)begin\s*\(", code):
            yield f"{path}:{code.count(chr(10), 0, match.start()) + 1}: hash order: iterates over {name}"


def check_headers(tree: Tree) -> Iterator[str]:
    """Licence line, include guard from the path, and no gRPC in a header: it makes every source that includes it slow to compile."""
    for path in tree.code(*ROOMS, "tests"):
        text = tree.text(path)
        if not text.startswith("// SPDX-License-Identifier: Apache-2.0\n"):
            yield f"{path}:1: begins without the licence line"
        if not path.endswith(".h"):
            continue
        guard = "CAUSEWAY_" + re.sub(r"[^A-Z0-9]", "_", path.upper()) + "_"
        if f"#ifndef {guard}\n#define {guard}\n" not in text:
            yield f"{path}: include guard is not {guard}"
        for line, included in tree.includes(path):
            if included.startswith(("grpc", "grpcpp/")) or included.endswith(".grpc.pb.h"):
                yield f"{path}:{line}: {included} in a header; include it in the source and forward-declare here"


def check_readmes(tree: Tree) -> Iterator[str]:
    """Each folder says in its README.md, briefly, what lives there."""
    limit, allowed = tree.table["readmes"]["limit"], tree.table["readmes"]["allowed"]
    tops = (*ROOMS, "tests", "deploy", "proto", "cmake")
    folders = {"."}
    for path in tree.files:
        parts = path.split("/")
        if parts[0] in tops:
            folders.add(parts[0])
            if len(parts) > 2 and parts[0] != "proto":
                folders.add("/".join(parts[:2]))
    for folder in sorted(folders):
        readme = "README.md" if folder == "." else f"{folder}/README.md"
        if not tree.exists(readme):
            yield f"{readme} is missing"
        elif (lines := tree.text(readme).count("\n")) >= limit and folder not in allowed:
            yield f"{readme}: {lines} lines, and the aim is under {limit}"


def check_documents(tree: Tree) -> Iterator[str]:
    """What a document names exists: relative links, and paths of files in backticks."""
    for path in (f for f in tree.files if f.endswith(".md")):
        folder = Path(path).parent
        for number, line in enumerate(tree.text(path).splitlines(), 1):
            named = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", line)
            named += re.findall(r"`((?:[a-z0-9_.-]+/)+[A-Za-z0-9_.-]+\.(?:md|h|cc|proto|toml|py|cmake))`", line)
            for target in named:
                if "://" in target or target.startswith(("build/", "mailto:")):
                    continue
                if generated := re.fullmatch(r"(causeway/v1/\w+)(?:\.grpc)?\.pb\.h", target):
                    target = f"proto/{generated.group(1)}.proto"
                if not tree.exists(target) and not tree.exists(str(folder / target)):
                    yield f"{path}:{number}: names {target}, which is not there"


def check_sizes(tree: Tree) -> Iterator[str]:
    """No god files. Above the aim a file is mentioned on standard error; above the limit it needs a reason in folders.toml."""
    sizes = tree.table["sizes"]
    for path in tree.code(*ROOMS, "tests"):
        lines = tree.text(path).count("\n")
        aim = sizes["header_aim"] if path.endswith(".h") else sizes["source_aim"]
        if lines > sizes["limit"] and path not in sizes["allowed"]:
            yield f"{path}: {lines} lines, over the limit of {sizes['limit']}"
        elif lines > aim:
            print(f"note: {path}: {lines} lines, and the aim is {aim}", file=sys.stderr)


def check_paths(tree: Tree) -> Iterator[str]:
    """No absolute path of some machine in anything that people share, and nothing marked as left open."""
    machine = re.compile(r"(?<![\w.$}~)-])/(?:home/\w+|Users/\w+|root|work)/")
    open_end = re.compile(r"\b(?:TO" r"DO|FIX" r"ME|HA" r"CK)\b")
    for path in tree.files:
        if not path.endswith((*CODE, ".proto", ".md", ".txt", ".cmake", ".json", ".toml", ".py", ".sh", ".yaml", ".yml", ".xml")) and "." in path.split("/")[-1]:
            continue
        text = tree.text(path)
        if "\0" in text[:4096]:
            continue
        for number, line in enumerate(text.splitlines(), 1):
            if machine.search(line):
                yield f"{path}:{number}: names a path of one machine"
            if open_end.search(line) and path.endswith((*CODE, ".proto", ".py", ".cmake")):
                yield f"{path}:{number}: something is marked as left open"


def check_format(tree: Tree) -> Iterator[str]:
    """Every source is as clang-format leaves it."""
    program = shutil.which("clang-format")
    if program is None:
        raise ToolMissing("clang-format is not installed")

    def unformatted(paths: list[str]) -> list[str]:
        command = [program, "--dry-run", "-Werror", "--ferror-limit=1", *paths]
        result = subprocess.run(command, cwd=tree.root, capture_output=True, text=True, check=False)
        if result.returncode == 0:
            return []
        # With several files the limit of one error is for all of them: which ones, a process each says.
        return paths if len(paths) == 1 else [path for one in paths for path in unformatted([one])]

    # Starting the program takes longer than what it does to a file.
    paths = tree.code(*ROOMS, "tests")
    some = [paths[first : first + 50] for first in range(0, len(paths), 50)]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for found in pool.map(unformatted, some):
            for path in found:
                yield f"{path}: not formatted; run clang-format -i on it"


RULES: dict[str, Callable[[Tree], Iterator[str]]] = {
    "table": check_table,
    "includes": check_includes,
    "links": check_links,
    "sources": check_sources,
    "determinism": check_determinism,
    "headers": check_headers,
    "readmes": check_readmes,
    "documents": check_documents,
    "sizes": check_sizes,
    "paths": check_paths,
    "format": check_format,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rule", choices=RULES)
    parser.add_argument("--tree", type=Path, default=Path(__file__).resolve().parents[3])
    arguments = parser.parse_args()
    try:
        findings = list(RULES[arguments.rule](Tree(arguments.tree)))
    except ToolMissing as missing:
        print(f"skipped: {missing}")
        return 77
    for finding in findings:
        print(finding)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())

# SPDX-License-Identifier: Apache-2.0
"""What the checks of the tree read: files, includes, CMake targets and the table of folders."""

import fnmatch
import functools
import os
import re
import tomllib
from pathlib import Path
from typing import NamedTuple

SKIPPED_FOLDERS = {".git", "build", "node_modules", "__pycache__", ".cache"}
CODE = (".h", ".cc")


class Include(NamedTuple):
    line: int
    path: str


class Target(NamedTuple):
    """A causeway_library or causeway_executable as its CMakeLists.txt states it."""

    name: str
    sources: list[str]
    public: list[str]
    private: list[str]


# One alternative each for what may hide code-like text: comments, raw strings, strings, characters.
_HIDING = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(?P<tag>[^()\\\s]{0,16})\(.*?\)(?P=tag)"|"(?:\\.|[^"\\\n])*"|(?<![0-9a-zA-Z_])\'(?:\\.|[^\'\\\n])+\'', re.DOTALL
)


def without_comments_and_text(code: str) -> str:
    """The code with comments, strings and characters blanked; line numbers stay."""
    return _HIDING.sub(lambda m: re.sub(r"[^\n]", " ", m.group(0)), code)


class Tree:
    """A source tree and its table of folders."""

    def __init__(self, root: Path, table: Path | None = None):
        self.root = Path(root)
        with open(table or self.root / "tests/unit/structure/folders.toml", "rb") as file:
            self.table = tomllib.load(file)

    @functools.cached_property
    def files(self) -> list[str]:
        found = []
        for folder, folders, names in os.walk(self.root):
            folders[:] = sorted(f for f in folders if f not in SKIPPED_FOLDERS)
            found += [str((Path(folder) / name).relative_to(self.root)) for name in sorted(names)]
        return found

    @functools.cache
    def text(self, path: str) -> str:
        return (self.root / path).read_bytes().decode("utf-8", errors="replace")

    def exists(self, path: str) -> bool:
        return (self.root / path).exists()

    def code(self, *tops: str) -> list[str]:
        """The C++ files below these top folders."""
        return [f for f in self.files if f.endswith(CODE) and f.split("/")[0] in tops]

    def includes(self, path: str) -> list[Include]:
        pattern = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]')
        return [Include(n, m.group(1)) for n, line in enumerate(self.text(path).splitlines(), 1) if (m := pattern.match(line))]

    def allowed_folders(self, folder: str) -> list[str]:
        """Patterns of the folders that `folder` may include, itself and the contracts' share of the ledger included."""
        patterns = [folder, *self.table["folders"].get(folder, [])]
        if folder.split("/")[0] == "contracts":
            patterns += self.table["contracts"]["ledger"]
        return patterns

    def targets(self, folder: str) -> list[Target]:
        path = f"{folder}/CMakeLists.txt"
        if not self.exists(path):
            return []
        text = re.sub(r"#[^\n]*", "", self.text(path))
        found = []
        for match in re.finditer(r"\bcauseway_(?:library|executable|test|fuzz|benchmark)\s*\(([^)]*)\)", text):
            words = match.group(1).split()
            parts = {"SRCS": [], "PUBLIC": [], "PRIVATE": [], "LIBS": [], "": []}
            key = ""
            for word in words:
                if re.fullmatch(r"[A-Z]+", word):
                    key = word
                else:
                    parts.setdefault(key, []).append(word)
            name = parts[""][0] if parts[""] else ""
            found.append(Target(name, parts["SRCS"], parts["PUBLIC"], parts["PRIVATE"] + parts["LIBS"]))
        return found


def folder_of(path: str) -> str:
    """The room of a file: `ledger/base` for any file below it, `contracts` for the registry's own files."""
    parts = path.split("/")
    return "/".join(parts[:2]) if len(parts) > 2 else parts[0]


def matches(folder: str, patterns: list[str]) -> bool:
    return any(fnmatch.fnmatchcase(folder, pattern) for pattern in patterns)


def folder_of_include(path: str) -> str | None:
    """The folder an include leads to, or None for a library's header."""
    top = path.split("/")[0]
    if top == "causeway":
        return "proto"
    if top in ("ledger", "contracts", "node", "tests"):
        return folder_of(path)
    return None


def target_of_folder(folder: str) -> str:
    return "causeway_" + folder.replace("/", "_")

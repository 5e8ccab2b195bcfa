# SPDX-License-Identifier: Apache-2.0
"""Puts a run-time switch on every check of a C++ source.

Example: switches.py ledger/chain/certificate.cc build/mutants/certificate.cc

A copy of the source is written in which the environment variable CAUSEWAY_MUTANT turns one check off, by name. What counts as a check:
  if (A || B) return REFUSAL;             A and B, each by itself; REFUSAL is an error, `false` where the source verifies, and the like
  return A && B;                          in a function whose name begins with Verify: A and B, each by itself
  CAUSEWAY_RETURN_IF_ERROR(A);            the call as a whole
  Expect("field", A, B)                   the comparison as a whole
  violations.push_back(...);              the violation as a whole; so for errors, and for CheckRange(...);
A name is the path, the function and the check's own text.
"""

import re
import sys
from collections import Counter
from pathlib import Path

REFUSAL = re.compile(
    r"return\s+(absl::\w+Error\(|Refuse\(|Malformed\(|TooLarge\(|Nullify\(|(chain::)?Invalid\{|difference;|\*std::move\(invalid\);"
    r"|signatures\.invalid\(\);)")
# Functions that refuse by less than an error.
ANSWERS = re.compile(r"return (false|std::nullopt);")
ANSWERING = {"VerifyInclusion", "VerifyConsistency", "VerifyStateProof", "VerifyTableProof", "SharePrefix", "AreTheTablesOwn", "ListedKeys"}
FUNCTION = re.compile(r"^(?:  )?(?! )[\w:<>,*& ]*?[ *&](?:\w+::)?(\w+)\(", re.MULTILINE)
STATEMENT = re.compile(r"(?<![.>])\b(?:(?:violations|errors)\.(?:push|emplace)_back\(|CheckRange\((?=\"))")
RETURN_IF_ERROR = re.compile(r"\bCAUSEWAY_RETURN_IF_ERROR\(")
EXPECT = re.compile(r'\bExpect\((?=")')
IF = re.compile(r"\bif \(")
VERDICT = re.compile(r"\breturn ([^;{}]*?(?:==|&&)[^;{}]*);")
HEAD = """// Made by tests/mutation/switches.py of {path}: not to be changed.
#include <cstdlib>
#include <cstring>
#ifndef CAUSEWAY_CHECK_IS_ON  // several sources may be compiled as one
#define CAUSEWAY_CHECK_IS_ON
inline bool CausewayCheckIsOn(const char* name) {{
  static const char* const kOff = std::getenv("CAUSEWAY_MUTANT");
  return kOff == nullptr || std::strcmp(kOff, name) != 0;
}}
#endif
#line 1 "{path}"
"""


def skip_literal(text: str, at: int) -> int:
    """The place behind the string, the character or the comment that begins at `at`; `at` itself where none does."""
    if text.startswith("//", at):
        return text.index("\n", at)
    if text[at] not in "\"'" or (text[at] == "'" and at > 0 and text[at - 1].isalnum()):
        return at
    end = at + 1
    while text[end] != text[at]:
        end += 2 if text[end] == "\\" else 1
    return end + 1


def closing(text: str, opening: int) -> int:
    """The place of the bracket that closes the one at `opening`."""
    depth, at = 0, opening
    while True:
        behind = skip_literal(text, at)
        if behind != at:
            at = behind
            continue
        if text[at] in "([{":
            depth += 1
        elif text[at] in ")]}":
            depth -= 1
            if depth == 0:
                return at
        at += 1


def split(text: str, operator: str) -> list[str]:
    """The operands of the operator at the top level."""
    parts, start, at = [], 0, 0
    while at < len(text):
        behind = skip_literal(text, at)
        if behind != at:
            at = behind
        elif text[at] in "([{":
            at = closing(text, at) + 1
        elif text.startswith(operator, at):
            parts.append(text[start:at])
            at += len(operator)
            start = at
        else:
            at += 1
    return [part.strip() for part in (*parts, text[start:])]


def words_of(call: str) -> str:
    """What the strings in it say."""
    return " … ".join(text.strip(" :;,.[]") for text in re.findall(r'"([^"]*)"', call) if text.strip(" :;,.[]"))


class Source:
    """One source, its checks, and its copy with switches."""

    def __init__(self, path: str, text: str) -> None:
        self.path, self.text = path, text
        self.edits: list[tuple[int, int, str]] = []
        self.names: list[str] = []
        self.functions = [(match.start(), match.group(1)) for match in FUNCTION.finditer(text) if self.defines(match)]
        self.found: list[tuple[int, int, str, str]] = []  # from, to, what it says, the replacement with NAME
        for find in (self.refusals, self.verdicts, self.calls):
            find()
        self.name()

    def defines(self, match: re.Match[str]) -> bool:
        """Whether a function's body follows, not a semicolon."""
        behind = self.text[closing(self.text, match.end() - 1) + 1 :]
        return re.match(r"\s*(const)?\s*(override)?\s*\{", behind) is not None and not match.group().lstrip().startswith(("if ", "for ", "while ", "return "))

    def function_at(self, at: int) -> str:
        return next((name for start, name in reversed(self.functions) if start <= at), "")

    def code(self, pattern: re.Pattern[str]):
        """The matches that are code, not comment or string."""
        at, literals = 0, []
        while at < len(self.text):
            behind = skip_literal(self.text, at)
            if behind != at:
                literals.append((at, behind))
            at = max(behind, at + 1)
        for match in pattern.finditer(self.text):
            if not any(start < match.start() < end for start, end in literals):
                yield match

    def refusals(self) -> None:
        for match in self.code(IF):
            opening = match.end() - 1
            end = closing(self.text, opening)
            behind = self.text[end + 1 :].lstrip(" {\n")
            answers = self.function_at(match.start()) in ANSWERING and ANSWERS.match(behind)
            if not answers and not REFUSAL.match(behind):
                continue
            condition = self.text[opening + 1 : end]
            declared = re.match(r"(?:const )?[\w:<>,*& ]+?[ &*](\w+) = ", condition)
            if declared and ";" not in condition:
                self.found.append((opening + 1, end, condition, f"{condition}; {declared.group(1)} && NAME"))
                continue
            at = opening + 1
            for operand in split(condition, "||"):
                start = self.text.index(operand, at)
                at = start + len(operand)
                self.found.append((start, at, operand, f"(({operand}) && NAME)"))

    def verdicts(self) -> None:
        for match in self.code(VERDICT):
            if not self.function_at(match.start()).startswith("Verify"):
                continue
            at = match.start(1)
            for operand in split(match.group(1), "&&"):
                start = self.text.index(operand, at)
                at = start + len(operand)
                self.found.append((start, at, operand, f"(({operand}) || !NAME)"))

    def calls(self) -> None:
        for match in self.code(RETURN_IF_ERROR):
            end = self.text.index(";", closing(self.text, match.end() - 1)) + 1
            call = self.text[match.end() : end - 2]
            self.found.append((match.start(), end, call, f"{{ if (NAME) {self.text[match.start():end]} }}"))
        for match in self.code(EXPECT):
            end = closing(self.text, match.end() - 1) + 1
            call = self.text[match.start() : end]
            self.found.append((match.start(), end, words_of(call), f"(NAME ? {call} : std::optional<Invalid>())"))
        for match in self.code(STATEMENT):
            end = self.text.index(";", closing(self.text, match.end() - 1)) + 1
            call = self.text[match.start() : end]
            self.found.append((match.start(), end, words_of(call), f"{{ if (NAME) {call} }}"))

    def name(self) -> None:
        """Names that stay when lines move: the function's name, and what the check says, in few words."""
        seen: Counter[str] = Counter()
        for start, end, says, replacement in sorted(self.found):
            text = re.sub(r"\s+", " ", says).strip()
            text = text if len(text) <= 90 else text[:87] + "..."
            name = f"{self.path} {self.function_at(start)}: {text}"
            seen[name] += 1
            if seen[name] > 1:
                name += f" #{seen[name]}"
            self.names.append(name)
            quoted = name.replace("\\", "\\\\").replace('"', '\\"')
            self.edits.append((start, end, replacement.replace("NAME", f'CausewayCheckIsOn("{quoted}")')))

    def switched(self) -> str:
        text = self.text
        for start, end, replacement in reversed(self.edits):
            text = text[:start] + replacement + text[end:]
        return HEAD.format(path=self.path) + text


def read(root: Path, path: str) -> Source:
    return Source(path, (root / path).read_text(encoding="utf-8"))


def main() -> int:
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    source = read(Path.cwd(), sys.argv[1])
    made = Path(sys.argv[2])
    made.parent.mkdir(parents=True, exist_ok=True)
    made.write_text(source.switched(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

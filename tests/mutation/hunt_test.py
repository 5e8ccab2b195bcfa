#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the hunt says of mutants, with programs that only pretend.

Example: hunt_test.py
"""

import contextlib
import io
import unittest

import hunt
from hunt import Mutant


class Pretending:
    """Programs that fail where they are told to: {program: names of the mutants that it notices}."""

    def __init__(self, noticing: dict[str, list[str]], broken: tuple[str, ...] = ()) -> None:
        self.noticing = noticing
        self.broken = broken

    def fails(self, name: str, arguments: list[str], settings: dict[str, str]) -> tuple[bool, str]:
        off = [settings.get("CAUSEWAY_MUTANT", ""), *settings.get("CAUSEWAY_WITHOUT", "").split()]
        off += [rule for option, rule in zip(arguments, arguments[1:]) if option == "--without"]
        noticed = name in self.broken or any(one in self.noticing.get(name, []) for one in off)
        if name == "causeway_simulate":
            return not noticed, "caught by seed 7\n" if noticed else "no seed notices\n"
        return noticed, f"[  FAILED  ] {name}.Case\n" if noticed else ""


def hunted(programs: Pretending, mutants: list[Mutant], harmless: dict[str, str]) -> tuple[int, str]:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        result = hunt.hunt(programs, mutants, 100, harmless)
    return result, printed.getvalue()


class HuntTest(unittest.TestCase):
    def test_a_mutant_that_a_test_notices_is_caught_and_says_by_which(self):
        result, printed = hunted(Pretending({"a_test": ["one"]}), [Mutant("one", ["b_test", "a_test"])], {})
        self.assertEqual(result, 0)
        self.assertIn("caught       one: a_test: a_test.Case", printed)

    def test_one_that_nothing_notices_survives(self):
        result, printed = hunted(Pretending({}), [Mutant("one", ["a_test"])], {})
        self.assertEqual(result, 1)
        self.assertIn("SURVIVES     one: no test fails", printed)

    def test_a_rule_is_caught_by_a_seed_or_by_a_test_or_with_the_rule_that_hides_it(self):
        rule = Mutant("consensus hidden", ["engine_test"], "hidden", ["hiding"])
        for noticing, by in (({"causeway_simulate": ["hidden"]}, "seed 7"), ({"engine_test": ["hidden"]}, "engine_test.Case"),
                             ({"causeway_simulate": ["hiding"]}, "(with hiding): seed 7")):
            result, printed = hunted(Pretending(noticing), [rule], {})
            self.assertEqual(result, 0, printed)
            self.assertIn(by, printed)

    def test_what_is_said_to_be_harmless_must_be(self):
        mutants = [Mutant("one", ["a_test"])]
        result, printed = hunted(Pretending({}), mutants, {"one": "for clarity"})
        self.assertEqual(result, 0)
        self.assertIn("harmless     one: for clarity", printed)
        result, printed = hunted(Pretending({"a_test": ["one"]}), mutants, {"one": "for clarity"})
        self.assertEqual(result, 1)
        self.assertIn("NOT HARMLESS one: a_test", printed)

    def test_tests_that_fail_by_themselves_catch_nothing(self):
        result, printed = hunted(Pretending({}, broken=("a_test",)), [Mutant("one", ["a_test"])], {})
        self.assertEqual(result, 1)
        self.assertIn("a_test fails with every rule on", printed)

    def test_names_in_the_table_are_names_of_mutants(self):
        mutants = [Mutant("consensus hidden", [], "hidden"), Mutant("file.cc 1", [])]
        self.assertEqual(hunt.unknown_names({"together": {"hidden": ["gone"]}, "harmless": {"file.cc 1": "", "file.cc 2": ""}}, mutants),
                         ["gone", "file.cc 2"])


if __name__ == "__main__":
    unittest.main()

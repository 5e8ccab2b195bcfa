#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Which checks of a source get a switch, and that without a mutant the copy says the same."""

import unittest

from switches import Source

CHECKS = """
// if (a) return Refuse("in a comment");
absl::Status Check(int a, int b, std::vector<Violation>& violations) {
  if (a > 1 || (b > 2 && a < 0)) return absl::InvalidArgumentError("if (x) return Refuse()");
  if (const auto found = Find(a)) {
    return Invalid{kReason, {}};
  }
  if (a == b) return absl::OkStatus();
  if (a == 3) violations.push_back({absl::StrCat("three ", a, "; of"), {}});
  for (Violation& one : violations) collected_->violations.push_back(std::move(one));
  CAUSEWAY_RETURN_IF_ERROR(CheckMore(a, b));
  return Expect("field", a, b) ? absl::OkStatus() : Other();
}
bool VerifyIt(int a) {
  if (a < 0) return true;
  return a == 1 && Other(a, 2);
}
"""


class SwitchesTest(unittest.TestCase):
    def setUp(self) -> None:
        self.source = Source("x.cc", CHECKS)

    def test_each_check_has_one_name(self) -> None:
        self.assertEqual(self.source.names, [
            "x.cc Check: a > 1", "x.cc Check: (b > 2 && a < 0)", "x.cc Check: const auto found = Find(a)", "x.cc Check: three … of",
            "x.cc Check: CheckMore(a, b)", "x.cc Check: field", "x.cc VerifyIt: a == 1", "x.cc VerifyIt: Other(a, 2)"])

    def test_each_kind_of_check_is_turned_off_its_own_way(self) -> None:
        text = self.source.switched()
        for expected in ('if (((a > 1) && CausewayCheckIsOn("x.cc Check: a > 1")) || (((b > 2 && a < 0)) && ',
                         'if (const auto found = Find(a); found && CausewayCheckIsOn(',
                         'if (a == 3) { if (CausewayCheckIsOn("x.cc Check: three … of")) violations.push_back({absl::StrCat("three ", a, "; of"), {}}); }',
                         '{ if (CausewayCheckIsOn("x.cc Check: CheckMore(a, b)")) CAUSEWAY_RETURN_IF_ERROR(CheckMore(a, b)); }',
                         '(CausewayCheckIsOn("x.cc Check: field") ? Expect("field", a, b) : std::optional<Invalid>())',
                         'return ((a == 1) || !CausewayCheckIsOn("x.cc VerifyIt: a == 1")) && ((Other(a, 2)) || !'):
            self.assertIn(expected, text)

    def test_what_is_no_check_stays(self) -> None:
        text = self.source.switched()
        for kept in ("if (a == b) return absl::OkStatus();", "if (a < 0) return true;", "collected_->violations.push_back(std::move(one));",
                     '// if (a) return Refuse("in a comment");'):
            self.assertIn(kept, text)

    def test_the_second_of_two_equal_checks_is_numbered(self) -> None:
        twice = Source("x.cc", 'bool F(int a) {\n  if (a) return Refuse("");\n  if (a) return Refuse("");\n  return true;\n}\n')
        self.assertEqual(twice.names, ["x.cc F: a", "x.cc F: a #2"])


if __name__ == "__main__":
    unittest.main()

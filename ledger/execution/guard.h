// SPDX-License-Identifier: Apache-2.0
//
// The lane for a defect in a rule: what it throws is told as text, the same on every node, and stops nothing else.

#ifndef CAUSEWAY_LEDGER_EXECUTION_GUARD_H_
#define CAUSEWAY_LEDGER_EXECUTION_GUARD_H_

#include <optional>
#include <stdexcept>
#include <string>
#include <variant>

#include "absl/strings/str_cat.h"

#include "ledger/base/check.h"

namespace causeway::execution {

// Runs rules inside a RuleScope. Nothing where they come to their end; else what was wrong: a failed check, or what a
// defect throws otherwise. HostFailure passes through.
template <class Rules>
std::optional<std::string> DefectOf(Rules&& rules) {
  try {
    RuleScope scope;
    rules();
    return std::nullopt;
  } catch (const InvariantViolation& violation) {
    return violation.what();
  } catch (const std::logic_error& error) {
    return absl::StrCat("logic error: ", error.what());
  } catch (const std::bad_optional_access&) {
    return "an absent value was read";
  } catch (const std::bad_variant_access&) {
    return "an absent alternative was read";
  }
}

}  // namespace causeway::execution

#endif  // CAUSEWAY_LEDGER_EXECUTION_GUARD_H_

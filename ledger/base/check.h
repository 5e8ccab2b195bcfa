// SPDX-License-Identifier: Apache-2.0
// CAUSEWAY_CHECK: the lane for bugs. A condition that only a defect of this program can make false is checked with it,
// in every build.
//
//   CAUSEWAY_CHECK(total >= blocked);
//   CAUSEWAY_CHECK(total >= blocked, "balance of ", account.ToHex(), " is inconsistent");
//
// What follows the condition is given to absl::StrCat, and only evaluated when the condition is false.
//
// Outside a RuleScope a failure prints file, line, condition and message to standard error and aborts. Inside one it
// throws InvariantViolation, so that a defect in a rule stops one transaction, identically on every node, and not the
// network. A rule that says no is never a CAUSEWAY_CHECK (it is a Reason), nor is a disk or a peer that fails (an
// absl::Status).
#ifndef CAUSEWAY_LEDGER_BASE_CHECK_H_
#define CAUSEWAY_LEDGER_BASE_CHECK_H_

#include <exception>
#include <string>

#include "absl/strings/str_cat.h"

namespace causeway {

// A failed CAUSEWAY_CHECK inside a RuleScope. Caught in execution::Apply and nowhere else.
class InvariantViolation : public std::exception {
 public:
  explicit InvariantViolation(std::string what) : what_(std::move(what)) {}
  // "condition: message". No file and line: the text may reach a log that is compared between builds.
  const char* what() const noexcept override { return what_.c_str(); }

 private:
  std::string what_;
};

// While one lives, a failed CAUSEWAY_CHECK on this thread throws InvariantViolation instead of aborting. Scopes nest.
// Only ledger/execution makes them, around a transaction's rules, and the state that a throw leaves half-written is
// that transaction's overlay, which is dropped.
class RuleScope {
 public:
  RuleScope();
  ~RuleScope();
  RuleScope(const RuleScope&) = delete;
  RuleScope& operator=(const RuleScope&) = delete;

  // True while any scope lives on this thread.
  static bool Active();
};

namespace internal {
[[noreturn]] void CheckFailed(const char* file, int line, const char* condition, const std::string& message);
}  // namespace internal
}  // namespace causeway

#define CAUSEWAY_CHECK(condition, ...)                                                  \
  do {                                                                                  \
    if (!(condition)) [[unlikely]] {                                                    \
      ::causeway::internal::CheckFailed(__FILE__, __LINE__, #condition,                 \
                                        ::absl::StrCat("" __VA_OPT__(, ) __VA_ARGS__)); \
    }                                                                                   \
  } while (false)

#endif  // CAUSEWAY_LEDGER_BASE_CHECK_H_

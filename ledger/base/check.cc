// SPDX-License-Identifier: Apache-2.0
#include "ledger/base/check.h"

#include <cstdio>
#include <cstdlib>

namespace causeway {
namespace {
thread_local int rule_scopes = 0;
}  // namespace

RuleScope::RuleScope() {
  ++rule_scopes;
}
RuleScope::~RuleScope() {
  --rule_scopes;
}
bool RuleScope::Active() {
  return rule_scopes > 0;
}

namespace internal {

void CheckFailed(const char* file, int line, const char* condition, const std::string& message) {
  std::string what = message.empty() ? std::string(condition) : absl::StrCat(condition, ": ", message);
  if (RuleScope::Active()) throw InvariantViolation(std::move(what));
  (void)std::fprintf(stderr, "%s:%d: check failed: %s\n", file, line, what.c_str());
  (void)std::fflush(stderr);
  std::abort();
}

}  // namespace internal
}  // namespace causeway

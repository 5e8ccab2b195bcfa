// SPDX-License-Identifier: Apache-2.0
#include "ledger/base/reason.h"

#include <algorithm>
#include <ostream>

#include "ledger/base/check.h"

namespace causeway {

std::ostream& operator<<(std::ostream& out, const Reason& reason) {
  out << reason.code << '(';
  for (size_t i = 0; i < reason.parameters.size(); ++i) out << (i == 0 ? "" : ", ") << reason.parameters[i];
  return out << ')';
}

void Reasons::Add(uint32_t code, std::vector<std::string> parameters) {
  Add(Reason{code, std::move(parameters)});
}

void Reasons::Add(Reason reason) {
  CAUSEWAY_CHECK(reason.code != 0, "a reason without a code");
  const auto place = std::lower_bound(reasons_.begin(), reasons_.end(), reason);
  if (place != reasons_.end() && *place == reason) return;
  reasons_.insert(place, std::move(reason));
}

void Reasons::AddAll(const Reasons& other) {
  for (const Reason& reason : other.reasons_) Add(reason);
}

bool Reasons::Contains(uint32_t code) const {
  return std::any_of(reasons_.begin(), reasons_.end(), [code](const Reason& reason) { return reason.code == code; });
}

std::ostream& operator<<(std::ostream& out, const Reasons& reasons) {
  out << '[';
  for (size_t i = 0; i < reasons.size(); ++i) out << (i == 0 ? "" : ", ") << reasons.sorted()[i];
  return out << ']';
}

}  // namespace causeway

// SPDX-License-Identifier: Apache-2.0

#include "ledger/execution/record_kind.h"

#include <algorithm>

#include "ledger/base/bytes.h"
#include "ledger/execution/record_ids.h"

namespace causeway::execution {
namespace {

void Append(const std::vector<std::string>& from, std::vector<std::string>& to) {
  for (const std::string& text : from) {
    if (std::find(to.begin(), to.end(), text) == to.end()) to.push_back(text);
  }
}

bool HasZeroByte(absl::string_view text) {
  return text.find('\0') != absl::string_view::npos;
}

}  // namespace

void Concerns::Add(const Concerns& other) {
  everyone = everyone || other.everyone;
  operators = operators || other.operators;
  compliance_only = compliance_only || other.compliance_only;
  Append(other.parties, parties);
  Append(other.instruments, instruments);
  Append(other.supervised, supervised);
}

std::optional<std::string> IdText<std::string>::Parse(absl::string_view text) {
  if (HasZeroByte(text)) return std::nullopt;
  return std::string(text);
}

std::optional<std::string> IdText<std::string>::Partial(absl::string_view text) {
  return Parse(text);
}

std::optional<InstrumentId> IdText<InstrumentId>::Parse(absl::string_view text) {
  absl::StatusOr<InstrumentId> id = InstrumentId::Parse(text);
  if (!id.ok()) return std::nullopt;
  return *std::move(id);
}

std::optional<std::string> IdText<InstrumentId>::Partial(absl::string_view text) {
  if (text.size() > InstrumentId::kSize || HasZeroByte(text)) return std::nullopt;
  return std::string(text);
}

std::optional<Instant> IdText<Instant>::Parse(absl::string_view text) {
  const absl::StatusOr<Instant> instant = ParseInstant(text);
  if (!instant.ok()) return std::nullopt;
  return *instant;
}

std::optional<std::string> PartialHex(absl::string_view text) {
  for (const char digit : text) {
    if (!((digit >= '0' && digit <= '9') || (digit >= 'a' && digit <= 'f'))) return std::nullopt;
  }
  return HexToBytes(text.substr(0, text.size() / 2 * 2));
}

std::vector<absl::string_view> SplitMembers(absl::string_view text, size_t count) {
  std::vector<absl::string_view> members;
  while (members.size() + 1 < count && text.find('/') != absl::string_view::npos) {
    const size_t end = text.find('/');
    members.push_back(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  members.push_back(text);
  return members;
}

}  // namespace causeway::execution

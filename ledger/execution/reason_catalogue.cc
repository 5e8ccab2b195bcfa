// SPDX-License-Identifier: Apache-2.0

#include "ledger/execution/reason_catalogue.h"

#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"

#include "causeway/v1/ledger_reason.pb.h"
#include "ledger/base/check.h"
#include "ledger/codec/json.h"

namespace causeway::execution {
namespace {

constexpr uint32_t kNumbersPerContract = 100;

}  // namespace

ReasonCatalogue::ReasonCatalogue(const Registry& registry) {
  AddAll("ledger", *v1::LedgerReason_descriptor());
  for (const auto& contract : registry.contracts) AddAll(contract->name(), *contract->reasons());
}

void ReasonCatalogue::AddAll(const std::string& contract, const google::protobuf::EnumDescriptor& reasons) {
  std::optional<uint32_t> hundred;
  for (int i = 0; i < reasons.value_count(); ++i) {
    const int number = reasons.value(i)->number();
    if (number == 0) continue;  // unspecified
    CAUSEWAY_CHECK(number > 0, contract, " has a negative reason");
    const auto code = static_cast<uint32_t>(number);
    if (!hundred) hundred = code / kNumbersPerContract;
    CAUSEWAY_CHECK(*hundred == code / kNumbersPerContract, contract, "'s reason ", code, " lies outside its hundred");
    const CatalogueEntry entry{code, codec::ShortEnumName(reasons, number), contract};
    const bool is_new = entries_.emplace(code, entry).second;
    CAUSEWAY_CHECK(is_new, "reason ", code, " has two meanings");
  }
}

std::string ReasonCatalogue::NameOf(uint32_t code) const {
  const auto found = entries_.find(code);
  return found == entries_.end() ? absl::StrCat(code) : found->second.name;
}

}  // namespace causeway::execution

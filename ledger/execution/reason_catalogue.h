// SPDX-License-Identifier: Apache-2.0
//
// Every numbered reason by name: the ledger's own and each contract's.

#ifndef CAUSEWAY_LEDGER_EXECUTION_REASON_CATALOGUE_H_
#define CAUSEWAY_LEDGER_EXECUTION_REASON_CATALOGUE_H_

#include <cstdint>
#include <map>
#include <string>

#include "ledger/execution/contract.h"

namespace causeway::execution {

struct CatalogueEntry {
  uint32_t code;
  // "CUTO".
  std::string name;
  // "dealing"; "ledger" for the ledger's own.
  std::string contract;
};

class ReasonCatalogue {
 public:
  // Checked: no number occurs twice, and each lies in its contract's hundred.
  explicit ReasonCatalogue(const Registry& registry);

  // "CUTO"; the number as text where there is no such reason.
  std::string NameOf(uint32_t code) const;
  const std::map<uint32_t, CatalogueEntry>& entries() const { return entries_; }

 private:
  void AddAll(const std::string& contract, const google::protobuf::EnumDescriptor& reasons);

  std::map<uint32_t, CatalogueEntry> entries_;
};

}  // namespace causeway::execution

#endif  // CAUSEWAY_LEDGER_EXECUTION_REASON_CATALOGUE_H_

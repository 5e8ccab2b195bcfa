// SPDX-License-Identifier: Apache-2.0

#include "ledger/chain/validity.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "ledger/codec/json.h"

namespace causeway::chain {

std::string Invalid::ToString() const {
  std::string text = codec::ShortEnumName(*v1::LedgerReason_descriptor(), reason);
  if (!parameters.empty()) absl::StrAppend(&text, " (", absl::StrJoin(parameters, ", "), ")");
  return text;
}

}  // namespace causeway::chain

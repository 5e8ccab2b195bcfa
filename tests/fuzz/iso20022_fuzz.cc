// SPDX-License-Identifier: Apache-2.0
// Whatever is read as orders or prices, XML or CSV, becomes operations that are canonical, or is refused with the
// file's name; and a message that is read once is read again as the same.
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/match.h"

#include "ledger/base/check.h"
#include "ledger/codec/encode.h"
#include "node/iso20022/account_table.h"
#include "node/iso20022/import.h"

namespace {

using causeway::iso20022::AccountTable;

const AccountTable& Accounts() {
  static const AccountTable* const table = new AccountTable(*AccountTable::FromJson(R"({"accounts": [
    {"external_id": "ORCHID-OMNIBUS", "account": "9c4831f82ada3a328ea95a061c6be4c0", "owner": "ORCHIDWEALTH00000024", "cash_accounts": [
      {"currency": "SGD", "account": "4c3ea809bc84e2da8e38d76ca7118d57", "token": "SGD.MERIDIAN", "external_id": "SG12MERI0000000000001"},
      {"currency": "USD", "account": "1d4e229f0228bdbf934c47e168e621d2", "token": "USD.ARDENNE"}]},
    {"external_id": "ORCHID-CLIENT-1", "account": "389703decdf1e51f4c3945402ae4dd66", "owner": "ORCHIDWEALTH00000024", "cash_accounts": [
      {"currency": "SGD", "account": "4c3ea809bc84e2da8e38d76ca7118d57", "token": "SGD.MERIDIAN", "external_id": "SG12MERI0000000000001"},
      {"currency": "SGD", "account": "5a000000000000000000000000000001", "token": "SGD.STRAIT", "external_id": "SG34STRA0000000000002"}]}]})"));
  return *table;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace causeway;
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  (void)AccountTable::FromJson(bytes);
  const auto read = iso20022::ReadBytes(bytes, Accounts());
  if (!read.ok()) {
    CAUSEWAY_CHECK(absl::IsInvalidArgument(read.status()) && absl::StartsWith(read.status().message(), "input:"),
                   "refused without its name");
    return 0;
  }
  CAUSEWAY_CHECK(!read->empty(), "accepted, and asks for nothing");
  const auto again = iso20022::ReadBytes(bytes, Accounts());
  CAUSEWAY_CHECK(again.ok() && again->size() == read->size(), "read once and not again");
  for (size_t i = 0; i < read->size(); ++i) {
    const absl::StatusOr<std::string> encoded = codec::TrySerializeCanonical((*read)[i].operation);
    CAUSEWAY_CHECK(encoded.ok(), "read, and not canonical");
    CAUSEWAY_CHECK(*encoded == codec::SerializeCanonical((*again)[i].operation), "read as another operation");
  }
  return 0;
}

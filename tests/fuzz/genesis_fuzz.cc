// SPDX-License-Identifier: Apache-2.0
// A genesis that is read has no errors, is written and read again as the same chain, and is canonical.
#include <cstddef>
#include <cstdint>
#include <string>

#include "ledger/base/check.h"
#include "ledger/chain/certificate.h"
#include "ledger/chain/genesis.h"
#include "ledger/codec/encode.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace causeway;
  const absl::StatusOr<v1::Genesis> genesis = chain::ParseGenesis({reinterpret_cast<const char*>(data), size});
  if (!genesis.ok()) {
    CAUSEWAY_CHECK(absl::IsInvalidArgument(genesis.status()) && !genesis.status().message().empty());
    return 0;
  }
  CAUSEWAY_CHECK(chain::GenesisErrors(*genesis).empty(), "accepted with errors");
  const std::string bytes = chain::EncodeGenesis(*genesis);
  const absl::StatusOr<v1::Genesis> canonical = codec::ParseCanonical<v1::Genesis>(bytes);
  CAUSEWAY_CHECK(canonical.ok() && chain::EncodeGenesis(*canonical) == bytes, "not canonical");
  const absl::StatusOr<std::string> json = chain::GenesisToJson(*genesis);
  CAUSEWAY_CHECK(json.ok(), "read, and cannot be written");
  const absl::StatusOr<v1::Genesis> again = chain::ParseGenesis(*json);
  CAUSEWAY_CHECK(again.ok(), "written, and cannot be read");
  CAUSEWAY_CHECK(chain::EncodeGenesis(*again) == bytes && chain::ChainIdOf(*again) == chain::ChainIdOf(*genesis),
                 "read as another chain");
  const std::vector<crypto::PublicKey> keys = chain::ValidatorKeys(chain::GenesisValidators(*genesis));
  CAUSEWAY_CHECK(!keys.empty() && keys.size() <= chain::kValidatorsMax);
  return 0;
}

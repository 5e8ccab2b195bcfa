// SPDX-License-Identifier: Apache-2.0
// CRC-32C (Castagnoli, RFC 3720): catches torn writes and bit rot in files. Not a defence against anyone.
#ifndef CAUSEWAY_LEDGER_BASE_CRC32C_H_
#define CAUSEWAY_LEDGER_BASE_CRC32C_H_

#include <cstdint>

#include "absl/strings/string_view.h"

namespace causeway {

// The checksum of what came before, continued over `data`; of nothing it is 0.
uint32_t ExtendCrc32c(uint32_t crc, absl::string_view data);

}  // namespace causeway

#endif  // CAUSEWAY_LEDGER_BASE_CRC32C_H_

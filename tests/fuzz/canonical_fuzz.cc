// SPDX-License-Identifier: Apache-2.0
// Whatever the canonical walker accepts parses, and serializes to the identical bytes.
#include <cstddef>
#include <cstdint>

#include "codec_sample.pb.h"
#include "ledger/base/check.h"
#include "ledger/codec/encode.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using causeway::test::v1::Sample;
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (!causeway::codec::CheckCanonical(*Sample::descriptor(), bytes).ok()) return 0;
  const absl::StatusOr<Sample> sample = causeway::codec::ParseCanonical<Sample>(bytes);
  CAUSEWAY_CHECK(sample.ok(), "accepted, and does not parse");
  CAUSEWAY_CHECK(causeway::codec::SerializeCanonical(*sample) == bytes, "accepted, and serializes to other bytes");
  return 0;
}

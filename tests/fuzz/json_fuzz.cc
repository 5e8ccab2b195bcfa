// SPDX-License-Identifier: Apache-2.0
// JSON that is read is written again and read as the same message.
#include <cstddef>
#include <cstdint>

#include "codec_sample.pb.h"
#include "ledger/base/check.h"
#include "ledger/codec/json.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using causeway::test::v1::Sample;
  Sample sample;
  if (!causeway::codec::JsonToMessage({reinterpret_cast<const char*>(data), size}, &sample).ok()) return 0;
  const absl::StatusOr<std::string> json = causeway::codec::MessageToJson(sample);
  CAUSEWAY_CHECK(json.ok(), "read, and cannot be written");
  Sample again;
  CAUSEWAY_CHECK(causeway::codec::JsonToMessage(*json, &again).ok(), "written, and cannot be read");
  CAUSEWAY_CHECK(again.SerializeAsString() == sample.SerializeAsString(), "read as another message");
  return 0;
}

// SPDX-License-Identifier: Apache-2.0
// What a peer says, and what the vote log keeps, is refused as an invalid argument or is the only encoding of itself.
#include <cstddef>
#include <cstdint>

#include "ledger/base/check.h"
#include "node/consensus/messages.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace causeway::consensus;
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  const absl::StatusOr<Message> message = DecodeMessage(bytes);
  if (message.ok()) {
    CAUSEWAY_CHECK(absl::string_view(EncodeMessage(*message)) == bytes, "a message with two encodings");
    CAUSEWAY_CHECK(!Describe(*message).empty());
  } else {
    CAUSEWAY_CHECK(absl::IsInvalidArgument(message.status()) && !message.status().message().empty());
  }
  const absl::StatusOr<LogRecord> record = DecodeRecord(bytes);
  if (record.ok()) {
    CAUSEWAY_CHECK(absl::string_view(EncodeRecord(*record)) == bytes, "a record with two encodings");
  } else {
    CAUSEWAY_CHECK(absl::IsInvalidArgument(record.status()) && !record.status().message().empty());
  }
  return 0;
}

// SPDX-License-Identifier: Apache-2.0
// A key or a value of the store is read or is none; what is read is laid out again as the identical bytes, and any key
// of any family can be shown to a person.
#include <cstddef>
#include <cstdint>
#include <string>

#include "causeway/v1/storage.pb.h"
#include "ledger/base/check.h"
#include "ledger/codec/encode.h"
#include "ledger/store/keys.h"

namespace {

using namespace causeway;

template <class Message>
void CheckMessage(absl::string_view bytes) {
  const absl::StatusOr<Message> message = codec::ParseCanonical<Message>(bytes);
  if (message.ok()) CAUSEWAY_CHECK(absl::string_view(codec::SerializeCanonical(*message)) == bytes);
}

void CheckKeys(absl::string_view bytes) {
  using namespace store;
  if (const auto key = ParseHeightKey(bytes)) CAUSEWAY_CHECK(absl::string_view(HeightKey(*key)) == bytes);
  if (const auto key = ParseReceiptKey(bytes)) CAUSEWAY_CHECK(absl::string_view(ReceiptKey(*key)) == bytes);
  if (const auto key = ParseResultKey(bytes)) CAUSEWAY_CHECK(absl::string_view(ResultKey(*key)) == bytes);
  if (const auto key = ParseSubjectKey(bytes)) {
    CAUSEWAY_CHECK(absl::string_view(SubjectKey(key->subject, key->place)) == bytes);
    const std::string prefix = SubjectPrefix(key->subject);
    CAUSEWAY_CHECK(bytes.substr(0, prefix.size()) == prefix, "a look-up of the subject misses its row");
  }
  if (const auto key = ParseStateRowKey(bytes))
    CAUSEWAY_CHECK(absl::string_view(StateRowKey(key->table, key->key)) == bytes);
  if (const auto key = ParseVersionKey(bytes))
    CAUSEWAY_CHECK(absl::string_view(VersionKey(key->flush, key->key.table, key->key.key, Height(key->height))) ==
                   bytes);
  for (const Family family : AllFamilies()) {
    CAUSEWAY_CHECK(!DescribeKey(family, bytes).empty() || bytes.empty());
    (void)HeightOfKey(family, bytes);
  }
}

void CheckValues(absl::string_view bytes) {
  using namespace store;
  if (const auto row = ParseStateRow(bytes)) CAUSEWAY_CHECK(absl::string_view(EncodeStateRow(*row)) == bytes);
  if (const auto version = ParseVersion(bytes)) CAUSEWAY_CHECK(absl::string_view(EncodeVersion(*version)) == bytes);
  if (const auto grave = ParseGrave(bytes)) CAUSEWAY_CHECK(absl::string_view(EncodeGrave(*grave)) == bytes);
  CheckMessage<v1::StoreIdentity>(bytes);
  CheckMessage<v1::FinalMarker>(bytes);
  CheckMessage<v1::Flush>(bytes);
  CheckMessage<v1::FlatEntry>(bytes);
  CheckMessage<v1::StoredRestrictedRecord>(bytes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  CheckKeys(bytes);
  CheckValues(bytes);
  return 0;
}

// SPDX-License-Identifier: Apache-2.0
// Messages to canonical bytes and back: the only way in which records, blocks, transactions and receipts are written
// and read.
//
// Bytes that came from outside this process are read by ParseCanonical. Bytes that this node wrote into its own store,
// under a checksum and re-verified by an audit, are read by ParseTrusted, which leaves the walk out. What is hashed or
// signed is kept as the bytes that arrived and never re-serialized.
#ifndef CAUSEWAY_LEDGER_CODEC_ENCODE_H_
#define CAUSEWAY_LEDGER_CODEC_ENCODE_H_

#include <string>

#include <google/protobuf/message.h>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "ledger/base/status.h"
#include "ledger/codec/canonical.h"

namespace causeway::codec {

// The canonical bytes. That they are canonical is checked in every build: a message that has no canonical form (control
// characters in a text, an id of the wrong length, an unknown enum value) is a defect of the caller and a failed
// CAUSEWAY_CHECK.
std::string SerializeCanonical(const google::protobuf::Message& message);

// The same for a message made from a person's or a file's input: InvalidArgument with the field's path instead of a
// failed check.
absl::StatusOr<std::string> TrySerializeCanonical(const google::protobuf::Message& message,
                                                  const CanonicalOptions& options = {});

// Checks, then parses into `message` (cleared first). InvalidArgument with the field's path when the bytes are not
// canonical.
absl::Status ParseCanonicalInto(absl::string_view bytes, google::protobuf::Message* message,
                                const CanonicalOptions& options = {});

template <typename M>
absl::StatusOr<M> ParseCanonical(absl::string_view bytes, const CanonicalOptions& options = {}) {
  M message;
  CAUSEWAY_RETURN_IF_ERROR(ParseCanonicalInto(bytes, &message, options));
  return message;
}

// Parses without the canonical walk. DataLoss when the bytes are not a message of this type at all.
absl::Status ParseTrustedInto(absl::string_view bytes, google::protobuf::Message* message);

template <typename M>
absl::StatusOr<M> ParseTrusted(absl::string_view bytes) {
  M message;
  CAUSEWAY_RETURN_IF_ERROR(ParseTrustedInto(bytes, &message));
  return message;
}

}  // namespace causeway::codec

#endif  // CAUSEWAY_LEDGER_CODEC_ENCODE_H_

// SPDX-License-Identifier: Apache-2.0
// The canonical profile of protobuf: at most one byte string per value, so that a hash of bytes is a hash of a meaning.
// One walker over the wire bytes, driven by descriptors, decides; no serializer's habits matter. What it accepts
// re-serializes to the identical bytes.
//
// The rules (each has a test that breaks it):
//   wire      tags, lengths and varints minimal and of the declared wire type; fields in ascending order, repeated ones
//   contiguous; no
//             unknown field; no singular field twice; one member of a oneof; nothing truncated or left over
//   values    bool 0 or 1; uint32 within 32 bits; a known enum value; no default value written, except by members of a
//   oneof and
//             `optional` fields, which carry presence; an empty sub-message is legal
//   repeated  numbers, bools and enums in one non-empty packed run (default values within it are values); strings,
//   bytes and messages one by one text      valid UTF-8 (no surrogates, no overlong forms) without C0, DEL, C1 and
//   bidirectional-format characters (U+061C, U+200E, U+200F,
//             U+202A-202E, U+2066-2069); no normalization, for its tables change with Unicode versions
//   options   (format) IDENTIFIER: 0x21..0x7e only; DECIMAL: canonical decimal text (ledger/base/decimal.h); (size):
//   exactly that many
//             bytes; (since): not before that protocol version
//   depth     at most 16 messages inside one another, the outermost counted
//
// Not in the schema language of hashed messages at all, and refused as a defect of the schema when met: maps, groups,
// extensions, floats, the signed and fixed-width integers other than sint64, Any.
//
// Determinism: depends on the descriptors, the bytes and the protocol version. Thread safety: all functions may be
// called from any thread.
#ifndef CAUSEWAY_LEDGER_CODEC_CANONICAL_H_
#define CAUSEWAY_LEDGER_CODEC_CANONICAL_H_

#include <cstdint>
#include <limits>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace google::protobuf {
class Descriptor;
}  // namespace google::protobuf

namespace causeway::codec {

// Messages inside one another, the outermost counted.
inline constexpr int kMaxDepth = 16;

struct CanonicalOptions {
  // The protocol version of the block that carries the bytes: a field whose `since` is later is unknown. The default
  // knows every field, for records that this program wrote itself.
  uint32_t protocol_version = std::numeric_limits<uint32_t>::max();
};

// OK when `bytes` are the canonical form of some message of this type. Else InvalidArgument with the path of the first
// offending field: "operations[3].dealing.subscribe.amount: decimal text is not canonical".
absl::Status CheckCanonical(const google::protobuf::Descriptor& descriptor, absl::string_view bytes,
                            const CanonicalOptions& options = {});

// OK when the type, and every type it reaches, keeps to the schema rules of the canonical profile. Else InvalidArgument
// that names the first field that does not. For the test that lints the schema, and for generators of documents.
absl::Status CheckSchema(const google::protobuf::Descriptor& descriptor);

// OK when the text is valid UTF-8 and free of control and bidirectional-format characters; else InvalidArgument without
// a path.
absl::Status CheckText(absl::string_view text);
// Whether every character is printable ASCII, 0x21 to 0x7e.
bool IsIdentifierText(absl::string_view text);

}  // namespace causeway::codec

#endif  // CAUSEWAY_LEDGER_CODEC_CANONICAL_H_

// SPDX-License-Identifier: Apache-2.0
#ifndef CAUSEWAY_TESTS_UNIT_STRUCTURE_SCHEMA_LINT_H_
#define CAUSEWAY_TESTS_UNIT_STRUCTURE_SCHEMA_LINT_H_

#include <google/protobuf/descriptor.h>

#include <string>
#include <vector>

namespace causeway::structure {

// What the canonical profile and the house rules say of a schema file beyond buf's STANDARD rules:
// - proto3, package causeway.v1, imports of our own files only (options.proto alone sees protobuf's descriptors);
// - fields are uint32, uint64, sint64, bool, enum, bytes, string or messages of ours; no map, group or extension;
// - every message, field, oneof, enum, value, service and call has a comment in front of it;
// - FORMAT_DECIMAL and FORMAT_IDENTIFIER stand on strings, FORMAT_INSTANT on uint64 fields whose names end in `_us`;
//   other fields named so are lengths of time, and their comments say "microseconds";
// - `size` stands on bytes, and on all bytes named as ids, hashes or roots;
// - enums begin with X_UNSPECIFIED, prefix their values, and share no numbers; a contract's reasons lie in its range.
// Each finding reads "file:line: what is wrong". The file must come from a pool that keeps source locations.
std::vector<std::string> LintSchema(const google::protobuf::FileDescriptor& file);

}  // namespace causeway::structure

#endif  // CAUSEWAY_TESTS_UNIT_STRUCTURE_SCHEMA_LINT_H_

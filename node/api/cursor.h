// SPDX-License-Identifier: Apache-2.0
// The tokens with which a reader goes on where an answer ended. They work on every node of the chain and after a
// restart, and carry a digest over what they belong to, so that one of another chain, party or query is refused and not
// misread. They need no secret: whatever they say, every read is judged anew, and they hold no id that the reader has
// not been shown.
#ifndef CAUSEWAY_NODE_API_CURSOR_H_
#define CAUSEWAY_NODE_API_CURSOR_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "ledger/base/identifiers.h"

namespace causeway::api {

// What a page belongs to.
struct PageQuery {
  Hash chain_id;
  std::string party;
  std::string kind;
  std::string prefix;
};

struct PagePosition {
  Height height;
  // The row that was shown last.
  std::string key;
};

std::string EncodePageToken(const PageQuery& query, const PagePosition& position);
// INVALID_ARGUMENT for a token of something else, or none.
absl::StatusOr<PagePosition> DecodePageToken(const PageQuery& query, absl::string_view token);

// A place in history: the next event of a result to look at. Within a block due work comes first, as it is done.
struct EventPosition {
  uint64_t height = 0;
  // Receipts of the block's due work, then of its transactions, counted through.
  uint32_t receipt = 0;
  uint32_t result = 0;
  uint32_t event = 0;
  friend bool operator==(const EventPosition&, const EventPosition&) = default;
};

std::string EncodeResumeToken(const Hash& chain_id, absl::string_view party, const EventPosition& position);
absl::StatusOr<EventPosition> DecodeResumeToken(const Hash& chain_id, absl::string_view party, absl::string_view token);

}  // namespace causeway::api

#endif  // CAUSEWAY_NODE_API_CURSOR_H_

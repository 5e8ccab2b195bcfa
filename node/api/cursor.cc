// SPDX-License-Identifier: Apache-2.0

#include "node/api/cursor.h"

#include <algorithm>
#include <optional>

#include "ledger/base/bytes.h"
#include "ledger/base/status.h"
#include "ledger/crypto/domain.h"

namespace causeway::api {
namespace {

constexpr size_t kDigestSize = 16;
constexpr crypto::DomainTag kPageTokenTag("causeway/page-token/v1");
constexpr crypto::DomainTag kResumeTokenTag("causeway/resume-token/v1");

std::string PageDigest(const PageQuery& query, absl::string_view payload) {
  const Hash hash =
      crypto::DomainHash(kPageTokenTag, query.chain_id, absl::string_view(query.party), absl::string_view(query.kind),
                         absl::string_view(query.prefix), crypto::Tail{payload});
  return std::string(hash.bytes().substr(0, kDigestSize));
}

std::string ResumeDigest(const Hash& chain_id, absl::string_view party, absl::string_view payload) {
  const Hash hash = crypto::DomainHash(kResumeTokenTag, chain_id, party, crypto::Tail{payload});
  return std::string(hash.bytes().substr(0, kDigestSize));
}

// What follows the digest of a token.
absl::string_view PayloadOf(absl::string_view token) {
  return token.substr(std::min(kDigestSize, token.size()));
}

absl::Status CheckDigest(absl::string_view token, absl::string_view digest) {
  if (token.substr(0, kDigestSize) == digest) return absl::OkStatus();
  return absl::InvalidArgumentError("the token is none that this chain has given to this reader for this request");
}

}  // namespace

std::string EncodePageToken(const PageQuery& query, const PagePosition& position) {
  std::string payload;
  AppendBigEndian64(payload, position.height.value());
  payload += position.key;
  return PageDigest(query, payload) + payload;
}

absl::StatusOr<PagePosition> DecodePageToken(const PageQuery& query, absl::string_view token) {
  absl::string_view payload = PayloadOf(token);
  CAUSEWAY_RETURN_IF_ERROR(CheckDigest(token, PageDigest(query, payload)));
  const std::optional<uint64_t> height = TakeBigEndian64(payload);
  if (!height) return absl::InvalidArgumentError("the token is cut off");
  return PagePosition{Height(*height), std::string(payload)};
}

std::string EncodeResumeToken(const Hash& chain_id, absl::string_view party, const EventPosition& position) {
  std::string payload;
  AppendBigEndian64(payload, position.height);
  AppendBigEndian32(payload, position.receipt);
  AppendBigEndian32(payload, position.result);
  AppendBigEndian32(payload, position.event);
  return ResumeDigest(chain_id, party, payload) + payload;
}

absl::StatusOr<EventPosition> DecodeResumeToken(const Hash& chain_id, absl::string_view party,
                                                absl::string_view token) {
  absl::string_view payload = PayloadOf(token);
  CAUSEWAY_RETURN_IF_ERROR(CheckDigest(token, ResumeDigest(chain_id, party, payload)));
  const std::optional<uint64_t> height = TakeBigEndian64(payload);
  const std::optional<uint32_t> receipt = TakeBigEndian32(payload);
  const std::optional<uint32_t> result = TakeBigEndian32(payload);
  const std::optional<uint32_t> event = TakeBigEndian32(payload);
  if (!height || !receipt || !result || !event || !payload.empty())
    return absl::InvalidArgumentError("the token is cut off, or too long");
  return EventPosition{*height, *receipt, *result, *event};
}

}  // namespace causeway::api

// SPDX-License-Identifier: Apache-2.0
#include "node/client/certified_head.h"

#include <optional>

#include "ledger/base/status.h"
#include "ledger/codec/encode.h"

namespace causeway::client {

absl::StatusOr<v1::CertifiedHeader> FetchCertifiedHead(Client& client) {
  CAUSEWAY_ASSIGN_OR_RETURN(v1::GetBlockResponse answer, client.GetHeader(std::nullopt));
  if (answer.finalization().empty())
    return absl::UnavailableError("the node has no finalization of its newest block yet; ask again");
  CAUSEWAY_ASSIGN_OR_RETURN(v1::BlockHeader header, codec::ParseCanonical<v1::BlockHeader>(answer.header()));
  if (header.height() != answer.finalized_height()) {
    CAUSEWAY_ASSIGN_OR_RETURN(answer, client.GetHeader(Height(answer.finalized_height())));
    CAUSEWAY_ASSIGN_OR_RETURN(header, codec::ParseCanonical<v1::BlockHeader>(answer.header()));
  }
  v1::CertifiedHeader head;
  *head.mutable_header() = header;
  CAUSEWAY_RETURN_IF_ERROR(codec::ParseCanonicalInto(answer.finalization(), head.mutable_finalization()));
  return head;
}

}  // namespace causeway::client

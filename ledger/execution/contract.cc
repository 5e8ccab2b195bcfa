// SPDX-License-Identifier: Apache-2.0

#include "ledger/execution/contract.h"

#include <algorithm>

#include "google/protobuf/descriptor.h"

#include "ledger/base/check.h"
#include "ledger/codec/encode.h"
#include "ledger/crypto/domain.h"
#include "ledger/crypto/sha256.h"

namespace causeway::execution {

void Effects::Restrict(const google::protobuf::Message& record) {
  const std::optional<std::string>& key = context_->block->chain->confidentiality_key;
  // Nothing that the rules say: a process without the key cannot know the hash that the others compute.
  if (!key)
    throw state::HostFailure(
        absl::FailedPreconditionError("the network's confidentiality key is needed and was not given"));
  const auto sequence = static_cast<uint32_t>(restricted_.size());
  const Hash salt =
      crypto::HmacSha256(*key, crypto::Preimage(crypto::kRestrictedSaltTag, salt_id_, context_->index, sequence));
  std::string bytes = codec::SerializeCanonical(record);
  const Hash salted_hash = crypto::DomainHash(crypto::kRestrictedRecordTag, salt, crypto::Tail{bytes});
  restricted_.push_back(RestrictedRecord{salted_hash, record.GetDescriptor()->full_name(), std::move(bytes)});
}

bool Contract::RunDue(const OperationContext&, const DueItem& item, state::StateTransaction&, Effects&,
                      WorkBudget&) const {
  CAUSEWAY_CHECK(false, "contract ", name(), " has due work ", item.id, " and no rule for it");
  return true;
}

Concerns Contract::ConcernsOf(const v1::Event&, const state::StateView&, const state::StateView&) const {
  Concerns concerns;
  concerns.compliance_only = true;
  return concerns;
}

std::function<bool(const v1::Event&)> Contract::MakerOf(const v1::Event&, const state::StateView&,
                                                        const state::StateView&) const {
  return nullptr;
}

std::optional<Concerns> Contract::ConcernsOfRestricted(absl::string_view, absl::string_view,
                                                       const state::StateView&) const {
  return std::nullopt;
}

const Contract* Registry::Find(v1::Operation::KindCase kind) const {
  const auto found =
      std::find_if(contracts.begin(), contracts.end(), [&](const auto& contract) { return contract->kind() == kind; });
  return found == contracts.end() ? nullptr : found->get();
}

}  // namespace causeway::execution

// SPDX-License-Identifier: Apache-2.0
#include "ledger/merkle/proof_messages.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "ledger/base/status.h"

namespace causeway::merkle {
namespace {

// Twice the depth of the largest history, which no path of a proof exceeds.
constexpr int kHistoryPathMax = 128;

using RepeatedBytes = google::protobuf::RepeatedPtrField<std::string>;

absl::StatusOr<std::vector<Hash>> ReadHashes(const RepeatedBytes& field, absl::string_view name, int count_max) {
  if (field.size() > count_max) {
    return absl::InvalidArgumentError(absl::StrCat(name, ": at most ", count_max, " hashes, not ", field.size()));
  }
  std::vector<Hash> hashes;
  hashes.reserve(static_cast<size_t>(field.size()));
  for (const std::string& bytes : field) {
    const std::optional<Hash> hash = Hash::FromBytes(bytes);
    if (!hash.has_value()) {
      return absl::InvalidArgumentError(absl::StrCat(name, "[", hashes.size(), "]: a hash has 32 bytes"));
    }
    hashes.push_back(*hash);
  }
  return hashes;
}

void WriteHashes(const std::vector<Hash>& hashes, RepeatedBytes& field) {
  for (const Hash& hash : hashes) *field.Add() = hash.ToString();
}

}  // namespace

v1::InclusionProof ToMessage(const InclusionProof& proof) {
  v1::InclusionProof message;
  message.set_leaf_index(proof.leaf_index);
  message.set_tree_size(proof.tree_size);
  WriteHashes(proof.path, *message.mutable_path());
  return message;
}

v1::ConsistencyProof ToMessage(const ConsistencyProof& proof) {
  v1::ConsistencyProof message;
  message.set_old_size(proof.old_size);
  message.set_new_size(proof.new_size);
  WriteHashes(proof.path, *message.mutable_path());
  return message;
}

v1::StateProof ToMessage(const StateProof& proof) {
  v1::StateProof message;
  WriteHashes(proof.siblings, *message.mutable_siblings());
  if (proof.other_leaf.has_value()) {
    message.mutable_other_leaf()->set_tree_key(proof.other_leaf->key.ToString());
    message.mutable_other_leaf()->set_value_hash(proof.other_leaf->value_hash.ToString());
  }
  return message;
}

absl::StatusOr<InclusionProof> FromMessage(const v1::InclusionProof& message) {
  CAUSEWAY_ASSIGN_OR_RETURN(std::vector<Hash> path, ReadHashes(message.path(), "path", kHistoryPathMax));
  return InclusionProof{message.leaf_index(), message.tree_size(), std::move(path)};
}

absl::StatusOr<ConsistencyProof> FromMessage(const v1::ConsistencyProof& message) {
  CAUSEWAY_ASSIGN_OR_RETURN(std::vector<Hash> path, ReadHashes(message.path(), "path", kHistoryPathMax));
  return ConsistencyProof{message.old_size(), message.new_size(), std::move(path)};
}

absl::StatusOr<StateProof> FromMessage(const v1::StateProof& message) {
  CAUSEWAY_ASSIGN_OR_RETURN(std::vector<Hash> siblings,
                            ReadHashes(message.siblings(), "siblings", static_cast<int>(kStateTreeDepthMax)));
  StateProof proof{std::move(siblings), std::nullopt};
  if (message.has_other_leaf()) {
    const std::optional<StateTreeKey> key = StateTreeKey::FromBytes(message.other_leaf().tree_key());
    const std::optional<Hash> value_hash = Hash::FromBytes(message.other_leaf().value_hash());
    if (!key.has_value()) return absl::InvalidArgumentError("other_leaf.tree_key: a tree key has 34 bytes");
    if (!value_hash.has_value()) return absl::InvalidArgumentError("other_leaf.value_hash: a hash has 32 bytes");
    proof.other_leaf = StateLeaf{*key, *value_hash};
  }
  return proof;
}

}  // namespace causeway::merkle

// SPDX-License-Identifier: Apache-2.0
// What consensus talks about: votes, certificates, and blocks seen from outside. The names are the Simplex paper's
// (Chan and Pass, ePrint 2023/463).
//
// A view is one attempt to agree on a block. A quorum of notarize votes is a notarization, of nullify votes a
// nullification, of finalize votes a finalization.
#ifndef CAUSEWAY_NODE_CONSENSUS_TYPES_H_
#define CAUSEWAY_NODE_CONSENSUS_TYPES_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

#include "ledger/base/identifiers.h"
#include "ledger/base/instant.h"

namespace causeway::consensus {

// Immutable bytes that several holders share: a block, or a message on its way to several peers.
using Bytes = std::shared_ptr<const std::string>;

// Numbers are signed and stored; they equal those of causeway.v1.VoteKind.
enum class VoteKind : uint8_t { kNotarize = 1, kNullify = 2, kFinalize = 3 };
inline constexpr int kVoteKinds = 3;
// 0, 1, 2: for arrays.
constexpr size_t IndexOf(VoteKind kind) {
  return static_cast<size_t>(kind) - 1;
}
// "notarize", "nullify", "finalize".
absl::string_view VoteKindName(VoteKind kind);

// What a vote says. A nullify vote speaks of no block: its parent view is 0 and its block zero.
struct Subject {
  VoteKind kind;
  Epoch epoch;
  View view;
  View parent_view;
  Hash block;

  static Subject Nullify(Epoch epoch, View view) { return {VoteKind::kNullify, epoch, view, View(0), Hash::Zero()}; }
  // The same block in the same view, spoken of with another kind.
  Subject As(VoteKind other) const { return {other, epoch, view, parent_view, block}; }

  friend bool operator==(const Subject&, const Subject&) = default;
};

// The bytes that are signed: laid out by ledger/chain, where an auditor finds them too.
std::string VotePreimage(const Hash& chain_id, const Subject& subject);
// "notarize 7 (parent 6) 3fa8…" for logs.
std::string Describe(const Subject& subject);

struct Vote {
  Subject subject;
  uint32_t validator;
  std::string signature;  // 64 bytes

  friend bool operator==(const Vote&, const Vote&) = default;
};

// Signatures of a quorum under one subject. `signers` ascends strictly; `signatures` holds 64 bytes for each, in order.
struct Certificate {
  Subject subject;
  std::vector<uint32_t> signers;
  std::string signatures;

  absl::string_view SignatureOf(size_t position) const {
    return absl::string_view(signatures).substr(position * 64, 64);
  }
  friend bool operator==(const Certificate&, const Certificate&) = default;
};
using CertificatePtr = std::shared_ptr<const Certificate>;

// Round robin over the views of all epochs.
constexpr uint32_t LeaderOf(Epoch epoch, View view, uint32_t validators) {
  return static_cast<uint32_t>((epoch.value() + view.value()) % validators);
}

// What a header says of the results of its block, and what executing the block gives.
struct Roots {
  Hash state;
  Hash history;
  friend bool operator==(const Roots&, const Roots&) = default;
};

// A block as consensus sees it. Everything but `bytes` was read out of the bytes by a BlockReader, and `hash` covers
// all of it, so nothing here is a peer's mere word.
struct BlockInfo {
  Hash hash;
  Hash parent;
  Epoch epoch;
  Height height;
  Instant time;
  uint32_t proposer;
  Roots claimed;
  // Hash of the set of validators that certifies the block after this one: another one than its own ends the epoch.
  Hash next_validators;
  Bytes bytes;  // may be null for a block that is final and known by its header alone
};

// Two votes of one signer that no honest validator signs together.
struct VoteConflict {
  Vote first;
  Vote second;
};

// Whether no honest validator signs both: ledger/chain/evidence says when.
bool Contradict(const Subject& a, const Subject& b);

}  // namespace causeway::consensus

#endif  // CAUSEWAY_NODE_CONSENSUS_TYPES_H_

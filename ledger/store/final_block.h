// SPDX-License-Identifier: Apache-2.0
//
// A final block with everything that a node keeps of it besides the state: what Store::WriteFinal writes at once, and
// what a replay computes again.

#ifndef CAUSEWAY_LEDGER_STORE_FINAL_BLOCK_H_
#define CAUSEWAY_LEDGER_STORE_FINAL_BLOCK_H_

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "causeway/v1/storage.pb.h"
#include "ledger/base/identifiers.h"
#include "ledger/merkle/history_tree.h"

namespace causeway::store {

// Numbers are part of keys (v1::ReceiptLane).
enum class Lane : uint8_t { kTransaction = v1::RECEIPT_LANE_TRANSACTION, kDueWork = v1::RECEIPT_LANE_DUE_WORK };

// A receipt's place.
struct Place {
  Height height;
  Lane lane;
  uint32_t index;
  friend auto operator<=>(const Place&, const Place&) = default;
};

// A result's place: a receipt's, and the operation in it.
struct ResultPlace {
  Place receipt;
  uint32_t operation;
  friend auto operator<=>(const ResultPlace&, const ResultPlace&) = default;
};

// A record that only some may read, under the salted hash that its result holds.
struct RestrictedEntry {
  Hash salted_hash;
  // Position of the result that holds the hash.
  uint32_t operation;
  // Full protobuf name, and canonical bytes.
  std::string type;
  std::string record;
};

// A subject by which one of a receipt's results can be found later: an order, an instruction, a case, an account. The
// bytes are the caller's (a kind, then an id); they sort as subjects are to be listed.
struct SubjectEntry {
  std::string subject;
  // Position of the result.
  uint32_t operation;
};

// A receipt with what stands below it.
struct FinalReceipt {
  // SHA-256 of the body; for due work the transaction that scheduled it, which is not indexed.
  Hash transaction_id;
  // Canonical bytes of Receipt, or SystemReceipt in due work: the history tree's leaf.
  std::string receipt;
  // Canonical bytes of each OperationResult, in order.
  std::vector<std::string> results;
  std::vector<RestrictedEntry> restricted;
  std::vector<SubjectEntry> subjects;
};

struct FinalBlock {
  Height height;
  Hash header_hash;
  // The parent's; zero for genesis.
  Hash parent_hash;
  // Canonical bytes of Block.
  std::string block;
  // In the order of the block; genesis has one, of index 0, with the zero id.
  std::vector<FinalReceipt> transactions;
  std::vector<FinalReceipt> due_work;
  // The history tree's nodes that this block completed.
  std::vector<merkle::HistoryNode> history_nodes;
  // Canonical bytes of the finalization, where the block was finalized directly and not as an ancestor.
  std::optional<std::string> certificate;
};

}  // namespace causeway::store

#endif  // CAUSEWAY_LEDGER_STORE_FINAL_BLOCK_H_

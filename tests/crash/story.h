// SPDX-License-Identifier: Apache-2.0
// What happens on the chain of the crash tests: one validator, all contracts, and the same transactions in the block of
// each height in every life, so that a block's bytes follow from its height alone.
#ifndef CAUSEWAY_TESTS_CRASH_STORY_H_
#define CAUSEWAY_TESTS_CRASH_STORY_H_

#include <memory>
#include <string>
#include <vector>

#include "causeway/v1/genesis.pb.h"
#include "ledger/base/identifiers.h"
#include "ledger/base/instant.h"
#include "ledger/chain/transaction.h"
#include "ledger/crypto/signer.h"

namespace causeway::crash {

class Story {
 public:
  // Blocks 1 to `blocks`, at least 4.
  explicit Story(uint64_t blocks);

  const v1::Genesis& genesis() const { return genesis_; }
  const Hash& chain_id() const { return chain_id_; }
  const std::string& confidentiality_key() const { return confidentiality_key_; }
  const std::shared_ptr<const crypto::Signer>& validator() const { return validator_; }
  // Stands still: a block's time is its parent's and a microsecond.
  Instant clock() const { return clock_; }
  uint64_t blocks() const { return transactions_.size() - 1; }
  // Those of the block at a height; none above the last.
  std::vector<std::shared_ptr<const chain::Transaction>> TransactionsAt(uint64_t height) const;

 private:
  void Add(const std::vector<std::pair<std::string, std::vector<v1::Operation>>>& signed_by_two);

  std::string confidentiality_key_;
  v1::Genesis genesis_;
  Hash chain_id_;
  std::shared_ptr<const crypto::Signer> validator_;
  Instant clock_;
  uint64_t next_id_ = 1;
  std::vector<std::vector<std::shared_ptr<const chain::Transaction>>> transactions_;
};

}  // namespace causeway::crash

#endif  // CAUSEWAY_TESTS_CRASH_STORY_H_

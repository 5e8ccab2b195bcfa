// SPDX-License-Identifier: Apache-2.0
// A node's ledger with a small market in it, for tests of who reads what: two funds of different houses, two investors
// with orders in both, a cash token, a supervisor of the first fund, an auditor of everything, an authority of Ireland.
// Blocks are built, finalized and stored as a validator does it.
#ifndef CAUSEWAY_TESTS_UNIT_NODE_API_API_WORLD_H_
#define CAUSEWAY_TESTS_UNIT_NODE_API_API_WORLD_H_

#include <memory>
#include <string>
#include <vector>

#include "node/api/read_rules.h"
#include "node/ledger/node_ledger.h"
#include "node/mempool/mempool.h"
#include "tests/support/contract_fixture.h"
#include "tests/support/temporary_directory.h"

namespace causeway::testing {

class ApiWorld : public ContractFixture {
 protected:
  static constexpr const char* kToday = "2026-03-02";
  // The second house.
  static const std::string kOtherFmco;
  static const std::string kOtherAdministrator;
  static const std::string kOtherTransferAgent;
  static const std::string kAuthorityOfIreland;

  // Genesis, and one block with cash for both investors.
  ApiWorld();
  ~ApiWorld() override;

  // A transaction of a party signed by its officers 1 and 2; it goes into the next block.
  Hash Submit(const std::string& party, const std::vector<v1::Operation>& operations);
  // A block with what was submitted, `seconds` after the last; final.
  uint64_t Block(uint64_t seconds = 1);
  // The same, of a validator in whose mempool these wait and nothing else does.
  uint64_t BlockOfAnother(const std::vector<std::string>& envelopes);
  // Blocks until one has no due work, the first one at this time.
  void BlocksAt(absl::string_view time);
  // Submits, makes a block, and expects that all was applied.
  Hash Do(const std::string& party, const std::vector<v1::Operation>& operations);
  std::vector<v1::OperationResult> ResultsOf(const Hash& transaction_id) const;

  v1::Operation Subscribe(const std::string& label, const InstrumentId& isin, const std::string& owner,
                          const std::string& amount) const;
  v1::Operation OpenAccountOf(const std::string& label, const std::string& owner) const;
  // From the day's book to its settlement, at this price.
  void Deal(const InstrumentId& isin, const std::string& administrator, const std::string& price);

  // Officers with all roles, and with TRADE only.
  static api::Reader Officer(const std::string& party);
  static api::Reader Trader(const std::string& party);

  const node_ledger::NodeLedger& ledger() const { return *ledger_; }
  node_ledger::NodeLedger& ledger() { return *ledger_; }
  const v1::Genesis& genesis() const { return genesis_; }
  mempool::Mempool& mempool() { return mempool_; }
  // Block time now, as of the last block.
  Instant block_time() const { return Instant::FromMicros(time_us_); }
  uint64_t height() const { return ledger_->head()->header.height(); }

  const InstrumentId token_ = InstrumentFor("SGD.MERIDIAN");
  const InstrumentId fund_ = InstrumentFor("FUND.ONE");
  const InstrumentId other_fund_ = InstrumentFor("FUND.TWO");
  const InstrumentId isin_ = InstrumentFor(IsinFor("SGONE"));
  const InstrumentId other_isin_ = InstrumentFor(IsinFor("SGTWO"));
  const AccountId units_ = IdFor<AccountId>("units");
  const AccountId cash_ = IdFor<AccountId>("cash");
  const AccountId other_units_ = IdFor<AccountId>("other units");
  const AccountId other_cash_ = IdFor<AccountId>("other cash");

 private:
  void MakeGenesis();
  mempool::Mempool::TransactionPtr Decoded(const std::string& envelope) const;
  // On the newest final block, from the ledger's mempool, at the time now.
  consensus::BlockInfo Build();
  // Final, with its certificate; its height.
  uint64_t Commit(const consensus::BlockInfo& block);

  TemporaryDirectory directory_;
  v1::Genesis genesis_;
  mempool::Mempool mempool_{mempool::MempoolOptions{}};
  std::unique_ptr<node_ledger::NodeLedger> ledger_;
  uint64_t transactions_ = 0;
  uint64_t time_us_ = 0;
};

}  // namespace causeway::testing

#endif  // CAUSEWAY_TESTS_UNIT_NODE_API_API_WORLD_H_

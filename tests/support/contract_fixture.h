// SPDX-License-Identifier: Apache-2.0
//
// A chain in memory on which contracts are tested: a valid world of parties with officers and keys, helpers that add
// instruments and accounts, and operations that go through the real pipeline (authority, four eyes, pauses, rules,
// policy, invariants), each in a block of its own.
//
//   class FreezeTest : public ContractFixture {};
//   TEST_F(FreezeTest, NothingLeavesAFrozenAccount) {
//     const AccountId account = AddAccount(kInvestor);
//     …
//     EXPECT_THAT(Run(kInvestor, One(kInvestor), operation), Refused(v1::TRANSFERS_REASON_FROZEN));
//   }
//
// Reasons that operations are refused for are noted in the file that CAUSEWAY_REASONS_FILE names, so that a test can
// tell which reasons no test produces.

#ifndef CAUSEWAY_TESTS_SUPPORT_CONTRACT_FIXTURE_H_
#define CAUSEWAY_TESTS_SUPPORT_CONTRACT_FIXTURE_H_

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/string_view.h"

#include "causeway/v1/genesis.pb.h"
#include "causeway/v1/instruments.pb.h"
#include "causeway/v1/operation.pb.h"
#include "causeway/v1/receipt.pb.h"
#include "causeway/v1/transfers.pb.h"
#include "ledger/base/identifiers.h"
#include "ledger/base/instant.h"
#include "ledger/crypto/sha256.h"
#include "ledger/crypto/signer.h"
#include "ledger/execution/contract.h"
#include "ledger/execution/outcome.h"
#include "ledger/state/view.h"

namespace causeway::testing {

// The first 16 bytes of the label's hash, for ids that clients choose.
template <class Id>
Id IdFor(absl::string_view label) {
  return *Id::FromBytes(crypto::Sha256(label).bytes().substr(0, Id::kSize));
}

// A valid LEI that begins with the label (at most 18 characters of A-Z, 0-9).
std::string LeiFor(absl::string_view label);
// A valid ISIN that begins with the label (at most 11 characters, the first two letters).
std::string IsinFor(absl::string_view label);
InstrumentId InstrumentFor(absl::string_view text);
// RFC 3339.
Instant At(absl::string_view text);
// An operation from the project's JSON.
v1::Operation OperationFrom(absl::string_view json);
// Notes that a reason was produced; for tests that reach reasons without the fixture.
void NoteReason(uint32_t code);

// --- Matchers for v1::OperationResult ---

MATCHER(Applied, "is applied") {
  *result_listener << arg.DebugString();
  return arg.status() == v1::OPERATION_STATUS_APPLIED;
}

// Refused for exactly these reasons (numbers of any reason enum), whatever their parameters.
MATCHER_P(RefusedForAll, codes, "is refused for exactly the given reasons") {
  *result_listener << arg.DebugString();
  std::set<uint32_t> found;
  for (const v1::Reason& reason : arg.reasons()) found.insert(reason.code());
  return arg.status() == v1::OPERATION_STATUS_REFUSED && found == codes;
}
template <class... Codes>
auto Refused(Codes... codes) {
  return RefusedForAll(std::set<uint32_t>{static_cast<uint32_t>(codes)...});
}

// Refused for this reason with these parameters, among others perhaps.
MATCHER_P2(RefusedWith, code, parameters, "is refused for the reason with the parameters") {
  *result_listener << arg.DebugString();
  if (arg.status() != v1::OPERATION_STATUS_REFUSED) return false;
  for (const v1::Reason& reason : arg.reasons()) {
    if (reason.code() != static_cast<uint32_t>(code)) continue;
    const std::vector<std::string> found(reason.parameters().begin(), reason.parameters().end());
    if (found == std::vector<std::string>(parameters)) return true;
  }
  return false;
}

class ContractFixture : public ::testing::Test {
 protected:
  // The parties of every world; jurisdiction SG but for the investor abroad (IE). Each has officers 1 and 2 with all
  // roles, 3 who trades, 4 who approves, and an agent.
  static const std::string kFmco;            // FMCO
  static const std::string kAdministrator;   // ADMINISTRATOR
  static const std::string kTransferAgent;   // TRAG
  static const std::string kBank;            // BANK, ISSUER
  static const std::string kIntermediary;    // INTR, INVESTOR
  static const std::string kInvestor;        // INVESTOR
  static const std::string kInvestorAbroad;  // INVESTOR
  static const std::string kSupervisor;      // SUPERVISOR
  static const std::string kAuditor;         // AUDITOR
  // OPERATOR, BANK: each runs one of four validators, whose key has the operator's LEI as label.
  static const std::vector<std::string> kOperators;

  // The time is 2026-03-02T09:00:00Z, a Monday.
  ContractFixture();
  ~ContractFixture() override;

  // --- Time and state ---

  Instant now() const { return now_; }
  void SetTime(Instant now);
  void SetTime(absl::string_view text) { SetTime(At(text)); }
  void Advance(Duration duration);
  // What operations have left; also for putting records that no operation makes.
  state::StateTransaction& state() { return *state_; }
  const state::StateView& view() const { return *state_; }
  const execution::ChainParameters& chain() const { return chain_; }
  // For tests that exchange a rule; before the first Run of a test.
  execution::Registry& registry() { return *registry_; }
  execution::BlockContext block() const;

  // --- Signing ---

  // The n-th officer of a party (1 to 4), its key, and the agent's key.
  static OfficerId Officer(absl::string_view lei, int n);
  static KeyId KeyOf(absl::string_view lei, int n);
  static KeyId AgentKeyOf(absl::string_view lei);
  // The private key of an officer, by the label that AddParty gives it; for tests that bind further keys or sign for
  // real.
  static crypto::PrivateKey PrivateKeyFor(absl::string_view label);
  static const crypto::PublicKey& PublicKeyFor(absl::string_view label);
  static v1::NewKey NewKeyFor(absl::string_view label);
  static KeyId KeyIdFor(absl::string_view label);
  using Signers = std::vector<KeyId>;
  static Signers One(absl::string_view lei) { return {KeyOf(lei, 1)}; }
  static Signers Two(absl::string_view lei);
  static Signers Agent(absl::string_view lei) { return {AgentKeyOf(lei)}; }
  static Signers Sorted(Signers signers);

  // --- Running ---

  // One operation in a transaction and a block of its own, through the pipeline.
  v1::OperationResult Run(const std::string& party, Signers signers, const v1::Operation& operation);
  // All in one transaction; those that are `linked` stand or fall with the next.
  std::vector<v1::OperationResult> RunAll(const std::string& party, Signers signers,
                                          const std::vector<v1::Operation>& operations);
  // As genesis does: no authority, four eyes, pauses and policy.
  v1::OperationResult RunGenesis(const v1::Operation& operation);
  // Everything that is due at now(), oldest first; at most so many work units. Returns what happened, one result a
  // piece of work.
  std::vector<v1::OperationResult> RunDue(uint64_t work = 1'000'000);
  // Pieces of work that are planned.
  size_t DueCount() const;

  // Invariants that did not hold in the last Run or RunDue. A test that expects one says so, or fails.
  const std::vector<execution::ViolationReport>& violations() const { return violations_; }
  void ExpectViolations() { violations_expected_ = true; }
  const Hash& last_transaction_id() const { return transaction_id_; }
  // Restricted records of the last Run or RunDue.
  const std::vector<execution::RestrictedRecord>& restricted() const { return restricted_; }

  // --- The world ---

  std::string AddParty(absl::string_view label, const std::vector<v1::PartyRole>& roles,
                       absl::string_view jurisdiction = "SG");
  // Parties for AddParty's request, for tests that change one thing in it.
  static v1::RegisterParty PartyRequest(absl::string_view label, const std::vector<v1::PartyRole>& roles,
                                        absl::string_view jurisdiction = "SG");

  // "SGD.MERIDIAN" of kBank.
  InstrumentId AddCashToken(absl::string_view id = "SGD.MERIDIAN", const std::string& issuer = kBank);
  // A fund of kFmco, kAdministrator and kTransferAgent.
  InstrumentId AddFund(absl::string_view id = "FUND.ONE", absl::string_view base_currency = "SGD");
  static v1::Fund FundOf(absl::string_view base_currency = "SGD");
  // A class with 4 decimals of units and of price, 1 % GRAM entry fee, settlement at once, PREFUNDED, no eligibility
  // rules. Its accounts are IdFor<AccountId>(isin + "/cash"), "/issuance", "/residual" and "/fees"; AddShareClass opens
  // them where the contract `transfers` is there.
  static v1::ShareClass ShareClassOf(const InstrumentId& fund, const std::vector<InstrumentId>& cash_tokens,
                                     absl::string_view isin, absl::string_view currency = "SGD");
  InstrumentId AddShareClass(absl::string_view isin, const v1::ShareClass& share_class);
  static AccountId ClassAccount(const InstrumentId& isin, absl::string_view purpose);
  // Cut-off 10:00, grace 5 minutes, valuation 16:00 UTC, settlement at 09:00 of the next three calendar days (lags 0 to
  // 2).
  static v1::DealingDay DealingDayOn(absl::string_view date);
  void AddDealingDays(const InstrumentId& fund, const std::vector<std::string>& dates);
  // An account opened by its owner; the id is made of the label, or of owner and a counter.
  AccountId AddAccount(const std::string& owner, v1::AccountKind kind = v1::ACCOUNT_KIND_OWN,
                       absl::string_view label = "");
  // Attests investor class and jurisdiction of an account by kTransferAgent, until 2036.
  void Attest(const AccountId& account, absl::string_view investor_class, absl::string_view jurisdiction);

 private:
  std::vector<v1::OperationResult> RunTransaction(const std::string& party, Signers signers,
                                                  const std::vector<v1::Operation>& operations);
  void CheckViolations();
  bool HasContract(v1::Operation::KindCase kind) const { return registry_->Find(kind) != nullptr; }

  std::unique_ptr<execution::Registry> registry_;
  execution::ChainParameters chain_;
  std::unique_ptr<state::StateView> base_;
  std::unique_ptr<state::StateTransaction> state_;
  Instant now_;
  uint64_t height_ = 0;
  uint64_t accounts_ = 0;
  Hash transaction_id_ = Hash::Zero();
  std::vector<execution::ViolationReport> violations_;
  std::vector<execution::RestrictedRecord> restricted_;
  bool violations_expected_ = false;
};

}  // namespace causeway::testing

#endif  // CAUSEWAY_TESTS_SUPPORT_CONTRACT_FIXTURE_H_

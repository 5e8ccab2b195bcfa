// SPDX-License-Identifier: Apache-2.0
#include "node/api/read_rules.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "causeway/v1/ledger_reason.pb.h"
#include "contracts/governance/governance.h"
#include "contracts/instruments/instruments.h"
#include "contracts/parties/parties.h"
#include "node/api/redaction.h"
#include "tests/unit/node/api/api_world.h"

namespace causeway::api {
namespace {

using execution::Concerns;

class ReadRulesTest : public testing::ApiWorld {
 protected:
  ReadRulesTest() : state_now_(*ledger().head()->view) {}

  ReadRules RulesOf(const Reader& reader) { return ReadRules(reader, state_now_, ledger().chain()); }
  bool MayRead(const Reader& reader, const Concerns& concerns, uint64_t at = 1) {
    return RulesOf(reader).MayRead(concerns, Height(at));
  }
  void Grant(const std::string& reader, v1::Grant grant) { state_now_.Put(governance::kGrants, reader, grant); }

  static Concerns OfParty(const std::string& lei) {
    Concerns concerns;
    concerns.parties = {lei};
    return concerns;
  }
  static Concerns OfInstrument(const InstrumentId& id) {
    Concerns concerns;
    concerns.instruments = {id.ToString()};
    return concerns;
  }
  static Concerns Everyone() {
    Concerns concerns;
    concerns.everyone = true;
    return concerns;
  }

  // Rights on top of the chain's newest state.
  state::StateTransaction state_now_;
};

TEST_F(ReadRulesTest, WhatConcernsNobodyIsReadByNobodyButWhoReadsBlocks) {
  for (const std::string& reader : {kFmco, kTransferAgent, kBank, kInvestor, kSupervisor, kOperators[0]})
    EXPECT_FALSE(MayRead(Officer(reader), Concerns())) << reader;
  EXPECT_TRUE(MayRead(Officer(kAuditor), Concerns()));
}

TEST_F(ReadRulesTest, ASuspendedPartyReadsNothing) {
  EXPECT_TRUE(MayRead(Officer(kInvestor), Everyone()));
  v1::Party party = *parties::FindParty(state_now_, kInvestor);
  party.set_status(v1::PARTY_STATUS_SUSPENDED);
  state_now_.Put(parties::kParties, kInvestor, party);
  EXPECT_FALSE(MayRead(Officer(kInvestor), Everyone()));
  EXPECT_FALSE(MayRead(Officer(kInvestor), OfParty(kInvestor)));
}

TEST_F(ReadRulesTest, OnlyOperatorsReadWhatIsTheirs) {
  Concerns concerns;
  concerns.operators = true;
  EXPECT_TRUE(MayRead(Officer(kOperators[2]), concerns));
  EXPECT_FALSE(MayRead(Officer(kBank), concerns));
  EXPECT_FALSE(MayRead(Officer(kSupervisor), concerns));
}

TEST_F(ReadRulesTest, WhatIsForComplianceOnlyIsNotForTradersNorForKeepers) {
  Concerns concerns = OfParty(kInvestor);
  concerns.instruments = {isin_.ToString()};
  concerns.compliance_only = true;
  EXPECT_TRUE(MayRead(Officer(kInvestor), concerns));
  EXPECT_FALSE(MayRead(Trader(kInvestor), concerns));
  EXPECT_FALSE(MayRead({kInvestor, {}}, concerns));
  EXPECT_FALSE(MayRead(Officer(kTransferAgent), concerns));
  EXPECT_FALSE(MayRead(Officer(kFmco), concerns));
  EXPECT_FALSE(MayRead(Officer(kIntermediary), concerns));
  EXPECT_TRUE(MayRead(Officer(kSupervisor), concerns));
  // Even where it is said to be for everyone, by mistake.
  concerns.everyone = true;
  concerns.operators = true;
  EXPECT_FALSE(MayRead(Trader(kInvestor), concerns));
  EXPECT_FALSE(MayRead(Officer(kOperators[0]), concerns));
}

TEST_F(ReadRulesTest, AFundsGrantCoversItsClassesAndNoOtherFunds) {
  EXPECT_TRUE(MayRead(Officer(kSupervisor), OfInstrument(isin_)));
  EXPECT_TRUE(MayRead(Officer(kSupervisor), OfInstrument(fund_)));
  EXPECT_FALSE(MayRead(Officer(kSupervisor), OfInstrument(other_isin_)));
  EXPECT_FALSE(MayRead(Officer(kSupervisor), OfInstrument(token_)));
  Concerns supervised;
  supervised.supervised = {isin_.ToString()};
  EXPECT_TRUE(MayRead(Officer(kSupervisor), supervised));
  EXPECT_FALSE(MayRead(Officer(kTransferAgent), supervised));
}

TEST_F(ReadRulesTest, AClasssGrantDoesNotCoverItsFund) {
  v1::Grant grant;
  grant.add_instruments(isin_.ToString());
  Grant(kSupervisor, grant);
  EXPECT_TRUE(MayRead(Officer(kSupervisor), OfInstrument(isin_)));
  EXPECT_FALSE(MayRead(Officer(kSupervisor), OfInstrument(fund_)));
}

TEST_F(ReadRulesTest, AJurisdictionsGrantCoversItsParties) {
  EXPECT_TRUE(MayRead(Officer(kAuthorityOfIreland), OfParty(kInvestorAbroad)));
  EXPECT_FALSE(MayRead(Officer(kAuthorityOfIreland), OfParty(kInvestor)));
}

TEST_F(ReadRulesTest, AGrantHoldsWithinItsHeightsOnly) {
  v1::Grant grant;
  grant.add_instruments(fund_.ToString());
  grant.set_from_height(5);
  grant.set_to_height(9);
  Grant(kAuditor, grant);
  for (const auto& [height, expected] : {std::pair<uint64_t, bool>{4, false}, {5, true}, {9, true}, {10, false}})
    EXPECT_EQ(MayRead(Officer(kAuditor), OfInstrument(isin_), height), expected) << height;
  EXPECT_FALSE(RulesOf(Officer(kAuditor)).MayReadBlock(Height(6)));
}

TEST_F(ReadRulesTest, BlocksAreReadByWhoIsGrantedEveryInstrumentWithinTheHeights) {
  EXPECT_TRUE(RulesOf(Officer(kAuditor)).MayReadBlock(Height(1)));
  v1::Grant grant;
  for (const InstrumentId& id : {fund_, other_fund_}) grant.add_instruments(id.ToString());
  Grant(kAuditor, grant);
  EXPECT_FALSE(RulesOf(Officer(kAuditor)).MayReadBlock(Height(1))) << "the token is missing";
  grant.add_instruments(token_.ToString());
  grant.set_from_height(2);
  Grant(kAuditor, grant);
  EXPECT_FALSE(RulesOf(Officer(kAuditor)).MayReadBlock(Height(1)));
  EXPECT_TRUE(RulesOf(Officer(kAuditor)).MayReadBlock(Height(2)));
}

TEST_F(ReadRulesTest, AGrantOfAPartyThatIsNeitherSupervisorNorAuditorCountsForNothing) {
  v1::Grant grant;
  grant.add_instruments(other_fund_.ToString());
  Grant(kInvestor, grant);
  EXPECT_FALSE(MayRead(Officer(kInvestor), OfInstrument(other_isin_)));
}

TEST_F(ReadRulesTest, ARoleIsThatOfNow) {
  EXPECT_TRUE(MayRead(Officer(kTransferAgent), OfInstrument(isin_), 0));
  v1::Fund fund = *instruments::FindFund(state_now_, fund_);
  fund.set_transfer_agent(kOtherTransferAgent);
  state_now_.Put(instruments::kFunds, fund_, fund);
  EXPECT_FALSE(MayRead(Officer(kTransferAgent), OfInstrument(isin_), 0));
  EXPECT_TRUE(MayRead(Officer(kOtherTransferAgent), OfInstrument(isin_), 0));
}

// --- Redaction ---

// A contract whose events are for compliance of one party.
class SecretiveContract : public execution::Contract {
 public:
  explicit SecretiveContract(std::string party) : party_(std::move(party)) {}
  const char* name() const override { return "policy"; }
  v1::Operation::KindCase kind() const override { return v1::Operation::kPolicy; }
  const google::protobuf::EnumDescriptor* reasons() const override { return v1::LedgerReason_descriptor(); }
  std::vector<state::TableInfo> tables() const override { return {}; }
  execution::Demands DemandsOf(const execution::OperationContext&, const state::StateView&) const override {
    return {};
  }
  void Check(const execution::OperationContext&, const state::StateView&, Reasons&) const override {}
  void Apply(const execution::OperationContext&, state::StateTransaction&, execution::Effects&) const override {}
  Concerns ConcernsOf(const v1::Event&, const state::StateView&, const state::StateView&) const override {
    Concerns concerns = Concerns();
    concerns.parties = {party_};
    concerns.compliance_only = true;
    return concerns;
  }

 private:
  std::string party_;
};

class RedactionTest : public ReadRulesTest {
 protected:
  RedactionTest() {
    registry_.contracts.push_back(std::make_unique<SecretiveContract>(kInvestor));
    result_.set_index(0);
    result_.set_status(v1::OPERATION_STATUS_HELD_FOR_REVIEW);
    result_.add_events()->mutable_policy();
    result_.add_restricted_hashes(std::string(32, 'h'));
  }
  std::optional<BlockRedaction::Shown> Redact(const Reader& reader, const std::string& submitter) {
    const ReadRules rules = RulesOf(reader);
    const BlockRedaction redaction(rules, registry_, ledger().store(), Height(1), state_now_, state_now_);
    return redaction.Redact(result_, submitter);
  }

  execution::Registry registry_;
  v1::OperationResult result_;
};

TEST_F(RedactionTest, TheSubmitterOfAHeldMovementLearnsThatItIsHeldAndNoMore) {
  const std::optional<BlockRedaction::Shown> shown = Redact(Trader(kInvestor), kInvestor);
  ASSERT_TRUE(shown.has_value());
  EXPECT_EQ(shown->result.status(), v1::OPERATION_STATUS_HELD_FOR_REVIEW);
  EXPECT_TRUE(shown->result.events().empty());
  EXPECT_FALSE(shown->whole);
}

TEST_F(RedactionTest, ItsComplianceAndTheAuditorReadItWhole) {
  for (const Reader& reader : {Officer(kInvestor), Officer(kAuditor)}) {
    const std::optional<BlockRedaction::Shown> shown = Redact(reader, kInvestor);
    ASSERT_TRUE(shown.has_value());
    EXPECT_TRUE(shown->whole);
    EXPECT_EQ(shown->result.SerializeAsString(), result_.SerializeAsString());
  }
}

TEST_F(RedactionTest, OthersReadNothingOfIt) {
  for (const std::string& reader : {kIntermediary, kTransferAgent, kBank, kOperators[0], kAuthorityOfIreland})
    EXPECT_FALSE(Redact(Officer(reader), kInvestor).has_value()) << reader;
  // Nor of an event of a contract that nobody knows.
  registry_.contracts.clear();
  EXPECT_FALSE(Redact(Officer(kBank), kInvestor).has_value());
  const std::optional<BlockRedaction::Shown> own = Redact(Officer(kInvestor), kInvestor);
  ASSERT_TRUE(own.has_value());
  EXPECT_TRUE(own->result.events().empty());
}

TEST_F(RedactionTest, DueWorkHasNoSubmitterWhomItShowsMore) {
  EXPECT_FALSE(Redact(Trader(kInvestor), "").has_value());
  EXPECT_FALSE(Redact({"", {}}, "").has_value());
}

}  // namespace
}  // namespace causeway::api

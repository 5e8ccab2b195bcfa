// SPDX-License-Identifier: Apache-2.0
// What can be read: every table has its kind or a reason why not, ids lead back to their records, and what is shown is
// canonical.
#include <map>
#include <set>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/message.h"

#include "contracts/governance/governance.h"
#include "contracts/settlement/settlement.h"
#include "ledger/codec/encode.h"
#include "tests/unit/contracts/dealing/dealing_world.h"

namespace causeway::testing {
namespace {

// Tables that are no kind of their own: other tables' indexes and the pieces of due work.
const std::set<std::string> kUnread = {"delegation_ids", "dealing_day_cut_offs", "hold_expiries", "order_places",
                                       "policy_watched", "policy_totals",        "cases_by_party"};

class KindsTest : public DealingTest {
 protected:
  KindsTest() {
    for (const auto& contract : registry().contracts) {
      for (execution::RecordKind& kind : contract->kinds()) {
        EXPECT_TRUE(kinds_.emplace(kind.name, kind).second) << kind.name << " twice";
      }
    }
  }

  // A record of nearly every kind.
  void FillTheWorld() {
    Open();
    EXPECT_THAT(Order(SubscribeAmount("order", "1000")), Applied());
    v1::Operation operation;
    v1::PlaceHold& hold = *operation.mutable_transfers()->mutable_place_hold();
    hold.set_hold(IdFor<HoldId>("hold").ToString());
    hold.set_account(cash_account_.ToString());
    hold.set_instrument(token_.ToString());
    hold.set_amount("12.5");
    hold.set_beneficiary(AddAccount(kIntermediary).ToString());
    hold.set_expires_us(AddSaturating(now(), Duration::Days(1)).micros());
    EXPECT_THAT(Run(kInvestor, Two(kInvestor), operation), Applied());
    state().Put(governance::kPauses, {static_cast<uint8_t>(governance::PauseKind::kLedger), std::string()},
                v1::PauseRecord());
    state().Put(governance::kPauses, {static_cast<uint8_t>(governance::PauseKind::kContract), std::string("dealing")},
                v1::PauseRecord());
    state().Put(governance::kGrants, kSupervisor, v1::Grant());
    state().Put(governance::kParameters, uint8_t{0}, v1::Parameters());
    state().Put(governance::kVotes, {IdFor<governance::ProposalId>("proposal"), kOperators[0]}, v1::VoteRecord());
    state().Put(governance::kProposals, IdFor<governance::ProposalId>("proposal"), v1::ProposalRecord());
    state().Put(settlement::kBundles, IdFor<InstructionId>("bundle"), v1::Bundle());
    state().Put(settlement::kBundlesByParty, {kInvestor, IdFor<InstructionId>("bundle")}, v1::IndexEntry());
  }

  std::map<std::string, execution::RecordKind> kinds_;
};

TEST_F(KindsTest, EveryTableIsReadByAKindOrNamedAsUnread) {
  std::set<state::TableId> read;
  for (const auto& [name, kind] : kinds_) read.insert(kind.table);
  for (const auto& contract : registry().contracts) {
    for (const state::TableInfo& table : contract->tables()) {
      EXPECT_NE(read.count(table.id) != 0, kUnread.count(table.name) != 0) << table.name;
    }
  }
}

TEST_F(KindsTest, AnIdLeadsBackToItsRecordAndARecordIsShownInCanonicalForm) {
  FillTheWorld();
  const execution::ReadContext context{view(), now()};
  std::set<std::string> seen;
  for (const auto& [name, kind] : kinds_) {
    view().ScanRaw(kind.table, "", std::nullopt, [&, &kind = kind](absl::string_view key, absl::string_view value) {
      SCOPED_TRACE(absl::StrCat(kind.name, " ", kind.text(key)));
      seen.insert(kind.name);
      const absl::StatusOr<state::StateKey> found = kind.find(kind.id(key, value), view());
      EXPECT_TRUE(found.ok()) << found.status();
      if (found.ok()) {
        EXPECT_EQ(*found, (state::StateKey{kind.table, std::string(key)}));
        if (kind.proof) {
          const state::StateKey proof = kind.proof(*found, view());
          EXPECT_TRUE(view().GetRaw(proof.table, proof.key).has_value());
        }
      }
      std::unique_ptr<google::protobuf::Message> message(
          google::protobuf::MessageFactory::generated_factory()->GetPrototype(kind.message)->New());
      const absl::Status canonical = codec::ParseCanonicalInto(kind.show(key, value, context), message.get());
      EXPECT_TRUE(canonical.ok()) << canonical;
      const execution::Concerns concerns = kind.concerns(key, value, context);
      EXPECT_TRUE(concerns.everyone || concerns.operators || !concerns.parties.empty() ||
                  !concerns.instruments.empty() || kind.name == "bundle")
          << "concerns nobody";
      // Every beginning of the text narrows to a range that holds the key.
      const std::string text = kind.text(key);
      for (size_t size = 0; size <= text.size(); ++size) {
        const std::optional<std::string> begin = kind.range(text.substr(0, size));
        EXPECT_TRUE(begin && absl::StartsWith(key, *begin)) << text.substr(0, size);
      }
      return true;
    });
  }
  for (const char* name :
       {"party",        "officer",      "key",           "fund",          "share-class", "cash-token", "calendar-day",
        "fund-member",  "payment",      "account",       "party-account", "balance",     "holding",    "hold",
        "account-hold", "supply",       "party-holding", "order",         "party-order", "class-day",  "price",
        "bundle",       "party-bundle", "pause",         "grant",         "parameters",  "proposal",   "vote"}) {
    EXPECT_EQ(seen.count(name), 1u) << name;
  }
}

TEST_F(KindsTest, TextsThatAreNoIdsAreRefusedAndNotMisread) {
  for (const auto& [name, kind] : kinds_) {
    if (name == "party" || name == "grant" || name == "pause") continue;  // any text is a possible key
    EXPECT_EQ(kind.find("/", view()).status().code() == absl::StatusCode::kInvalidArgument || name == "approval-rule" ||
                  name == "payment" || name == "party-order",
              true)
        << name;
  }
  EXPECT_FALSE(kinds_.at("account").find(IdFor<AccountId>("a").ToHex() + "00", view()).ok());
  EXPECT_FALSE(kinds_.at("account").find("ABCDEF", view()).ok());
  EXPECT_FALSE(kinds_.at("balance").find(IdFor<AccountId>("a").ToHex(), view()).ok());
  EXPECT_FALSE(kinds_.at("parameters").find("00", view()).ok());
  EXPECT_FALSE(kinds_.at("parameters").find("256", view()).ok());
  EXPECT_FALSE(kinds_.at("pause").find("ledgers", view()).ok());
}

// The hold of a party's cash is read by its beneficiary too, before and after it has ended.
TEST_F(KindsTest, AHoldsEventsConcernItsBeneficiaryAlsoWhenItEnds) {
  FillTheWorld();
  v1::Event event;
  v1::HoldReleased& released = *event.mutable_transfers()->mutable_hold_released();
  released.set_hold(IdFor<HoldId>("hold").ToString());
  released.set_account(cash_account_.ToString());
  released.set_instrument(token_.ToString());
  const execution::Contract& transfers = *registry().Find(v1::Operation::kTransfers);
  state::StateTransaction after(view());
  after.Erase(transfers::kHolds, IdFor<HoldId>("hold"));
  EXPECT_THAT(transfers.ConcernsOf(event, view(), after).parties,
              ::testing::UnorderedElementsAre(kInvestor, kIntermediary));
  EXPECT_THAT(transfers.ConcernsOf(event, after, after).parties, ::testing::UnorderedElementsAre(kInvestor));
  // Another hold that has taken over the id lends it nobody.
  released.set_account(account_.ToString());
  EXPECT_THAT(transfers.ConcernsOf(event, view(), after).parties, ::testing::UnorderedElementsAre(kInvestor));
}

// Keepers and issuers read the movements that come of a bundle, not the bargain.
TEST_F(KindsTest, ABundleConcernsItsPartiesAndNoKeeper) {
  v1::Bundle bundle;
  bundle.set_opened_by(kIntermediary);
  bundle.add_consents()->set_party(kInvestor);
  v1::Leg& leg = *bundle.add_legs();
  leg.set_from(cash_account_.ToString());
  leg.set_instrument(token_.ToString());
  const execution::RecordKind& kind = kinds_.at("bundle");
  const execution::Concerns concerns = kind.concerns(
      IdFor<InstructionId>("bundle").bytes(), state::EncodeRecord(bundle), execution::ReadContext{view(), now()});
  EXPECT_THAT(concerns.parties, ::testing::UnorderedElementsAre(kIntermediary, kInvestor));
  EXPECT_TRUE(concerns.instruments.empty());
  EXPECT_THAT(concerns.supervised, ::testing::ElementsAre(token_.ToString()));
}

}  // namespace
}  // namespace causeway::testing

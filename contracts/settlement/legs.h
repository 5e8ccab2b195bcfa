// SPDX-License-Identifier: Apache-2.0
// The legs of a bundle as what they are, and who must consent to them. Inside this contract.

#ifndef CAUSEWAY_CONTRACTS_SETTLEMENT_LEGS_H_
#define CAUSEWAY_CONTRACTS_SETTLEMENT_LEGS_H_

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "google/protobuf/repeated_field.h"

#include "causeway/v1/settlement.pb.h"
#include "ledger/base/amount.h"
#include "ledger/base/identifiers.h"
#include "ledger/base/reason.h"
#include "ledger/state/view.h"

namespace causeway::settlement {

// A leg with its fields as what they are. Accounts are the ones that have taken over, where a recovery came between.
struct ParsedLeg {
  // Its place in the bundle.
  uint32_t index;
  v1::LegKind kind;
  // Absent where the units are issued.
  std::optional<AccountId> from;
  // Absent where the units are cancelled.
  std::optional<AccountId> to;
  InstrumentId instrument;
  Amount amount;
  // LEI of the owner of `from`, of `to`, and of the instrument's keeper; empty where there is none.
  std::string giver;
  std::string receiver;
  std::string keeper;
  bool receiver_consents;

  bool IsPrimary() const { return kind != v1::LEG_KIND_TRANSFER; }
  // Whether the party must consent to this leg.
  bool Needs(absl::string_view party) const;
};

bool IsCash(const state::StateView& view, const InstrumentId& instrument);

using LegList = google::protobuf::RepeatedPtrField<v1::Leg>;

// The legs, or the reasons why they are none (LEG_COUNT, LEG_INVALID, and what transfers says of accounts and amounts).
std::optional<std::vector<ParsedLeg>> AskLegs(const state::StateView& view, const LegList& legs, Reasons& reasons);
// The legs that AskLegs lets pass, and no others: for what needs no reason (demands), and for a bundle that is open.
std::vector<ParsedLeg> ReadLegs(const state::StateView& view, const LegList& legs);

// LEIs of those who must consent, ascending.
std::set<std::string> ConsentersOf(const std::vector<ParsedLeg>& legs);

// Each share class that is issued or cancelled against payment takes at least one of the bundle's cash tokens (CASH):
// another one may be exchanged for it.
void AskCashAccepted(const state::StateView& view, const std::vector<ParsedLeg>& legs, Reasons& reasons);

}  // namespace causeway::settlement

#endif  // CAUSEWAY_CONTRACTS_SETTLEMENT_LEGS_H_

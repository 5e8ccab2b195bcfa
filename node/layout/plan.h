// SPDX-License-Identifier: Apache-2.0
// What a network is to be, before any key exists: its validators, its parties with their officers, its limits and its
// clock.
//
// As JSON (`causeway devnet`, deploy/demo-data/network.json):
//
//   {"name": "causeway-demo",
//    "origin": "2026-03-02T06:00:00Z",            block time at the start; absent: now
//    "validators": ["meridian-bank", …],          slugs of parties with the role OPERATOR, one validator each
//    "parties": [{"slug": "meridian-bank", "lei": "…", "name": "…", "jurisdiction": "SG", "roles": ["BANK",
//    "OPERATOR"],
//                 "officers": [{"slug": "alpha", "roles": ["TRADE", "APPROVE"]}, …]}, …],
//    "operations": [{…}, …]}                      further first operations, in the ledger's JSON
#ifndef CAUSEWAY_NODE_LAYOUT_PLAN_H_
#define CAUSEWAY_NODE_LAYOUT_PLAN_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "causeway/v1/genesis.pb.h"
#include "causeway/v1/operation.pb.h"
#include "causeway/v1/parties.pb.h"
#include "ledger/base/identifiers.h"
#include "ledger/base/instant.h"

namespace causeway::layout {

struct PlannedOfficer {
  // a-z, 0-9 and hyphens; unique in its party. Names files and, with the party's LEI, gives the officer's id.
  std::string slug;
  std::vector<v1::OfficerRole> roles;
};

struct PlannedParty {
  // As an officer's; unique in the network.
  std::string slug;
  std::string lei;
  std::string name;
  std::string jurisdiction;
  std::vector<v1::PartyRole> roles;
  std::vector<PlannedOfficer> officers;
};

struct PlannedValidator {
  // In logs and status; unique.
  std::string name;
  // Slug of the operator that runs it.
  std::string party;
};

struct PlannedClock {
  // Block time at the start; nothing: now.
  std::optional<Instant> origin;
  // Seconds of block time a real second.
  uint32_t rate = 1;
};

struct NetworkPlan {
  std::string name;
  std::vector<PlannedValidator> validators;
  std::vector<PlannedParty> parties;
  // A development network: its time may lapse, its keys lie in the clear. Nothing: a network for real.
  std::optional<PlannedClock> devnet;
  v1::Limits limits;
  v1::Drift drift;
  // Applied after the parties are registered.
  std::vector<v1::Operation> operations;
};

// A development network for trying things: so many operators, and a party of each other role. A rate of 1 and the
// machine's time.
NetworkPlan DevnetPlan(uint32_t validators);

// Reads the JSON above into a development network with default limits. INVALID_ARGUMENT lists every error, a line each,
// with the field's path.
absl::StatusOr<NetworkPlan> ParsePlan(absl::string_view json);

// Everything that is wrong with a plan, but for what executing its genesis finds.
std::vector<std::string> PlanErrors(const NetworkPlan& plan);

// SHA-256(LEI ‖ "/" ‖ slug), its first 16 bytes: a pseudonym that a plan always gives again.
OfficerId OfficerIdFor(absl::string_view lei, absl::string_view slug);

}  // namespace causeway::layout

#endif  // CAUSEWAY_NODE_LAYOUT_PLAN_H_

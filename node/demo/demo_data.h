// SPDX-License-Identifier: Apache-2.0
// The demo's input as its files state it (deploy/demo-data): who takes part, what they set up, and what is delivered
// when.
#ifndef CAUSEWAY_NODE_DEMO_DEMO_DATA_H_
#define CAUSEWAY_NODE_DEMO_DEMO_DATA_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "causeway/v1/operation.pb.h"
#include "ledger/base/identifiers.h"
#include "ledger/base/instant.h"

namespace causeway::demo {

// Operations that one party submits in one transaction.
struct Step {
  // "the transfer agent attests who may hold".
  std::string title;
  // Slugs of the party, and of its officers who sign.
  std::string party;
  std::vector<std::string> officers;
  std::vector<v1::Operation> operations;
};

// Messages that an institution sends at one instant.
struct Delivery {
  Instant at;
  std::string party;
  // Below the data's folder.
  std::vector<std::string> files;
};

struct Day {
  std::string date;
  std::vector<Delivery> deliveries;
  Instant valuation;
  Instant attested;
  // Price reports, one a class.
  std::vector<std::string> prices;
  // When all of its orders have settled.
  Instant settled;
};

struct ShareClassFacts {
  std::string slug;
  InstrumentId isin;
  std::string name;
  std::string currency;
  InstrumentId token;
  // Slug of the token's issuer.
  std::string issuer;
  // By purpose: cash, issuance, residual, fees.
  std::map<std::string, AccountId> accounts;
};

// A movement that one party makes by itself.
struct Movement {
  std::string party;
  v1::Operation operation;
};

// How a model comes to judge movements, and what it judges.
struct PolicyData {
  std::string instrument;
  // Slugs: whose compliance decides; whose movements are held.
  std::string owner;
  std::string customer;
  Instant at;
  std::vector<Step> bind;
  std::vector<Movement> ordinary;
  std::vector<Step> promote;
  std::vector<Movement> suspicious;
};

struct DemoData {
  std::string folder;
  // network.json: the plan of the network.
  std::string plan;
  std::vector<Step> setup;
  std::vector<Step> cash;
  PolicyData policy;
  // accounts.json: the importer's account table.
  std::string account_table;
  std::vector<ShareClassFacts> classes;
  std::vector<Day> days;
  uint64_t orders = 0;
  // LEIs.
  std::string fund_company;
  std::string transfer_agent;
  // Order reference → the code that the rules must refuse it with.
  std::map<std::string, std::string> refused;
};

// NOT_FOUND or INVALID_ARGUMENT name the file and the place in it.
absl::StatusOr<DemoData> ReadDemoData(const std::string& folder);

}  // namespace causeway::demo

#endif  // CAUSEWAY_NODE_DEMO_DEMO_DATA_H_

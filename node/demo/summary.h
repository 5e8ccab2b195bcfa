// SPDX-License-Identifier: Apache-2.0
// What a demo run came to: for a person as a table, for a program as one JSON object.
#ifndef CAUSEWAY_NODE_DEMO_SUMMARY_H_
#define CAUSEWAY_NODE_DEMO_SUMMARY_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace causeway::demo {

struct ClassSummary {
  std::string slug;
  std::string isin;
  std::string currency;
  // Decimal text in units, or in the currency.
  std::string units_in_issue;
  std::string units_held;
  std::string residual;
  std::string last_price;
  uint64_t holders = 0;
};

struct CashSummary {
  std::string token;
  std::string issued;
  std::string held;
};

struct Summary {
  // The audit's verdict, and that each deliberate falsification was refused.
  bool verified = false;
  // Of the four nodes, one if they agree.
  std::vector<std::string> state_roots;
  uint64_t height = 0;
  uint64_t transactions = 0;
  uint64_t operations = 0;
  uint64_t decisions = 0;
  // "SETT", "REJECTED", …: orders by where they ended; refused ones by their first code are in `refused`.
  std::map<std::string, uint64_t> orders;
  std::map<std::string, uint64_t> refused;
  // Orders that are in no final status.
  uint64_t orders_open = 0;
  std::vector<ClassSummary> classes;
  std::vector<CashSummary> cash;
  uint64_t held_for_review = 0;
  uint64_t cases_released = 0;
  uint64_t cases_refused = 0;
  // Validators that the ledger named as having signed two histories.
  std::vector<std::string> conflicts;
  uint64_t finality_p50_us = 0;
  uint64_t finality_p99_us = 0;
  // Of the time between the first order and the last receipt.
  double operations_per_second = 0;
  double seconds = 0;
  double audit_seconds = 0;
  // Largest resident size of one node, bytes.
  uint64_t node_memory_bytes = 0;
  std::string directory;

  // Everything that must hold of a run: verified, one root, units and cash reconciled, every order final.
  std::vector<std::string> Defects() const;
};

std::string ToJson(const Summary& summary);
std::string ToText(const Summary& summary);

}  // namespace causeway::demo

#endif  // CAUSEWAY_NODE_DEMO_SUMMARY_H_

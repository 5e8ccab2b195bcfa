// SPDX-License-Identifier: Apache-2.0
#include "node/demo/summary.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace causeway::demo {

std::vector<std::string> Summary::Defects() const {
  std::vector<std::string> defects;
  if (!verified) defects.push_back("the audit did not verify");
  if (std::set<std::string>(state_roots.begin(), state_roots.end()).size() != 1)
    defects.push_back("the nodes have different state roots");
  for (const ClassSummary& one : classes) {
    if (one.units_in_issue != one.units_held)
      defects.push_back(fmt::format("{}: {} units in issue, {} held", one.isin, one.units_in_issue, one.units_held));
  }
  for (const CashSummary& one : cash) {
    if (one.issued != one.held)
      defects.push_back(fmt::format("{}: {} issued, {} held", one.token, one.issued, one.held));
  }
  if (conflicts.size() != 1) defects.push_back("the validator that signed two histories was not named");
  if (orders_open != 0) defects.push_back(fmt::format("{} orders are not final", orders_open));
  return defects;
}

std::string ToJson(const Summary& summary) {
  nlohmann::ordered_json json;
  json["verified"] = summary.verified;
  const std::set<std::string> roots(summary.state_roots.begin(), summary.state_roots.end());
  json["state_root"] = roots.size() == 1 ? nlohmann::ordered_json(*roots.begin()) : nlohmann::ordered_json();
  json["nodes"] = summary.state_roots.size();
  json["height"] = summary.height;
  json["transactions"] = summary.transactions;
  json["operations"] = summary.operations;
  json["decisions"] = summary.decisions;
  json["orders"] = summary.orders;
  json["refused"] = summary.refused;
  json["orders_open"] = summary.orders_open;
  json["classes"] = nlohmann::ordered_json::array();
  for (const ClassSummary& one : summary.classes) {
    json["classes"].push_back({{"class", one.slug},
                               {"isin", one.isin},
                               {"currency", one.currency},
                               {"units_in_issue", one.units_in_issue},
                               {"units_held", one.units_held},
                               {"holders", one.holders},
                               {"last_price", one.last_price},
                               {"residual", one.residual}});
  }
  json["cash"] = nlohmann::ordered_json::array();
  for (const CashSummary& one : summary.cash)
    json["cash"].push_back({{"token", one.token}, {"issued", one.issued}, {"held", one.held}});
  json["policy"] = {{"held_for_review", summary.held_for_review},
                    {"released", summary.cases_released},
                    {"refused", summary.cases_refused}};
  json["conflicts"] = summary.conflicts;
  json["finality_p50_us"] = summary.finality_p50_us;
  json["finality_p99_us"] = summary.finality_p99_us;
  json["operations_per_second"] = static_cast<uint64_t>(summary.operations_per_second);
  json["seconds"] = summary.seconds;
  json["audit_seconds"] = summary.audit_seconds;
  json["node_memory_bytes"] = summary.node_memory_bytes;
  json["directory"] = summary.directory;
  json["defects"] = summary.Defects();
  return json.dump();
}

std::string ToText(const Summary& summary) {
  std::string text;
  text += fmt::format("\n{:<12} {:>22} {:>22} {:>8} {:>12} {:>10}\n", "class", "units in issue", "units held",
                      "holders", "last price", "residual");
  for (const ClassSummary& one : summary.classes) {
    text += fmt::format("{:<12} {:>22} {:>22} {:>8} {:>12} {:>10}\n", one.slug, one.units_in_issue, one.units_held,
                        one.holders, one.last_price, one.residual);
  }
  text += fmt::format("\n{:<12} {:>22} {:>22}\n", "cash", "issued", "held");
  for (const CashSummary& one : summary.cash)
    text += fmt::format("{:<12} {:>22} {:>22}\n", one.token, one.issued, one.held);
  text += "\norders";
  for (const auto& [status, count] : summary.orders) text += fmt::format("   {} {}", status, count);
  text += "\nrefused";
  for (const auto& [code, count] : summary.refused) text += fmt::format("   {} {}", code, count);
  text += fmt::format("\nmovements held for review   {}: {} released, {} refused\n", summary.held_for_review,
                      summary.cases_released, summary.cases_refused);
  text += fmt::format("blocks {}   transactions {}   operations {}   decisions {}\n", summary.height,
                      summary.transactions, summary.operations, summary.decisions);
  text += fmt::format(
      "finality p50 {:.1f} ms, p99 {:.1f} ms   {:.0f} operations a second   {:.1f} s, of it audit {:.1f} s\n",
      static_cast<double>(summary.finality_p50_us) / 1e3, static_cast<double>(summary.finality_p99_us) / 1e3,
      summary.operations_per_second, summary.seconds, summary.audit_seconds);
  for (const std::string& root : std::set<std::string>(summary.state_roots.begin(), summary.state_roots.end()))
    text += fmt::format("state root {} on {} nodes\n", root,
                        std::count(summary.state_roots.begin(), summary.state_roots.end(), root));
  const std::vector<std::string> defects = summary.Defects();
  if (defects.empty()) {
    text += "verified: true\n";
  } else {
    for (const std::string& defect : defects) text += fmt::format("NOT AS IT MUST BE: {}\n", defect);
  }
  return text;
}

}  // namespace causeway::demo

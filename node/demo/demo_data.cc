// SPDX-License-Identifier: Apache-2.0
#include "node/demo/demo_data.h"

#include <utility>

#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"

#include "ledger/base/status.h"
#include "ledger/codec/json.h"
#include "node/client/context.h"

namespace causeway::demo {
namespace {

using nlohmann::json;

absl::StatusOr<json> ReadJson(const std::string& path) {
  CAUSEWAY_ASSIGN_OR_RETURN(const std::string text, client::ReadFile(path));
  try {
    return json::parse(text);
  } catch (const json::exception& error) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": ", error.what()));
  }
}

absl::StatusOr<Instant> InstantAt(const json& value, const char* name) {
  return ParseInstant(value.at(name).get<std::string>());
}

absl::StatusOr<Step> StepOf(const json& value) {
  Step step{value.at("title"), value.at("party"), value.at("officers"), {}};
  for (const json& one : value.at("operations")) {
    v1::Operation operation;
    const absl::Status read = codec::JsonToMessage(one.dump(), &operation);
    if (!read.ok()) return Annotate(read, absl::StrCat(step.title, ", operation ", step.operations.size()));
    step.operations.push_back(std::move(operation));
  }
  return step;
}

absl::StatusOr<std::vector<Step>> ReadSteps(const std::string& path) {
  CAUSEWAY_ASSIGN_OR_RETURN(const json file, ReadJson(path));
  std::vector<Step> steps;
  for (const json& one : file) {
    absl::StatusOr<Step> step = StepOf(one);
    if (!step.ok()) return Annotate(step.status(), path);
    steps.push_back(*std::move(step));
  }
  return steps;
}

absl::StatusOr<std::vector<Step>> StepsOf(const json& list) {
  std::vector<Step> steps;
  for (const json& one : list) {
    CAUSEWAY_ASSIGN_OR_RETURN(Step step, StepOf(one));
    steps.push_back(std::move(step));
  }
  return steps;
}

absl::StatusOr<std::vector<Movement>> MovementsOf(const json& list) {
  std::vector<Movement> movements;
  for (const json& one : list) {
    Movement movement{one.at("party"), {}};
    CAUSEWAY_RETURN_IF_ERROR(codec::JsonToMessage(one.at("operation").dump(), &movement.operation));
    movements.push_back(std::move(movement));
  }
  return movements;
}

absl::Status ReadPolicy(const std::string& path, PolicyData& policy) {
  CAUSEWAY_ASSIGN_OR_RETURN(const json file, ReadJson(path));
  policy.instrument = file.at("instrument");
  policy.owner = file.at("owner");
  policy.customer = file.at("customer");
  CAUSEWAY_ASSIGN_OR_RETURN(policy.at, InstantAt(file, "at"));
  CAUSEWAY_ASSIGN_OR_RETURN(policy.bind, StepsOf(file.at("bind")));
  CAUSEWAY_ASSIGN_OR_RETURN(policy.ordinary, MovementsOf(file.at("ordinary")));
  CAUSEWAY_ASSIGN_OR_RETURN(policy.promote, StepsOf(file.at("promote")));
  CAUSEWAY_ASSIGN_OR_RETURN(policy.suspicious, MovementsOf(file.at("suspicious")));
  return absl::OkStatus();
}

absl::StatusOr<Day> DayOf(const json& value) {
  CAUSEWAY_ASSIGN_OR_RETURN(const Instant valuation, InstantAt(value, "valuation"));
  CAUSEWAY_ASSIGN_OR_RETURN(const Instant attested, InstantAt(value, "attested"));
  CAUSEWAY_ASSIGN_OR_RETURN(const Instant settled, InstantAt(value, "settled"));
  Day day{value.at("date"), {}, valuation, attested, value.at("prices"), settled};
  for (const json& one : value.at("deliveries")) {
    CAUSEWAY_ASSIGN_OR_RETURN(const Instant at, InstantAt(one, "at"));
    day.deliveries.push_back({at, one.at("party"), one.at("files")});
  }
  return day;
}

absl::StatusOr<ShareClassFacts> ClassOf(const json& value) {
  CAUSEWAY_ASSIGN_OR_RETURN(const InstrumentId isin, InstrumentId::Parse(value.at("isin").get<std::string>()));
  CAUSEWAY_ASSIGN_OR_RETURN(const InstrumentId token, InstrumentId::Parse(value.at("token").get<std::string>()));
  ShareClassFacts facts{value.at("slug"), isin, value.at("name"), value.at("currency"), token, value.at("issuer"), {}};
  for (const auto& [purpose, id] : value.at("accounts").items()) {
    const std::optional<AccountId> account = AccountId::FromHex(id.get<std::string>());
    if (!account) return absl::InvalidArgumentError(absl::StrCat("not an account: ", id.get<std::string>()));
    facts.accounts.emplace(purpose, *account);
  }
  return facts;
}

absl::Status ReadSchedule(const std::string& path, DemoData& data) {
  CAUSEWAY_ASSIGN_OR_RETURN(const json schedule, ReadJson(path));
  data.orders = schedule.at("orders");
  data.fund_company = schedule.at("fund_company");
  data.transfer_agent = schedule.at("transfer_agent");
  for (const json& one : schedule.at("days")) {
    CAUSEWAY_ASSIGN_OR_RETURN(Day day, DayOf(one));
    data.days.push_back(std::move(day));
  }
  for (const json& one : schedule.at("refused")) data.refused[one.at("reference")] = one.at("code");
  return absl::OkStatus();
}

absl::StatusOr<DemoData> Read(const std::string& folder) {
  DemoData data{folder, "", {}, {}, {"", "", "", Instant::Epoch(), {}, {}, {}, {}}, "", {}, {}, 0, "", "", {}};
  CAUSEWAY_ASSIGN_OR_RETURN(data.plan, client::ReadFile(folder + "/network.json"));
  CAUSEWAY_ASSIGN_OR_RETURN(data.setup, ReadSteps(folder + "/setup.json"));
  CAUSEWAY_ASSIGN_OR_RETURN(data.cash, ReadSteps(folder + "/cash.json"));
  CAUSEWAY_RETURN_IF_ERROR(Annotate(ReadPolicy(folder + "/policy.json", data.policy), folder + "/policy.json"));
  CAUSEWAY_ASSIGN_OR_RETURN(data.account_table, client::ReadFile(folder + "/accounts.json"));
  CAUSEWAY_ASSIGN_OR_RETURN(const json classes, ReadJson(folder + "/classes.json"));
  for (const json& one : classes) {
    CAUSEWAY_ASSIGN_OR_RETURN(ShareClassFacts facts, ClassOf(one));
    data.classes.push_back(std::move(facts));
  }
  CAUSEWAY_RETURN_IF_ERROR(ReadSchedule(folder + "/schedule.json", data));
  return data;
}

}  // namespace

absl::StatusOr<DemoData> ReadDemoData(const std::string& folder) {
  try {
    return Read(folder);
  } catch (const nlohmann::json::exception& error) {
    return absl::InvalidArgumentError(
        absl::StrCat(folder, ": a file is not as deploy/demo-data/generate.py writes it: ", error.what()));
  }
}

}  // namespace causeway::demo

// SPDX-License-Identifier: Apache-2.0
#include "node/demo/demo.h"

#include <chrono>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

#include "ledger/base/bytes.h"
#include "ledger/base/status.h"
#include "node/client/certified_head.h"
#include "node/client/client.h"
#include "node/demo/audit_story.h"
#include "node/demo/conflict_story.h"
#include "node/demo/demo_data.h"
#include "node/demo/events.h"
#include "node/demo/narrator.h"
#include "node/demo/network.h"
#include "node/demo/orders.h"
#include "node/demo/policy_story.h"
#include "node/demo/register.h"
#include "node/layout/layout.h"
#include "node/layout/plan.h"
#include "node/processes/network_processes.h"

namespace causeway::demo {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr char kKeeper[] = "moselle-ta";
constexpr char kAuditor[] = "lighthouse-audit";
// The validator that is killed while orders come in, and comes back.
constexpr size_t kKilled = 2;
// The validator whose key signs two histories at the end, who reports it, and who reads of it.
constexpr uint32_t kCheat = 3;
constexpr char kReporter[] = "meridian-bank";
constexpr char kReader[] = "kestrel-pension";
constexpr uint32_t kReadyMs = 120'000;
constexpr uint32_t kVoteLogSegmentMib = 24;
constexpr uint32_t kVoteLogSegments = 6;

double SecondsSince(SteadyClock::time_point start) {
  return std::chrono::duration<double>(SteadyClock::now() - start).count();
}

class Demo {
 public:
  Demo(const DemoOptions& options, DemoData data)
      : options_(options), data_(std::move(data)), narrator_(options.step), started_(SteadyClock::now()) {
    for (const ShareClassFacts& one : data_.classes) isins_.push_back(one.isin.ToString());
  }

  absl::StatusOr<Summary> Run() {
    CAUSEWAY_RETURN_IF_ERROR(BringUp());
    CAUSEWAY_RETURN_IF_ERROR(SetUp());
    for (size_t i = 0; i < data_.days.size(); ++i) CAUSEWAY_RETURN_IF_ERROR(DealingDay(i));
    CAUSEWAY_RETURN_IF_ERROR(SettleLast());
    CAUSEWAY_RETURN_IF_ERROR(Reconcile());
    CAUSEWAY_RETURN_IF_ERROR(CollectStatus());
    CAUSEWAY_RETURN_IF_ERROR(CertifyHead());
    events_.reset();
    CAUSEWAY_RETURN_IF_ERROR(Conflict());
    CAUSEWAY_RETURN_IF_ERROR(Audit());
    summary_.seconds = SecondsSince(started_);
    return summary_;
  }

 private:
  absl::Status BringUp() {
    narrator_.Chapter("Four banks bring up a network");
    CAUSEWAY_ASSIGN_OR_RETURN(layout::NetworkPlan plan, layout::ParsePlan(data_.plan));
    layout::LayoutOptions layout;
    layout.directory = options_.directory;
    layout.vote_log_segment_mib = kVoteLogSegmentMib;
    layout.vote_log_segments = kVoteLogSegments;
    CAUSEWAY_ASSIGN_OR_RETURN(directory_, layout::LayOutNetwork(plan, layout));
    narrator_.Say(absl::StrCat("keys, certificates and genesis in ", options_.directory,
                               "; one program made all keys here, which no real network may do"));
    CAUSEWAY_ASSIGN_OR_RETURN(processes_, processes::NetworkProcesses::Start(options_.directory, options_.causewayd));
    CAUSEWAY_RETURN_IF_ERROR(processes_->WaitReady(kReadyMs));
    const Instant origin = Instant::FromMicros(directory_.genesis.devnet().origin_us());
    CAUSEWAY_ASSIGN_OR_RETURN(network_, Network::Open(directory_.context_file, directory_.chain_id, origin));
    CAUSEWAY_RETURN_IF_ERROR(network_->AdvanceTo(AddSaturating(origin, Duration::Hours(1))));
    CAUSEWAY_ASSIGN_OR_RETURN(client::Client* const keeper, network_->ClientOf(kKeeper));
    events_ = std::make_unique<Events>(keeper);
    CAUSEWAY_ASSIGN_OR_RETURN(Orders orders, Orders::Make(data_, absl::StrCat(options_.directory, "/out")));
    orders_ = std::make_unique<Orders>(std::move(orders));
    narrator_.Say(absl::StrCat(processes_->size(), " validators agree on chain ",
                               directory_.chain_id.ToHex().substr(0, 16), ", over mutual TLS on loopback"));
    return absl::OkStatus();
  }

  absl::Status RunSteps(const std::vector<Step>& steps) {
    for (const Step& step : steps) {
      CAUSEWAY_RETURN_IF_ERROR(Annotate(network_->MustApply(step.party, step.officers, step.operations), step.title));
      narrator_.Say(absl::StrCat(step.title, " (", step.operations.size(), " operations, ", step.officers.size(),
                                 " officers of ", step.party, ")"));
    }
    return absl::OkStatus();
  }

  absl::Status SetUp() {
    narrator_.Chapter("Institutions issue their instruments");
    CAUSEWAY_RETURN_IF_ERROR(RunSteps(data_.setup));
    narrator_.Chapter("Banks fund the investors' cash accounts");
    CAUSEWAY_RETURN_IF_ERROR(RunSteps(data_.cash));
    narrator_.Chapter("A model is bound to movements of cash");
    policy_ = std::make_unique<PolicyStory>(data_.policy, data_.folder, *network_, narrator_);
    CAUSEWAY_RETURN_IF_ERROR(policy_->Bind());
    orders_started_ = SteadyClock::now();
    operations_before_ = network_->operations();
    return absl::OkStatus();
  }

  absl::Status DealingDay(size_t index) {
    const Day& day = data_.days[index];
    narrator_.Chapter(absl::StrCat("Dealing day ", day.date));
    if (index > 0) CAUSEWAY_RETURN_IF_ERROR(Settle(data_.days[index - 1]));
    const uint64_t accepted_before = orders_->accepted();
    bool killed = false;
    for (size_t i = 0; i < day.deliveries.size(); ++i) {
      const Delivery& delivery = day.deliveries[i];
      if (index == 1 && i == day.deliveries.size() / 2) {
        CAUSEWAY_RETURN_IF_ERROR(Kill());
        killed = true;
      }
      if (delivery.at > network_->now()) CAUSEWAY_RETURN_IF_ERROR(network_->AdvanceTo(delivery.at));
      CAUSEWAY_RETURN_IF_ERROR(orders_->Deliver(delivery, *network_));
      narrator_.Progress("deliveries", i + 1, day.deliveries.size());
    }
    narrator_.Say(absl::StrCat(orders_->accepted() - accepted_before, " orders accepted; refused so far: ", Refused()));
    if (killed) CAUSEWAY_RETURN_IF_ERROR(Revive());
    CAUSEWAY_RETURN_IF_ERROR(JudgeMovements(index));
    // The book closes a grace after the cut-off; the units are recorded at the valuation point.
    CAUSEWAY_RETURN_IF_ERROR(network_->AdvanceTo(day.valuation));
    CAUSEWAY_RETURN_IF_ERROR(events_->WaitForDay(isins_, day.date, v1::CLASS_DAY_STATUS_VALUED));
    narrator_.Say("the books are closed, and the ledger has recorded its own units at the valuation point");
    CAUSEWAY_RETURN_IF_ERROR(network_->AdvanceTo(day.attested));
    for (const std::string& price : day.prices) CAUSEWAY_RETURN_IF_ERROR(orders_->AttestPrice(price, *network_));
    CAUSEWAY_RETURN_IF_ERROR(events_->WaitForDay(isins_, day.date, v1::CLASS_DAY_STATUS_PRICED));
    for (const auto& [key, class_day] : events_->Days()) {
      if (key.second != day.date) continue;
      narrator_.Say(
          absl::StrCat(key.first, ": price ", class_day.price(), ", attested by one officer and approved by a second; ",
                       class_day.subscriptions().orders_confirmed() + class_day.redemptions().orders_confirmed(),
                       " orders confirmed"));
    }
    if (index == 0) first_height_ = events_->height();
    return absl::OkStatus();
  }

  // In shadow for two days, then for real.
  absl::Status JudgeMovements(size_t index) {
    if (index < 2) CAUSEWAY_RETURN_IF_ERROR(policy_->MoveInShadow(index == 0));
    if (index == 1) return policy_->Promote();
    if (index == 2) return policy_->HoldAndDecide(summary_);
    return absl::OkStatus();
  }

  std::string Refused() const {
    std::string text;
    for (const auto& [code, count] : orders_->refused())
      absl::StrAppend(&text, text.empty() ? "" : ", ", code, " ", count);
    return text.empty() ? "none" : text;
  }

  absl::Status Kill() {
    network_->SetDown(kKilled, true);
    CAUSEWAY_RETURN_IF_ERROR(processes_->Kill9(kKilled));
    narrator_.Say(absl::StrCat("node-", kKilled + 1, " is killed with signal 9, in the middle of the day"));
    return absl::OkStatus();
  }

  absl::Status Revive() {
    CAUSEWAY_RETURN_IF_ERROR(processes_->Restart(kKilled));
    CAUSEWAY_RETURN_IF_ERROR(processes_->WaitReady(kKilled, kReadyMs));
    network_->SetDown(kKilled, false);
    CAUSEWAY_RETURN_IF_ERROR(network_->AdvanceTo(network_->now()));
    narrator_.Say(absl::StrCat("node-", kKilled + 1, " is back, and has caught up from the others' blocks"));
    return absl::OkStatus();
  }

  // Before the next day's orders, which redeem what has settled.
  absl::Status Settle(const Day& day) {
    CAUSEWAY_RETURN_IF_ERROR(network_->AdvanceTo(day.settled));
    return events_->WaitForDay(isins_, day.date, v1::CLASS_DAY_STATUS_SETTLED);
  }

  absl::Status SettleLast() {
    narrator_.Chapter("The last orders settle");
    CAUSEWAY_RETURN_IF_ERROR(Settle(data_.days.back()));
    const double spent = SecondsSince(orders_started_);
    summary_.operations_per_second = static_cast<double>(network_->operations() - operations_before_) / spent;
    CAUSEWAY_RETURN_IF_ERROR(orders_->WriteConfirmations(*events_));
    for (const auto& [id, changed] : events_->Orders()) {
      const std::string status = v1::OrderStatus_Name(changed.status()).substr(sizeof("ORDER_STATUS_") - 1);
      ++summary_.orders[status];
      const bool final = changed.status() == v1::ORDER_STATUS_SETT || changed.status() == v1::ORDER_STATUS_REJECTED ||
                         changed.status() == v1::ORDER_STATUS_CANCELLED;
      if (!final) ++summary_.orders_open;
    }
    uint64_t refused = 0;
    for (const auto& [code, count] : orders_->refused()) refused += count;
    summary_.orders["REFUSED"] = refused;
    summary_.refused = orders_->refused();
    narrator_.Say(absl::StrCat(summary_.orders["SETT"],
                               " orders settled, units against cash; acknowledgements and contract notes are in ",
                               options_.directory, "/out"));
    return absl::OkStatus();
  }

  absl::Status Reconcile() {
    narrator_.Chapter("The registers, at two heights");
    CAUSEWAY_ASSIGN_OR_RETURN(client::Client* const keeper, network_->ClientOf(kKeeper));
    for (const ShareClassFacts& one : data_.classes) {
      const std::string isin = one.isin.ToString();
      for (const std::optional<uint64_t> height : {std::optional<uint64_t>(first_height_), std::optional<uint64_t>()}) {
        CAUSEWAY_ASSIGN_OR_RETURN(const Register found, ReadRegister(*keeper, isin, height));
        narrator_.Say(absl::StrCat(isin, " at height ", found.height, ": ", found.issued, " in issue, ", found.held,
                                   " in ", found.holders, " holdings"));
        if (found.issued != found.held)
          return absl::DataLossError(
              absl::StrCat("the register of ", isin, " does not reconcile at height ", found.height));
        if (height) continue;
        CAUSEWAY_ASSIGN_OR_RETURN(const std::string residual,
                                  ReadCash(one.token.ToString(), one.accounts.at("residual").ToHex()));
        const auto days = events_->Days();
        const auto day = days.find({isin, data_.days.back().date});
        summary_.classes.push_back({one.slug, isin, one.currency, found.issued, found.held, residual,
                                    day == days.end() ? std::string() : day->second.price(), found.holders});
      }
      CAUSEWAY_ASSIGN_OR_RETURN(client::Client* const issuer, network_->ClientOf(one.issuer));
      CAUSEWAY_ASSIGN_OR_RETURN(const Register cash, ReadRegister(*issuer, one.token.ToString()));
      summary_.cash.push_back({one.token.ToString(), cash.issued, cash.held});
      narrator_.Say(absl::StrCat(one.token.ToString(), ": ", cash.issued, " issued, ", cash.held, " held"));
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::string> ReadCash(const std::string& token, const std::string& account) {
    for (const ShareClassFacts& one : data_.classes) {
      if (one.token.ToString() != token) continue;
      CAUSEWAY_ASSIGN_OR_RETURN(client::Client* const issuer, network_->ClientOf(one.issuer));
      return ReadHolding(*issuer, token, account);
    }
    return absl::NotFoundError(token);
  }

  // What each node says of itself once all are at one height.
  absl::Status CollectStatus() {
    uint64_t highest = 0;
    for (int attempt = 0; attempt < 200; ++attempt) {
      std::set<uint64_t> heights;
      summary_.state_roots.clear();
      for (const client::ContextNode& node : network_->context().nodes) {
        CAUSEWAY_ASSIGN_OR_RETURN(const v1::GetStatusResponse status, client::OperatorStatus(node));
        heights.insert(status.final_height());
        highest = std::max(highest, status.final_height());
        summary_.state_roots.push_back(BytesToHex(status.state_root()));
        summary_.finality_p50_us = std::max(summary_.finality_p50_us, status.finality_p50_us());
        summary_.finality_p99_us = std::max(summary_.finality_p99_us, status.finality_p99_us());
        summary_.node_memory_bytes = std::max(summary_.node_memory_bytes, status.memory_bytes());
      }
      summary_.height = highest;
      if (heights.size() == 1) return absl::OkStatus();
      // Blocks go on; a moment later all may be asked between two of them.
      absl::SleepFor(absl::Milliseconds(5));
    }
    return absl::UnavailableError("the nodes do not come to one height; their logs are beside their configurations");
  }

  // What the auditor brings along: another node's word for how far the chain went.
  absl::Status CertifyHead() {
    client::ClientOptions options;
    options.node = 1;
    CAUSEWAY_ASSIGN_OR_RETURN(const std::unique_ptr<client::Client> auditor,
                              client::Client::Make(network_->context(), kAuditor, options));
    CAUSEWAY_ASSIGN_OR_RETURN(head_, client::FetchCertifiedHead(*auditor));
    return absl::OkStatus();
  }

  absl::Status Conflict() {
    narrator_.Chapter("A validator signs two histories");
    network_->SetDown(kCheat, true);
    CAUSEWAY_RETURN_IF_ERROR(processes_->Kill9(kCheat));
    return TellConflict({directory_, kCheat, kReporter, kReader}, *network_, narrator_, summary_);
  }

  absl::Status Audit() {
    narrator_.Chapter("An auditor with the genesis, the blocks and a key");
    CAUSEWAY_RETURN_IF_ERROR(processes_->StopAll());
    const SteadyClock::time_point start = SteadyClock::now();
    CAUSEWAY_RETURN_IF_ERROR(TellAudit({options_.directory, data_.classes.front().isin, head_}, narrator_, summary_));
    summary_.audit_seconds = SecondsSince(start);
    summary_.directory = options_.directory;
    return absl::OkStatus();
  }

  const DemoOptions options_;
  const DemoData data_;
  Narrator narrator_;
  const SteadyClock::time_point started_;
  std::vector<std::string> isins_;
  layout::NetworkDirectory directory_;
  std::unique_ptr<processes::NetworkProcesses> processes_;
  std::unique_ptr<Network> network_;
  std::unique_ptr<Events> events_;
  std::unique_ptr<Orders> orders_;
  std::unique_ptr<PolicyStory> policy_;
  SteadyClock::time_point orders_started_;
  uint64_t operations_before_ = 0;
  uint64_t first_height_ = 0;
  v1::CertifiedHeader head_;
  Summary summary_;
};

}  // namespace

absl::StatusOr<Summary> RunDemo(const DemoOptions& options) {
  CAUSEWAY_ASSIGN_OR_RETURN(DemoData data, ReadDemoData(options.input));
  return Demo(options, std::move(data)).Run();
}

}  // namespace causeway::demo

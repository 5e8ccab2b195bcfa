// SPDX-License-Identifier: Apache-2.0
#include "node/daemon/pages.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace causeway::daemon {
namespace {

using metrics::Page;

constexpr int kOk = 200;
constexpr int kUnavailable = 503;
constexpr char kPlain[] = "text/plain; charset=utf-8";

Page ReadyPage(const std::vector<Check>& checks, bool verbose) {
  std::string text;
  std::vector<std::string> failed;
  for (const Check& check : checks) {
    if (verbose) absl::StrAppend(&text, check.passes ? "[+]" : "[-]", check.name, ": ", check.what, "\n");
    if (!check.passes) failed.push_back(check.name);
  }
  absl::StrAppend(&text, failed.empty() ? "ready" : "not ready: ", absl::StrJoin(failed, ", "), "\n");
  return {failed.empty() ? kOk : kUnavailable, kPlain, std::move(text)};
}

}  // namespace

metrics::HttpListener::Pages MakePages(const v1::Genesis& genesis, metrics::Metrics* metrics, PageParts parts) {
  metrics::HttpListener::Pages pages;
  pages["/livez"] = [parts](bool) {
    if (!parts.is_turning()) return Page{kUnavailable, kPlain, "the main thread does not turn\n"};
    if (parts.facts().consensus.mode == consensus::Engine::Mode::kHalted)
      return Page{kUnavailable, kPlain, "consensus has halted\n"};
    return Page{kOk, kPlain, "live\n"};
  };
  pages["/readyz"] = [parts, &genesis](bool verbose) { return ReadyPage(Checks(genesis, parts.facts()), verbose); };
  if (metrics != nullptr) {
    pages["/metrics"] = [parts, &genesis, metrics](bool) {
      for (const network::PeerState& peer : parts.facts().peers) {
        if (peer.round_trip_us > 0) metrics->NoteRoundTrip(ValidatorName(genesis, peer.validator), peer.round_trip_us);
      }
      return Page{kOk, "text/plain; version=0.0.4; charset=utf-8", metrics->Text(parts.readings())};
    };
  }
  return pages;
}

std::string TransactionCode(const std::vector<v1::OperationResult>& results) {
  for (const v1::OperationResult& result : results) {
    if (result.status() == v1::OPERATION_STATUS_HELD_FOR_REVIEW) return "HELD_FOR_REVIEW";
    if (result.status() == v1::OPERATION_STATUS_REFUSED)
      return result.reasons().empty() ? "REFUSED" : absl::StrCat(result.reasons(0).code());
  }
  return "APPLIED";
}

}  // namespace causeway::daemon

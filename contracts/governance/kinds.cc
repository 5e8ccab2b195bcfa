// SPDX-License-Identifier: Apache-2.0
// What stands still, the parameters, and which validator signed two histories are for every party. What operators
// propose and vote on is theirs, and so is who has been granted reading, beside the reader itself.

#include "contracts/governance/kinds.h"

#include <string>
#include <tuple>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "contracts/governance/governance.h"
#include "ledger/execution/record_ids.h"

namespace causeway::governance {
namespace {

using execution::Concerns;
using execution::KindDefinition;
using execution::MakeKind;
using execution::ReadContext;
using execution::RecordKind;

using PauseKey = std::tuple<uint8_t, std::string>;
using VoteKey = std::tuple<ProposalId, std::string>;
using ConflictKey = std::tuple<uint64_t, uint32_t>;

Concerns Everyone() {
  Concerns concerns;
  concerns.everyone = true;
  return concerns;
}

Concerns ForOperators() {
  Concerns concerns;
  concerns.operators = true;
  return concerns;
}

Concerns ForReaderAndOperators(const std::string& reader) {
  Concerns concerns = ForOperators();
  concerns.parties = {reader};
  return concerns;
}

// "ledger", "contract/dealing", "instrument/SG0000000001".
std::string PauseText(const PauseKey& key) {
  switch (static_cast<PauseKind>(std::get<0>(key))) {
    case PauseKind::kLedger:
      return "ledger";
    case PauseKind::kContract:
      return "contract/" + std::get<1>(key);
    case PauseKind::kInstrument:
      return "instrument/" + std::get<1>(key);
  }
  return absl::StrCat(std::get<0>(key), "/", std::get<1>(key));
}

std::optional<PauseKey> ParsePause(absl::string_view text) {
  if (text == "ledger") return PauseKey{static_cast<uint8_t>(PauseKind::kLedger), ""};
  for (const auto& [prefix, kind] : {std::pair<absl::string_view, PauseKind>{"contract/", PauseKind::kContract},
                                     std::pair<absl::string_view, PauseKind>{"instrument/", PauseKind::kInstrument}}) {
    if (!absl::StartsWith(text, prefix)) continue;
    const std::optional<std::string> name = execution::IdText<std::string>::Parse(text.substr(prefix.size()));
    if (name) return PauseKey{static_cast<uint8_t>(kind), *name};
  }
  return std::nullopt;
}

RecordKind PauseKinds() {
  RecordKind kind = MakeKind(KindDefinition<PauseKey, v1::PauseRecord>{
      "pause", "ledger | contract/NAME | instrument/ID", "what stands still, and why", kPauses,
      [](const PauseKey&, const v1::PauseRecord*, const ReadContext&) { return Everyone(); }});
  kind.find = [](absl::string_view id, const state::StateView&) -> absl::StatusOr<state::StateKey> {
    const std::optional<PauseKey> key = ParsePause(id);
    if (!key)
      return absl::InvalidArgumentError(absl::StrCat("no id of a pause (ledger, contract/NAME, instrument/ID): ", id));
    return state::StateKey{kPauses.id, state::EncodeKey(*key)};
  };
  // There are few.
  kind.range = [](absl::string_view) { return std::optional<std::string>(std::string()); };
  kind.text = [](absl::string_view key) {
    return PauseText(execution::Decoded(state::DecodeKey<PauseKey>(key), kPauses.name));
  };
  kind.id = [text = kind.text](absl::string_view key, absl::string_view) { return text(key); };
  return kind;
}

}  // namespace

std::vector<RecordKind> Kinds() {
  std::vector<RecordKind> kinds;
  kinds.push_back(PauseKinds());
  kinds.push_back(MakeKind(KindDefinition<uint8_t, v1::Parameters>{
      "parameters", "0", "what the operators have agreed on", kParameters,
      [](const uint8_t&, const v1::Parameters*, const ReadContext&) { return Everyone(); }}));
  kinds.push_back(MakeKind(KindDefinition<std::string, v1::Grant>{
      "grant", "LEI", "what a supervisor or an auditor may read", kGrants,
      [](const std::string& reader, const v1::Grant*, const ReadContext&) { return ForReaderAndOperators(reader); }}));
  kinds.push_back(MakeKind(KindDefinition<ProposalId, v1::ProposalRecord>{
      "proposal", "PROPOSAL", "a change that is being voted on", kProposals,
      [](const ProposalId&, const v1::ProposalRecord*, const ReadContext&) { return ForOperators(); }}));
  kinds.push_back(MakeKind(KindDefinition<VoteKey, v1::VoteRecord>{
      "vote", "PROPOSAL/LEI", "an operator's vote", kVotes,
      [](const VoteKey&, const v1::VoteRecord*, const ReadContext&) { return ForOperators(); }}));
  kinds.push_back(MakeKind(KindDefinition<ConflictKey, v1::ConflictRecord>{
      "conflict", "EPOCH/VALIDATOR", "a validator that signed two votes that exclude each other", kConflicts,
      [](const ConflictKey&, const v1::ConflictRecord*, const ReadContext&) { return Everyone(); }}));
  return kinds;
}

Concerns ConcernsOf(const v1::GovernanceEvent& event, const state::StateView&, const state::StateView&) {
  switch (event.kind_case()) {
    case v1::GovernanceEvent::kPaused:
    case v1::GovernanceEvent::kUnpaused:
    case v1::GovernanceEvent::kParametersChanged:
    case v1::GovernanceEvent::kConflictReported:
      return Everyone();
    case v1::GovernanceEvent::kProposed:
    case v1::GovernanceEvent::kVoted:
    case v1::GovernanceEvent::kProposalEnded:
      return ForOperators();
    case v1::GovernanceEvent::kGrantChanged:
      return ForReaderAndOperators(event.grant_changed().reader());
    case v1::GovernanceEvent::KIND_NOT_SET:
      break;
  }
  return {};
}

}  // namespace causeway::governance

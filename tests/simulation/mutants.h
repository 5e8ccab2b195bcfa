// SPDX-License-Identifier: Apache-2.0
// The rules that can be switched off one by one, by name.
#ifndef CAUSEWAY_TESTS_SIMULATION_MUTANTS_H_
#define CAUSEWAY_TESTS_SIMULATION_MUTANTS_H_

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"

#include "ledger/base/check.h"
#include "node/consensus/rules.h"

namespace causeway::simulation {

struct Mutant {
  std::string name;
  bool consensus::RuleSwitches::*rule;
};

inline const std::vector<Mutant>& Mutants() {
  using R = consensus::RuleSwitches;
  static const std::vector<Mutant> kMutants = {
      {"enter-on-certified-only", &R::enter_on_certified_only},
      {"certify-by-roots", &R::certify_by_roots},
      {"propose-with-nullifications", &R::propose_with_nullifications},
      {"notarize-with-nullifications", &R::notarize_with_nullifications},
      {"notarize-valid-only", &R::notarize_valid_only},
      {"notarize-within-drift", &R::notarize_within_drift},
      {"notarize-parent-of-view", &R::notarize_parent_of_view},
      {"no-notarize-after-nullify", &R::no_notarize_after_nullify},
      {"no-finalize-after-nullify", &R::no_finalize_after_nullify},
      {"nullify-current-view-only", &R::nullify_current_view_only},
      {"no-nullify-after-finalize", &R::no_nullify_after_finalize},
      {"full-quorum", &R::full_quorum},
      {"certify-after-nullification", &R::certify_after_nullification},
      {"halt-on-other-roots", &R::halt_on_other_roots},
      {"retry-votes", &R::retry_votes},
      {"retry-entry", &R::retry_entry},
      {"verify-votes", &R::verify_votes},
      {"verify-certificates", &R::verify_certificates},
      {"answer-laggards", &R::answer_laggards},
      {"one-vote-a-view", &R::one_vote_a_view},
      {"vote-after-durable", &R::vote_after_durable},
      {"log-holds-blocks", &R::log_holds_blocks},
      {"log-holds-certificates", &R::log_holds_certificates},
      {"floor-is-synced-height", &R::floor_is_synced_height},
      {"lost-log-asks", &R::lost_log_asks},
      {"echo-at-start", &R::echo_at_start},
      {"ask-in-next-epoch", &R::ask_in_next_epoch},
      {"boundary-judged-once", &R::boundary_judged_once},
      {"nothing-above-boundary", &R::nothing_above_boundary},
      {"answer-older-epochs", &R::answer_older_epochs},
  };
  return kMutants;
}

// Turns off the rules that `names` lists, separated by spaces.
inline void SwitchOff(absl::string_view names, consensus::RuleSwitches& rules) {
  for (const absl::string_view name : absl::StrSplit(names, ' ', absl::SkipEmpty())) {
    const auto mutant =
        std::find_if(Mutants().begin(), Mutants().end(), [&](const Mutant& one) { return one.name == name; });
    CAUSEWAY_CHECK(mutant != Mutants().end(), "no rule is called ", name);
    rules.*mutant->rule = false;
  }
}

}  // namespace causeway::simulation

#endif  // CAUSEWAY_TESTS_SIMULATION_MUTANTS_H_

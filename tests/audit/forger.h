// SPDX-License-Identifier: Apache-2.0
// Somebody who has a node's disk, its confidentiality key and its signing key, and rewrites what the node keeps: each
// forgery is well formed, as consistent with itself as one key can make it, and one the audit must name.
#ifndef CAUSEWAY_TESTS_AUDIT_FORGER_H_
#define CAUSEWAY_TESTS_AUDIT_FORGER_H_

#include <functional>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

#include "causeway/v1/storage.pb.h"
#include "ledger/store/keys.h"
#include "ledger/store/rewrite.h"
#include "tests/support/ledger_world.h"

namespace causeway::testing {

struct Forgery {
  std::vector<store::RowEdit> edits;
  // What must be named.
  std::string family;
  std::string key;
  uint64_t height;
  std::string table;
};

class Forger {
 public:
  using Rows = std::vector<std::pair<std::string, std::string>>;

  // Reads the node's rows.
  Forger(const LedgerWorld& world, const std::string& node);

  // By what is forged, in the order in which a test goes round.
  std::vector<std::pair<std::string, std::function<Forgery()>>> Kinds();

  // Any row of a family, or any of a table in it.
  const Rows::value_type& AnyRow(store::Family family, std::optional<state::TableId> table = std::nullopt);
  const Rows& RowsOf(store::Family family) const { return rows_.at(family); }

 private:
  // --- The state, and what it was ---
  Forgery Balance();
  Forgery OldBalance();
  Forgery Order();
  Forgery ModelThreshold();
  Forgery OpenCase();
  Forgery OldCase();
  Forgery ForgottenVersion();
  Forgery InventedAccount();
  Forgery ConsumedId();
  // --- What became of transactions ---
  Forgery Receipt();
  Forgery Result();
  Forgery HashOfDecision();
  // --- Decisions ---
  Forgery Score();
  Forgery Contribution();
  Forgery VerdictOfACase();
  Forgery DeletedDecision();
  Forgery DecisionWithItsTrail();
  Forgery DecisionWithItsBlock();
  // --- Blocks and what finds them ---
  Forgery Block();
  Forgery Certificate();
  Forgery Index();
  Forgery History();

  // A record of the state in its row and in the version that it repeats.
  Forgery InStateAndVersion(state::TableId table, const std::string& name,
                            const std::function<std::string(absl::string_view)>& change);
  Forgery InVersions(state::TableId table, const std::string& name,
                     const std::function<std::string(absl::string_view)>& change);
  // A decision changed where it stands, under the hash of what it was.
  Forgery ChangedDecision(const std::function<bool(v1::Decision&)>& change);
  struct Trail {
    std::vector<store::RowEdit> edits;
    // The new row's key, and where its result stands.
    std::string key;
    v1::StoredRestrictedRecord stored;
    // Nodes of the history tree that lead to the forged receipt.
    std::map<std::string, std::string> history;
  };
  // A decision changed, and everything that commits to it: its salted hash, its result, the receipt, the history.
  Trail ForgeTrail();

  std::string Row(store::Family family, const std::string& key) const;
  std::string WithABitTurned(std::string bytes);

  const LedgerWorld& world_;
  std::map<store::Family, Rows> rows_;
  std::mt19937_64 random_{3};
};

}  // namespace causeway::testing

#endif  // CAUSEWAY_TESTS_AUDIT_FORGER_H_

// SPDX-License-Identifier: Apache-2.0
//
// What of a contract's state people and programs can read, by which ids, and whom it concerns.
//
// A kind of records ("share-class", "balance") stands on one table. Its contract says how an id is written, what is
// shown, and whom a record concerns; who may read what follows from that in one place (node/api/read_rules.h), the same
// for reading, listing, watching, proofs and exports. Nothing here takes part in execution.
//
// Failures: a key or record that does not decode throws state::HostFailure, as every reader of the state does.
// Thread safety: kinds hold no state; any thread.

#ifndef CAUSEWAY_LEDGER_EXECUTION_RECORD_KIND_H_
#define CAUSEWAY_LEDGER_EXECUTION_RECORD_KIND_H_

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/descriptor.h"

#include "ledger/base/identifiers.h"
#include "ledger/base/instant.h"
#include "ledger/state/view.h"

namespace causeway::execution {

// Whom a record or an event concerns. Nobody, where nothing is said: a reader is let in by what is stated here alone.
struct Concerns {
  // Reference data: every party that takes part.
  bool everyone = false;
  // The parties that run validators.
  bool operators = false;
  // Of the parties named below only officers with the role COMPLY, and nobody because of an instrument; customers must
  // not learn of it. Supervisors and auditors as ever.
  bool compliance_only = false;
  // LEIs. A supervisor reads what concerns a party of its jurisdictions.
  std::vector<std::string> parties;
  // Funds, share classes and cash tokens: read by who manages, administers or keeps the register of it, or issues it,
  // and by supervisors and auditors of it.
  std::vector<std::string> instruments;
  // Instruments by which only supervisors and auditors read it.
  std::vector<std::string> supervised;

  // Adds the other's parties and instruments; the flags must be equal or unset there.
  void Add(const Concerns& other);
};

// The state that is read: as after the block of this time.
struct ReadContext {
  const state::StateView& view;
  Instant now;
};

struct RecordKind {
  // "share-class".
  std::string name;
  // How an id is written, for people: "ISIN/ACCOUNT".
  std::string id_form;
  // One line for people.
  std::string what;
  state::TableId table;
  const google::protobuf::Descriptor* message;
  // Where the record with this id stands, or would stand. INVALID_ARGUMENT for what is no id of this kind.
  std::function<absl::StatusOr<state::StateKey>(absl::string_view id, const state::StateView& view)> find;
  // The bytes with which every key begins whose text begins with `prefix`; nothing where no key's text does.
  std::function<std::optional<std::string>(absl::string_view prefix)> range;
  // The text of a key, by which prefixes go; for most kinds it is the id.
  std::function<std::string(absl::string_view key)> text;
  std::function<std::string(absl::string_view key, absl::string_view value)> id;
  // Canonical bytes of a `message`, with decimals as text.
  std::function<std::string(absl::string_view key, absl::string_view value, const ReadContext& context)> show;
  // `value` absent: whom it concerns that there is no record; what the key alone tells.
  std::function<Concerns(absl::string_view key, std::optional<absl::string_view> value, const ReadContext& context)>
      concerns;
  // The row whose stored value proves what is shown and tells nothing more; null where only a part of a row is shown,
  // so that nothing can be proved.
  std::function<state::StateKey(const state::StateKey& found, const state::StateView& view)> proof;
};

}  // namespace causeway::execution

#endif  // CAUSEWAY_LEDGER_EXECUTION_RECORD_KIND_H_

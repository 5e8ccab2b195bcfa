// SPDX-License-Identifier: Apache-2.0
//
// Whether a store holds what a replay gives, row by row: nothing else, nothing less, nothing in another place.
//
//   StoreVerifier verifier(store);
//   for each height in order: verifier.OnBlock(what the replay computed, what it changed);
//   verifier.Finish();
//
// The rows that WriteFinal and FlushState would have written for the replayed blocks are computed by the same functions
// as the store's own writes, and compared with the rows that are there. Certificates and the consensus floor do not
// follow from a replay: whether a certificate is a valid one is the caller's to verify.
//
// A row is read as every reader reads: by a scan, and by its key. Where the two tell different things (an index or a
// filter in a file leads past a row, or rows in it stand out of order), the row is named.
//
// Failures: bytes that are not what they must be are differences. A disk or a system that does not let them be read is
// none: then nothing can be said of the store, and failure() tells.
//
// Memory: what the replayed blocks changed since the last flush of the store, about 200 bytes a key that ever was, and
// 24 bytes for each block, transaction, subject and restricted record. Thread safety: none.

#ifndef CAUSEWAY_LEDGER_STORE_VERIFIER_H_
#define CAUSEWAY_LEDGER_STORE_VERIFIER_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"

#include "ledger/base/identifiers.h"
#include "ledger/state/view.h"
#include "ledger/store/final_block.h"
#include "ledger/store/store.h"

namespace causeway::store {

// One row that is not what the replay gives.
struct Difference {
  // "versions".
  std::string family;
  // The row's key as people read it (DescribeKey), and its bytes; of keys that are too long for any of ours, the
  // beginning.
  std::string key;
  std::string key_bytes;
  // The height that the row speaks of, or the one that was being compared.
  std::optional<Height> height;
  // The table, for rows of the state.
  std::optional<state::TableId> table;
  // "missing", "not from any block", "differs", "unreadable: …", "is not found by its key", "no scan comes to it" (the
  // key is empty then: which of the height's rows it is, nobody keeps).
  std::string what;
};

class StoreVerifier {
 public:
  // The store must not be written to meanwhile.
  explicit StoreVerifier(const Store& store);
  ~StoreVerifier();

  // The next block as the replay computed it (its certificate is not looked at) and what it changed. Adds what differs;
  // stops adding after `kDifferencesMax`.
  void OnBlock(const FinalBlock& replayed, std::shared_ptr<const state::Changes> changes);

  // After the last final block: rows that no block gives, the newest values, the markers.
  void Finish();

  static constexpr size_t kDifferencesMax = 100;
  const std::vector<Difference>& differences() const;
  // Why the store could not be read; OK where it could. Then the differences are not all.
  const absl::Status& failure() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace causeway::store

#endif  // CAUSEWAY_LEDGER_STORE_VERIFIER_H_

// SPDX-License-Identifier: Apache-2.0
//
// The end of RocksDB's MANIFEST, which a power cut may tear: RocksDB forgives a record that is cut short, and refuses
// the whole database for one whose bytes are zeros or rubbish. RocksDB writes several records before one sync, so whole
// ones may follow the torn one. What was being written there was not synced, so nothing relies on it; cut off, the
// database opens as it was before.
//
// Where it is not a power cut but damage to what was synced, cutting loses nothing either: a file or a log that the cut
// part had made superfluous is there still, with the same content, or its absence is refused; and the database must
// reach as far as HEAD says that it was synced.
//
// Thread safety: none. Internal to ledger/store.

#ifndef CAUSEWAY_LEDGER_STORE_MANIFEST_H_
#define CAUSEWAY_LEDGER_STORE_MANIFEST_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace rocksdb {
class Env;
}  // namespace rocksdb

namespace causeway::store {

// How many bytes of a MANIFEST are whole records up to the first that is not; nothing where all are.
std::optional<uint64_t> TornAfter(absl::string_view manifest);

struct TornManifest {
  std::string path;
  uint64_t whole_bytes;
};
// The MANIFEST in use by the database in a directory, where its end is torn. Whatever else is wrong is for RocksDB to
// say.
std::optional<TornManifest> FindTornManifest(rocksdb::Env& env, const std::string& rocks);

// Shows the files with the torn end cut off, and changes nothing. `env` outlives it.
std::unique_ptr<rocksdb::Env> ViewWithoutTornEnd(rocksdb::Env& env, const TornManifest& torn);

// Cuts the torn end off, synced.
absl::Status CutTornEnd(rocksdb::Env& env, const TornManifest& torn);

}  // namespace causeway::store

#endif  // CAUSEWAY_LEDGER_STORE_MANIFEST_H_

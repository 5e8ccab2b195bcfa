// SPDX-License-Identifier: Apache-2.0
//
// The end of RocksDB's MANIFEST, which a power cut may tear: RocksDB forgives a record that is cut short, and refuses
// the whole database for one whose bytes are zeros or rubbish. What was being written there was not synced, so nothing
// relies on it; cut off, the database opens as it was before. That nothing more is lost is what HEAD says afterwards.
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

// How many bytes of a MANIFEST are whole records; nothing where that is all of them, or where a whole record follows
// the damage, so that it is no torn end.
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

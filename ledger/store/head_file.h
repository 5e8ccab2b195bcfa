// SPDX-License-Identifier: Apache-2.0
//
// HEAD: whose data a directory holds, and how far it had been written and synced. Read before the database is touched,
// so that a refusal changes nothing; and the measure of whether the database, whose recovery rolls back silently to its
// last good point, has lost what it must have.
//
//   file    = header slot slot slot slot            header: bytes 0 to 127; slots of 64 bytes from 128 on
//   header  = "causeway store\n" 0x00 (16)  format version (4)  chain id (32)  check (16)  zeros
//   slot    = counter (8)  final + 1 (8)  flushed + 1 (8)  sequence (8)  check (16)  zeros
//   check   = the first 16 bytes of SHA-256 over the slot's number (1) and what precedes; the header's number is 255
//
// Slots 0 and 1 say what is synced, 2 and 3 what is written; each pair is written in turn, and the valid one with the
// higher counter holds. So a torn slot, or one whose bits have turned, leaves the one before, which asks for less. What
// is written is not synced one after the other: a power cut can tear both slots of it, and what is synced holds for
// both.
//
// Thread safety: none; the store has a lock. Internal to ledger/store.

#ifndef CAUSEWAY_LEDGER_STORE_HEAD_FILE_H_
#define CAUSEWAY_LEDGER_STORE_HEAD_FILE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "ledger/base/identifiers.h"

namespace rocksdb {
class Env;
class RandomRWFile;
}  // namespace rocksdb

namespace causeway::store {

inline constexpr char kHeadName[] = "HEAD";

// How far a store reaches.
struct Reach {
  std::optional<Height> final;
  std::optional<Height> flushed;
  // RocksDB's sequence number after the last write.
  uint64_t sequence = 0;
};

struct Head {
  uint32_t format_version;
  Hash chain_id;
  Reach synced;
  Reach written;
  // Neither slot of `written` is valid, and it repeats `synced`.
  bool written_torn = false;
};

// NOT_FOUND where there is no file; DATA_LOSS where it is damaged.
absl::StatusOr<Head> ReadHead(rocksdb::Env& env, const std::string& path);

class HeadFile {
 public:
  // Writes a new file, synced. The directory's own sync is the caller's.
  static absl::Status Write(rocksdb::Env& env, const std::string& path, const Head& head);
  // For going on from what ReadHead told.
  static absl::StatusOr<std::unique_ptr<HeadFile>> Open(rocksdb::Env& env, const std::string& path);
  ~HeadFile();

  // Written and synced.
  absl::Status SetSynced(const Reach& reach);
  // Written, not synced.
  absl::Status SetWritten(const Reach& reach);

 private:
  HeadFile(std::unique_ptr<rocksdb::RandomRWFile> file, std::string path);
  absl::Status SetSlot(unsigned pair, const Reach& reach);

  std::unique_ptr<rocksdb::RandomRWFile> file_;
  std::string path_;
  // Of the last slot written of each pair.
  uint64_t counters_[2] = {0, 0};
};

}  // namespace causeway::store

#endif  // CAUSEWAY_LEDGER_STORE_HEAD_FILE_H_

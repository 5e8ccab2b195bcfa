// SPDX-License-Identifier: Apache-2.0

#include "ledger/store/head_file.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/str_cat.h"
#include "rocksdb/env.h"

#include "ledger/base/bytes.h"
#include "ledger/base/check.h"
#include "ledger/base/status.h"
#include "ledger/crypto/sha256.h"
#include "ledger/store/database.h"

namespace causeway::store {
namespace {

constexpr absl::string_view kMagic("causeway store\n\0", 16);
constexpr size_t kHeaderSize = 128;
constexpr size_t kSlotSize = 64;
constexpr unsigned kSlots = 4;
constexpr size_t kCheckSize = 16;
constexpr uint8_t kHeaderNumber = 255;
constexpr size_t kFileSize = kHeaderSize + kSlots * kSlotSize;

void AppendCheck(std::string& out, uint8_t number) {
  crypto::Sha256Hasher hasher;
  const char byte = static_cast<char>(number);
  const Hash hash = hasher.Update(absl::string_view(&byte, 1)).Update(out).Finish();
  const absl::string_view check = hash.bytes().substr(0, kCheckSize);
  out.append(check.data(), check.size());
}

std::string EncodeHeader(const Head& head) {
  std::string out(kMagic.data(), kMagic.size());
  AppendBigEndian32(out, head.format_version);
  out += head.chain_id.ToString();
  AppendCheck(out, kHeaderNumber);
  out.resize(kHeaderSize, '\0');
  return out;
}

uint64_t PlusOne(const std::optional<Height>& height) {
  return height ? height->value() + 1 : 0;
}

std::optional<Height> MinusOne(uint64_t number) {
  if (number == 0) return std::nullopt;
  return Height(number - 1);
}

std::string EncodeSlot(unsigned slot, uint64_t counter, const Reach& reach) {
  std::string out;
  AppendBigEndian64(out, counter);
  AppendBigEndian64(out, PlusOne(reach.final));
  AppendBigEndian64(out, PlusOne(reach.flushed));
  AppendBigEndian64(out, reach.sequence);
  AppendCheck(out, static_cast<uint8_t>(slot));
  out.resize(kSlotSize, '\0');
  return out;
}

struct Slot {
  uint64_t counter;
  Reach reach;
};

std::optional<Slot> ParseSlot(unsigned number, absl::string_view bytes) {
  const uint64_t counter = *TakeBigEndian64(bytes);
  const uint64_t final = *TakeBigEndian64(bytes);
  const uint64_t flushed = *TakeBigEndian64(bytes);
  const uint64_t sequence = *TakeBigEndian64(bytes);
  const Slot slot{counter, {MinusOne(final), MinusOne(flushed), sequence}};
  if (absl::string_view(EncodeSlot(number, slot.counter, slot.reach)).substr(32) != bytes) return std::nullopt;
  return slot;
}

// The valid slot of a pair with the higher counter.
std::optional<Slot> BestOf(unsigned pair, absl::string_view file) {
  std::optional<Slot> best;
  for (unsigned number = 2 * pair; number < 2 * pair + 2; ++number) {
    const std::optional<Slot> slot = ParseSlot(number, file.substr(kHeaderSize + number * kSlotSize, kSlotSize));
    if (slot && (!best || slot->counter > best->counter)) best = slot;
  }
  return best;
}

absl::StatusOr<std::string> ReadAll(rocksdb::Env& env, const std::string& path) {
  if (env.FileExists(path).IsNotFound()) return absl::NotFoundError(absl::StrCat("there is no ", path));
  std::string file;
  const rocksdb::Status read = rocksdb::ReadFileToString(&env, path, &file);
  if (!read.ok()) return FromRocks(read, absl::StrCat("reading ", path));
  return file;
}

absl::Status Damaged(const std::string& path, absl::string_view what) {
  return absl::DataLossError(absl::StrCat(
      path, " is damaged (", what, "). Nothing was changed. Restore the directory from a checkpoint, or let the node ",
      "fetch everything again into a new one."));
}

}  // namespace

absl::StatusOr<Head> ReadHead(rocksdb::Env& env, const std::string& path) {
  CAUSEWAY_ASSIGN_OR_RETURN(const std::string file, ReadAll(env, path));
  if (file.size() != kFileSize)
    return Damaged(path, absl::StrCat(file.size(), " bytes where there must be ", kFileSize));
  absl::string_view rest = file;
  if (*TakeBytes(rest, kMagic.size()) != kMagic) return Damaged(path, "it does not begin as one");
  const uint32_t format_version = *TakeBigEndian32(rest);
  Head head{format_version, *Hash::FromBytes(*TakeBytes(rest, Hash::kSize)), {}, {}};
  if (EncodeHeader(head) != file.substr(0, kHeaderSize)) return Damaged(path, "its header's check does not hold");
  const std::optional<Slot> synced = BestOf(0, file);
  const std::optional<Slot> written = BestOf(1, file);
  if (!synced) return Damaged(path, "no valid entry is left");
  head.synced = synced->reach;
  head.written = written ? written->reach : synced->reach;
  head.written_torn = !written;
  return head;
}

absl::Status HeadFile::Write(rocksdb::Env& env, const std::string& path, const Head& head) {
  std::string bytes = EncodeHeader(head);
  for (unsigned number = 0; number < kSlots; ++number)
    bytes += EncodeSlot(number, number % 2, number < 2 ? head.synced : head.written);
  std::unique_ptr<rocksdb::WritableFile> file;
  rocksdb::Status status = env.NewWritableFile(path, &file, rocksdb::EnvOptions());
  if (status.ok()) status = file->Append(bytes);
  if (status.ok()) status = file->Sync();
  if (status.ok()) status = file->Close();
  return FromRocks(status, absl::StrCat("writing ", path));
}

absl::StatusOr<std::unique_ptr<HeadFile>> HeadFile::Open(rocksdb::Env& env, const std::string& path) {
  CAUSEWAY_ASSIGN_OR_RETURN(const std::string bytes, ReadAll(env, path));
  if (bytes.size() != kFileSize) return Damaged(path, "its size is wrong");
  std::unique_ptr<rocksdb::RandomRWFile> file;
  const rocksdb::Status status = env.NewRandomRWFile(path, &file, rocksdb::EnvOptions());
  if (!status.ok()) return FromRocks(status, absl::StrCat("opening ", path));
  std::unique_ptr<HeadFile> head(new HeadFile(std::move(file), path));
  for (unsigned pair = 0; pair < 2; ++pair) {
    const std::optional<Slot> best = BestOf(pair, bytes);
    if (!best && pair == 0) return Damaged(path, "no valid entry is left");
    head->counters_[pair] = best ? best->counter : 0;
  }
  return head;
}

HeadFile::HeadFile(std::unique_ptr<rocksdb::RandomRWFile> file, std::string path)
    : file_(std::move(file)), path_(std::move(path)) {}

HeadFile::~HeadFile() = default;

absl::Status HeadFile::SetSlot(unsigned pair, const Reach& reach) {
  const uint64_t counter = ++counters_[pair];
  // A counter's parity is its slot: each write leaves the one before alone.
  const unsigned number = 2 * pair + static_cast<unsigned>(counter % 2);
  const rocksdb::Status status = file_->Write(kHeaderSize + number * kSlotSize, EncodeSlot(number, counter, reach));
  return FromRocks(status, absl::StrCat("writing ", path_));
}

absl::Status HeadFile::SetSynced(const Reach& reach) {
  CAUSEWAY_RETURN_IF_ERROR(SetSlot(0, reach));
  return FromRocks(file_->Sync(), absl::StrCat("syncing ", path_));
}

absl::Status HeadFile::SetWritten(const Reach& reach) {
  return SetSlot(1, reach);
}

}  // namespace causeway::store

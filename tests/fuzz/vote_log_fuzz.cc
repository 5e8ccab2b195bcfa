// SPDX-License-Identifier: Apache-2.0
// A folder of two segments with any bytes, whose checksums are made right wherever a header or a record begins, so that
// what is behind the checksums is reached. It opens or is refused for a stated reason; what opens is readable and
// writable: what is appended then is there at the next opening, after exactly what was there before.
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

#include "ledger/base/check.h"
#include "ledger/base/crc32c.h"
#include "node/consensus/vote_log.h"
#include "tests/simulation/simulated_disk.h"

namespace {

using namespace causeway;
using namespace causeway::consensus;

constexpr char kFolder[] = "votes";
constexpr VoteLogOptions kOptions = {4096, 8};
constexpr size_t kHeaderSize = 40;
constexpr size_t kRecordHeaderSize = 32;
// The last view that a record may speak of, so above most floors.
constexpr uint64_t kViewMax = (uint64_t{1} << 62) - 1;

Hash Filled(uint8_t byte) {
  std::array<uint8_t, 32> bytes;
  bytes.fill(byte);
  return Hash(bytes);
}

uint64_t Little(absl::string_view bytes, size_t at, size_t count) {
  uint64_t value = 0;
  for (size_t i = 0; i < count; ++i) value |= uint64_t{static_cast<uint8_t>(bytes[at + i])} << (8 * i);
  return value;
}

void PutChecksum(std::string& bytes, size_t at, uint32_t checksum) {
  for (size_t i = 0; i < 4; ++i) bytes[at + i] = static_cast<char>(checksum >> (8 * i));
}

// The segment with every checksum as its writer would have made it.
std::string WithChecksums(std::string segment) {
  segment.resize(kOptions.segment_bytes, '\0');
  PutChecksum(segment, kHeaderSize - 4, ExtendCrc32c(0, absl::string_view(segment).substr(0, kHeaderSize - 4)));
  const std::string sequence = segment.substr(8, 8);
  for (size_t at = kHeaderSize; at + kRecordHeaderSize <= segment.size(); at += 8) {
    if (segment.compare(at, 4, "CWR1") != 0) continue;
    const uint64_t length = Little(segment, at + 4, 4);
    if (at + kRecordHeaderSize + length > segment.size()) continue;
    const absl::string_view bytes(segment);
    const uint32_t checksum =
        ExtendCrc32c(ExtendCrc32c(ExtendCrc32c(0, sequence), bytes.substr(at, kRecordHeaderSize - 4)),
                     bytes.substr(at + kRecordHeaderSize, length));
    PutChecksum(segment, at + kRecordHeaderSize - 4, checksum);
    at += (length + kRecordHeaderSize + 7) / 8 * 8 - 8;
  }
  return segment;
}

void Put(simulation::SimulatedDisk& disk, const std::string& name, const std::string& bytes) {
  const auto file = disk.Make(absl::StrCat(kFolder, "/", name), bytes.size());
  CAUSEWAY_CHECK(file.ok() && (*file)->WriteAt(0, bytes).ok() && (*file)->SyncData().ok());
}

absl::StatusOr<std::unique_ptr<VoteLog>> OpenLog(simulation::SimulatedDisk& disk, LogContents& contents) {
  return VoteLog::Open(
      disk, kFolder, kOptions, Filled(1), KeyId(Filled(2).array()), [](const LogBody&) { return true; }, &contents);
}

// All that a log holds, as bytes, in the order of its kinds.
std::vector<std::string> RecordsOf(const LogContents& contents) {
  std::vector<std::string> records;
  for (const Vote& vote : contents.votes) records.push_back(EncodeRecord(vote));
  for (const CertificatePtr& certificate : contents.certificates) records.push_back(EncodeRecord(certificate));
  for (const LogCertified& certified : contents.certified) records.push_back(EncodeRecord(certified));
  for (const LogBody& body : contents.bodies) records.push_back(EncodeRecord(body));
  records.push_back(EncodeRecord(contents.floor));
  records.push_back(EncodeRecord(contents.rejoined));
  records.push_back(contents.may_vote ? "may vote" : "may not vote");
  return records;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size > 2 * kOptions.segment_bytes) return 0;
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  simulation::SimulatedDisk disk;
  CAUSEWAY_CHECK(disk.MakeFolder(kFolder).ok());
  Put(disk, "votes-000001.log", WithChecksums(bytes.substr(0, kOptions.segment_bytes)));
  if (size > kOptions.segment_bytes) Put(disk, "votes-000002.log", WithChecksums(bytes.substr(kOptions.segment_bytes)));
  CAUSEWAY_CHECK(disk.SyncFolder(kFolder).ok());

  LogContents first;
  absl::StatusOr<std::unique_ptr<VoteLog>> log = OpenLog(disk, first);
  if (!log.ok()) {
    CAUSEWAY_CHECK(
        absl::IsNotFound(log.status()) || absl::IsDataLoss(log.status()) || absl::IsFailedPrecondition(log.status()),
        log.status().ToString());
    return 0;
  }
  const Vote vote{Subject::Nullify(Epoch(0), View(kViewMax)), 0, std::string(64, 'v')};
  const absl::Status appended = (*log)->Append(vote);
  CAUSEWAY_CHECK(appended.ok() || absl::IsResourceExhausted(appended), appended.ToString());
  CAUSEWAY_CHECK((*log)->Sync().ok());
  log->reset();

  LogContents second;
  log = OpenLog(disk, second);
  CAUSEWAY_CHECK(log.ok(), "what was open does not open again: ", log.status().ToString());
  if (appended.ok() && vote.subject.view > first.floor.view) {
    CAUSEWAY_CHECK(!second.votes.empty() && second.votes.back() == vote, "a synced vote is gone");
    second.votes.pop_back();
  }
  CAUSEWAY_CHECK(RecordsOf(first) == RecordsOf(second), "opened again, and other contents");
  return 0;
}

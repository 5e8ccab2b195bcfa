// SPDX-License-Identifier: Apache-2.0
// The vote log: own votes, certificates, certify results and the bytes of blocks that the store does not hold synced yet.
// It is the first durable copy of everything that a vote promises, so losing it, or a part of it, takes the vote away
// (rule 12 in this folder's README). Never part of a backup.
//
// A log is a folder of segment files "votes-NNNNNN.log" of one size, made in full and zeroed before use, so that
// fdatasync never has to write a file's metadata.
//
//   segment  := header record* zero*
//   header   := magic (8) "CWVOTES1" ‖ sequence (8) ‖ first record number (8) ‖ checksum (4) ‖ zero (4)
//   record   := magic (4) "CWR1" ‖ length of payload (4) ‖ record number (8) ‖ synced (8) ‖ checksum (4) ‖ zero (4)
//               ‖ payload ‖ zero padding to a multiple of 8
//   payload  := canonical bytes of causeway.v1.LogRecord; the first one of a segment is its LogIdentity
//
// Numbers are little-endian. A checksum is CRC-32C over the bytes before it, the payload, and the segment's sequence, so
// that remains of a segment's earlier life never pass. Records are numbered without gaps through all segments. `synced`
// is the number up to which records were known to be on disk when the record was written.
//
// Opening reads the segments in order of their sequence. The first place without a valid record is the tail. If a valid
// record further on says that something at or after the tail had been synced, the log is damaged (bit rot, a lost
// segment); otherwise what follows was never promised to anyone (a torn or lost write), and is zeroed.
//
// Invariants: Sync returns only when all appended records are on disk; after it has failed once, nothing may be appended
// and the process must end, for the kernel may have dropped the writes. The floor frees segments only once it is synced.
// Thread safety: none.
#ifndef CAUSEWAY_NODE_CONSENSUS_VOTE_LOG_H_
#define CAUSEWAY_NODE_CONSENSUS_VOTE_LOG_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "node/consensus/log_file.h"
#include "node/consensus/messages.h"
#include "node/consensus/types.h"

namespace causeway::consensus {

struct VoteLogOptions {
  uint64_t segment_bytes = 64 << 20;  // must hold the largest block
  uint32_t segments_max = 32;
};

// Everything that a log holds.
struct LogContents {
  std::vector<Vote> votes;
  std::vector<CertificatePtr> certificates;
  std::vector<LogCertified> certified;
  std::vector<LogBody> bodies;
  LogFloor floor = {Epoch(0), View(0), Height(0)};
  // False: made for a validator that had lost its log, and the way back has not been completed.
  bool may_vote = false;
  LogRejoined rejoined = {Epoch(0), View(0)};
};

class VoteLog {
 public:
  // Makes a log in an empty or absent folder: together with the key (`born_with_key`), or for a validator that lost the
  // one it had. FAILED_PRECONDITION where a log is there already.
  static absl::StatusOr<std::unique_ptr<VoteLog>> Create(FileSystem& files, const std::string& folder,
                                                         const VoteLogOptions& options, const LogIdentity& identity);

  // Opens what Create made. NOT_FOUND: there is none. DATA_LOSS: damaged; the message says where. FAILED_PRECONDITION:
  // another chain's or another key's. The first two mean "wiped" (rule 12): call Replace, nothing else. `keep_body`
  // decides by hash and height which bodies to read into memory.
  static absl::StatusOr<std::unique_ptr<VoteLog>> Open(FileSystem& files, const std::string& folder,
                                                       const VoteLogOptions& options, const LogIdentity& identity,
                                                       const std::function<bool(const LogBody&)>& keep_body,
                                                       LogContents* contents);

  // Sets a damaged or missing log aside and makes a new one that may not vote before a LogRejoined is in it.
  static absl::StatusOr<std::unique_ptr<VoteLog>> Replace(FileSystem& files, const std::string& folder,
                                                          const VoteLogOptions& options, LogIdentity identity);

  // Puts the record into the next write. A body that the log holds already is not written again. RESOURCE_EXHAUSTED:
  // full, nothing was appended. Other errors: the process must end.
  absl::Status Append(const LogRecord& record);
  // Writes what was appended.
  absl::Status Write();
  // Write, then fdatasync. On failure the process must end.
  absl::Status Sync();

  // Whether votes may still be appended: a tenth of the room is kept for what releases space.
  bool HasRoom() const;
  uint64_t segments_used() const { return segments_.size(); }

 private:
  struct Segment {
    uint64_t sequence;
    std::string name;
    std::unique_ptr<LogFile> file;
    uint64_t used = 0;
    // The highest view and height of what in it must be kept until the floor has passed.
    uint64_t view_max = 0;
    uint64_t height_max = 0;
    std::vector<Hash> bodies;
    bool holds_last_finalization = false;
  };
  VoteLog(FileSystem& files, std::string folder, const VoteLogOptions& options, const LogIdentity& identity);
  absl::Status StartSegment();
  absl::Status AppendEncoded(const std::string& payload);
  absl::Status FreeSegments();
  absl::Status KeepAlive(const Segment& segment);
  void Note(Segment& segment, const LogRecord& record);
  absl::Status ReadSegments(const std::function<bool(const LogBody&)>& keep_body, LogContents* contents);
  absl::Status CheckTail(Segment& segment, uint64_t tail, uint64_t next_number);

  FileSystem& files_;
  const std::string folder_;
  const VoteLogOptions options_;
  const LogIdentity identity_;
  std::deque<Segment> segments_;
  std::vector<std::string> spare_;  // names of freed segment files
  std::set<Hash> bodies_;
  std::string pending_;      // encoded records not written yet
  uint64_t next_sequence_ = 1;
  uint64_t next_number_ = 1;
  uint64_t synced_number_ = 0;
  LogFloor floor_ = {Epoch(0), View(0), Height(0)};          // as appended
  LogFloor synced_floor_ = {Epoch(0), View(0), Height(0)};   // as durable
  CertificatePtr last_finalization_;
  LogRejoined rejoined_ = {Epoch(0), View(0)};
  bool failed_ = false;
};

}  // namespace causeway::consensus

#endif  // CAUSEWAY_NODE_CONSENSUS_VOTE_LOG_H_

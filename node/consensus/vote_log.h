// SPDX-License-Identifier: Apache-2.0
// The vote log: own votes, certificates, certify results and the bytes of blocks that the store does not hold synced
// yet. It is the first durable copy of everything that a vote promises, so losing it, or a part of it, takes the vote
// away (rule 12 in this folder's README). Never part of a backup.
//
// A log is a folder of segment files "votes-NNNNNN.log" of one size, made in full and zeroed before use, so that
// fdatasync never has to write a file's metadata; a segment that is no longer needed is used again.
//
//   segment  := header record* rest
//   header   := magic (8) "CWVOTES1" ‖ sequence (8) ‖ oldest sequence still needed (8) ‖ number of its first record (8)
//               ‖ zero (4) ‖ checksum (4)
//   record   := magic (4) "CWR1" ‖ length of payload (4) ‖ record number (8) ‖ synced (8) ‖ zero (4) ‖ checksum (4)
//               ‖ payload ‖ zero padding to a multiple of 8
//   payload  := canonical bytes of causeway.v1.LogRecord. A segment begins with those of the LogIdentity, the floor,
//   the
//               newest finalization, and the way back from a loss, as far as there are any.
//
// Numbers are little-endian. A checksum is CRC-32C over the bytes before it in the header; for a record, over the
// segment's sequence, then those bytes, then the payload: the remains of a segment's earlier life never pass. Records
// are numbered without gaps through all segments. `synced` is the number up to which records were known to be on disk
// when the record was written.
//
// Opening reads the segments by their sequence. The first place without a valid record of the next number is the tail.
// If a valid record beyond it says that the tail had been synced, the log is damaged (bit rot, a lost segment);
// otherwise what lies beyond was never promised to anyone (a torn or lost write), and is zeroed.
//
// Invariants: Sync returns OK only when all appended records are on disk; after an error, nothing may be appended and
// the process must end, for the kernel may have dropped the writes. Space is freed only by a floor that is synced.
// Thread safety: none.
#ifndef CAUSEWAY_NODE_CONSENSUS_VOTE_LOG_H_
#define CAUSEWAY_NODE_CONSENSUS_VOTE_LOG_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "node/consensus/log_file.h"
#include "node/consensus/messages.h"
#include "node/consensus/types.h"

namespace causeway::consensus {

struct VoteLogOptions {
  uint64_t segment_bytes = 64 << 20;  // must hold the largest block
  uint32_t segments_max = 32;
};

// Everything that a log holds above its floor, and the newest finalization.
struct LogContents {
  std::vector<Vote> votes;
  std::vector<CertificatePtr> certificates;
  std::vector<LogCertified> certified;
  std::vector<LogBody> bodies;
  LogFloor floor = {Epoch(0), View(0), Height(0)};
  LogRejoined rejoined = {Epoch(0), View(0)};
  // False: made for a validator that had lost its log, or found to be another's, and the way back is not completed.
  bool may_vote = true;
};

class VoteLog {
 public:
  // Makes a log in an empty or absent folder, together with the validator's key. FAILED_PRECONDITION where a log is
  // there already.
  static absl::StatusOr<std::unique_ptr<VoteLog>> Create(FileSystem& files, const std::string& folder,
                                                         const VoteLogOptions& options, const Hash& chain_id,
                                                         const KeyId& key_id);

  // Opens what Create made. NOT_FOUND: there is none; DATA_LOSS: damaged, the message says where; both mean that the
  // validator is wiped (rule 12), and Replace is the way on. FAILED_PRECONDITION: another chain's or another key's.
  // `keep_body` says which bodies to return.
  static absl::StatusOr<std::unique_ptr<VoteLog>> Open(FileSystem& files, const std::string& folder,
                                                       const VoteLogOptions& options, const Hash& chain_id,
                                                       const KeyId& key_id,
                                                       const std::function<bool(const LogBody&)>& keep_body,
                                                       LogContents* contents);

  // Sets a damaged log aside (its files are renamed) and makes one that may not vote before a LogRejoined is in it.
  static absl::StatusOr<std::unique_ptr<VoteLog>> Replace(FileSystem& files, const std::string& folder,
                                                          const VoteLogOptions& options, const Hash& chain_id,
                                                          const KeyId& key_id);

  // Puts the record into the next write. A body that the log holds is not taken twice. RESOURCE_EXHAUSTED: no room;
  // nothing was taken, and nothing appended so far is lost. After any other error the process must end; the log gives
  // that error for ever.
  absl::Status Append(const LogRecord& record);
  // Writes all that was appended and makes it durable. After an error the process must end: a second attempt would
  // succeed without writing what the kernel has dropped, so there is none.
  absl::Status Sync();

  // Whether there is room for further votes: what is left when it says no is for what frees space.
  bool HasRoom() const;
  // How much of the room is taken, 0 to 1000.
  uint64_t FillPermille() const;
  size_t segments_used() const { return segments_.size(); }
  uint64_t records() const { return next_number_ - 1; }

 private:
  struct Segment {
    Segment(uint64_t number, std::string file_name) : sequence(number), name(std::move(file_name)) {}
    uint64_t sequence;
    uint64_t oldest = 0;  // as its header says
    std::string name;
    std::unique_ptr<LogFile> file;
    uint64_t used = 0;     // bytes written or pending
    uint64_t written = 0;  // bytes written
    bool dirty = false;
    // What in it must be kept until the floor has passed.
    std::pair<Epoch, View> view_max = {Epoch(0), View(0)};
    Height height_max = Height(0);
    std::vector<Hash> bodies;
  };
  struct Header {
    uint64_t sequence;
    uint64_t oldest;
    uint64_t first_number;
  };

  VoteLog(FileSystem& files, std::string folder, const VoteLogOptions& options, const LogIdentity& identity);
  static absl::StatusOr<std::unique_ptr<VoteLog>> Make(FileSystem& files, const std::string& folder,
                                                       const VoteLogOptions& options, const LogIdentity& identity);
  absl::Status AppendToSegment(const LogRecord& record);
  absl::Status SyncSegments();
  absl::Status Remember(const absl::Status& status);
  absl::Status StartSegment();
  absl::StatusOr<Segment> TakeFile();
  absl::Status MakeSpare();
  absl::Status Write();
  bool Fits(size_t payload_size) const;
  void Encode(absl::string_view payload);
  void Note(Segment& segment, const LogRecord& record);
  void FreeSegments();
  std::string PathOf(const std::string& name) const { return folder_ + "/" + name; }

  // Opening.
  static std::optional<Header> ReadHeader(absl::string_view bytes);
  static std::optional<absl::string_view> ReadRecord(absl::string_view segment, uint64_t at, uint64_t sequence,
                                                     uint64_t* number, uint64_t* synced);
  static bool PromisesBeyond(absl::string_view segment, uint64_t from, uint64_t sequence, uint64_t tail_number);
  absl::Status Read(const std::function<bool(const LogBody&)>& keep_body, LogContents* contents);
  absl::Status ReadSegment(const std::function<bool(const LogBody&)>& keep_body, LogContents* contents,
                           absl::string_view bytes, Segment& segment);
  absl::Status Take(const LogRecord& record, const std::function<bool(const LogBody&)>& keep_body,
                    LogContents* contents);
  static absl::Status ZeroFrom(LogFile& file, uint64_t from, absl::string_view bytes);

  FileSystem& files_;
  const std::string folder_;
  const VoteLogOptions options_;
  LogIdentity identity_;
  std::deque<Segment> segments_;  // the last one is written to
  // Segments that are not needed, while no durable header says so yet: written over now, they would be missed.
  std::vector<std::pair<uint64_t, std::string>> freed_;
  std::vector<std::string> spare_;  // names of files that may be used again
  uint64_t files_made_ = 0;
  std::set<Hash> bodies_;
  std::string pending_;  // of the last segment
  uint64_t next_sequence_ = 1;
  uint64_t next_number_ = 1;
  uint64_t synced_number_ = 0;
  LogFloor floor_ = {Epoch(0), View(0), Height(0)};         // as appended
  LogFloor synced_floor_ = {Epoch(0), View(0), Height(0)};  // as durable
  CertificatePtr newest_finalization_;
  LogRejoined rejoined_ = {Epoch(0), View(0)};
  bool may_vote_ = true;
  bool disk_full_ = false;
  absl::Status failed_;  // the first error after which nothing is known
};

}  // namespace causeway::consensus

#endif  // CAUSEWAY_NODE_CONSENSUS_VOTE_LOG_H_

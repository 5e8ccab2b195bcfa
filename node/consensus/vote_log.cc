// SPDX-License-Identifier: Apache-2.0
#include "node/consensus/vote_log.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

#include "ledger/base/check.h"
#include "ledger/base/crc32c.h"
#include "ledger/base/status.h"

namespace causeway::consensus {
namespace {

constexpr absl::string_view kSegmentMagic = "CWVOTES1";
constexpr absl::string_view kRecordMagic = "CWR1";
constexpr size_t kHeaderSize = 40;
constexpr size_t kRecordHeaderSize = 32;
constexpr size_t kChecksumAt = kRecordHeaderSize - 4;
constexpr size_t kHeaderChecksumAt = kHeaderSize - 4;
constexpr absl::string_view kPrefix = "votes-";

void AppendLittle(std::string& out, uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out.push_back(static_cast<char>(value >> (8 * i)));
}

uint64_t ReadLittle(absl::string_view bytes, size_t at, int count) {
  uint64_t value = 0;
  for (int i = 0; i < count; ++i)
    value |= uint64_t{static_cast<uint8_t>(bytes[at + static_cast<size_t>(i)])} << (8 * i);
  return value;
}

uint64_t Padded(uint64_t size) {
  return (size + 7) / 8 * 8;
}

// Over the sequence, the header up to its checksum, and the payload.
uint32_t RecordChecksum(uint64_t sequence, absl::string_view header, absl::string_view payload) {
  std::string number;
  AppendLittle(number, sequence, 8);
  return ExtendCrc32c(ExtendCrc32c(ExtendCrc32c(0, number), header.substr(0, kChecksumAt)), payload);
}

// Views are counted anew in each epoch.
template <typename Record>
std::pair<Epoch, View> PlaceOf(const Record& record) {
  return {record.epoch, record.view};
}

bool IsLogName(absl::string_view name) {
  return name.substr(0, kPrefix.size()) == kPrefix;
}

}  // namespace

VoteLog::VoteLog(FileSystem& files, std::string folder, const VoteLogOptions& options, const LogIdentity& identity)
    : files_(files),
      folder_(std::move(folder)),
      options_(options),
      identity_(identity),
      may_vote_(identity.born_with_key) {}

absl::StatusOr<std::unique_ptr<VoteLog>> VoteLog::Make(FileSystem& files, const std::string& folder,
                                                       const VoteLogOptions& options, const LogIdentity& identity) {
  CAUSEWAY_RETURN_IF_ERROR(files.MakeFolder(folder));
  CAUSEWAY_ASSIGN_OR_RETURN(const std::vector<std::string> names, files.List(folder));
  if (std::any_of(names.begin(), names.end(), IsLogName)) {
    return absl::FailedPreconditionError(absl::StrCat("a vote log is in ", folder, " already"));
  }
  auto log = std::unique_ptr<VoteLog>(new VoteLog(files, folder, options, identity));
  CAUSEWAY_RETURN_IF_ERROR(log->StartSegment());
  CAUSEWAY_RETURN_IF_ERROR(log->Sync());
  return log;
}

absl::StatusOr<std::unique_ptr<VoteLog>> VoteLog::Create(FileSystem& files, const std::string& folder,
                                                         const VoteLogOptions& options, const Hash& chain_id,
                                                         const KeyId& key_id) {
  return Make(files, folder, options, LogIdentity{chain_id, key_id, /*born_with_key=*/true});
}

absl::StatusOr<std::unique_ptr<VoteLog>> VoteLog::Replace(FileSystem& files, const std::string& folder,
                                                          const VoteLogOptions& options, const Hash& chain_id,
                                                          const KeyId& key_id) {
  CAUSEWAY_ASSIGN_OR_RETURN(const std::vector<std::string> names, files.List(folder));
  // Oldest first, so that a crash on the way never leaves what looks like a whole, older log.
  std::multimap<uint64_t, std::string> by_sequence;
  for (const std::string& name : names) {
    if (!IsLogName(name)) continue;
    CAUSEWAY_ASSIGN_OR_RETURN(const std::unique_ptr<LogFile> file, files.Open(absl::StrCat(folder, "/", name)));
    const absl::StatusOr<std::string> bytes = file->ReadAt(0, kHeaderSize);
    const std::optional<Header> header = bytes.ok() ? ReadHeader(*bytes) : std::nullopt;
    by_sequence.emplace(header ? header->sequence : 0, name);
  }
  for (const auto& [sequence, name] : by_sequence) {
    std::string aside;
    for (int i = 1; aside.empty() || std::binary_search(names.begin(), names.end(), aside); ++i) {
      aside = absl::StrCat("lost-", i, "-", name);
    }
    CAUSEWAY_RETURN_IF_ERROR(files.Rename(absl::StrCat(folder, "/", name), absl::StrCat(folder, "/", aside)));
    CAUSEWAY_RETURN_IF_ERROR(files.SyncFolder(folder));
  }
  return Make(files, folder, options, LogIdentity{chain_id, key_id, /*born_with_key=*/false});
}

absl::StatusOr<std::unique_ptr<VoteLog>> VoteLog::Open(FileSystem& files, const std::string& folder,
                                                       const VoteLogOptions& options, const Hash& chain_id,
                                                       const KeyId& key_id,
                                                       const std::function<bool(const LogBody&)>& keep_body,
                                                       LogContents* contents) {
  auto log = std::unique_ptr<VoteLog>(new VoteLog(files, folder, options, LogIdentity{chain_id, key_id, true}));
  CAUSEWAY_RETURN_IF_ERROR(log->Read(keep_body, contents));
  return log;
}

// ---- Writing ----

bool VoteLog::Fits(size_t payload_size) const {
  const Segment& last = segments_.back();
  return last.used + kRecordHeaderSize + Padded(payload_size) <= last.file->size();
}

absl::Status VoteLog::Remember(const absl::Status& status) {
  if (failed_.ok()) failed_ = status;
  return status;
}

absl::Status VoteLog::Append(const LogRecord& record) {
  CAUSEWAY_RETURN_IF_ERROR(failed_);
  return AppendToSegment(record);
}

absl::Status VoteLog::Sync() {
  CAUSEWAY_RETURN_IF_ERROR(failed_);
  return Remember(SyncSegments());
}

absl::Status VoteLog::AppendToSegment(const LogRecord& record) {
  if (const auto* body = std::get_if<LogBody>(&record); body != nullptr && bodies_.contains(body->block)) {
    return absl::OkStatus();
  }
  const std::string payload = EncodeRecord(record);
  if (!Fits(payload.size())) {
    CAUSEWAY_RETURN_IF_ERROR(StartSegment());
    if (!Fits(payload.size())) return absl::ResourceExhaustedError("a record is larger than a segment of the vote log");
  }
  Encode(payload);
  Note(segments_.back(), record);
  return absl::OkStatus();
}

void VoteLog::Encode(absl::string_view payload) {
  std::string header(kRecordMagic);
  AppendLittle(header, payload.size(), 4);
  AppendLittle(header, next_number_++, 8);
  AppendLittle(header, synced_number_, 8);
  AppendLittle(header, 0, 4);
  AppendLittle(header, RecordChecksum(segments_.back().sequence, header, payload), 4);
  pending_ += header;
  pending_.append(payload.data(), payload.size());
  pending_.resize(Padded(pending_.size()), '\0');
  segments_.back().used = segments_.back().written + pending_.size();
}

// What the record demands of its segment, and what later segments must repeat.
void VoteLog::Note(Segment& segment, const LogRecord& record) {
  const auto keep_view = [&](Epoch epoch, View view) {
    segment.view_max = std::max(segment.view_max, std::pair(epoch, view));
  };
  if (const auto* vote = std::get_if<Vote>(&record)) {
    keep_view(vote->subject.epoch, vote->subject.view);
  } else if (const auto* certificate = std::get_if<CertificatePtr>(&record)) {
    const Subject& subject = (*certificate)->subject;
    keep_view(subject.epoch, subject.view);
    const bool newest = !newest_finalization_ || PlaceOf(newest_finalization_->subject) < PlaceOf(subject);
    if (subject.kind == VoteKind::kFinalize && newest) newest_finalization_ = *certificate;
  } else if (const auto* certified = std::get_if<LogCertified>(&record)) {
    keep_view(certified->epoch, certified->view);
  } else if (const auto* body = std::get_if<LogBody>(&record)) {
    segment.height_max = std::max(segment.height_max, body->height);
    segment.bodies.push_back(body->block);
    bodies_.insert(body->block);
  } else if (const auto* floor = std::get_if<LogFloor>(&record)) {
    if (PlaceOf(*floor) > PlaceOf(floor_)) floor_ = *floor;
  } else if (std::holds_alternative<LogLost>(record)) {
    may_vote_ = false;
  } else if (const auto* rejoined = std::get_if<LogRejoined>(&record)) {
    rejoined_ = *rejoined;
    may_vote_ = true;
  }
}

absl::StatusOr<VoteLog::Segment> VoteLog::TakeFile() {
  if (spare_.empty()) {
    if (segments_.size() >= options_.segments_max) return absl::ResourceExhaustedError("the vote log is full");
    CAUSEWAY_RETURN_IF_ERROR(MakeSpare());
  }
  Segment segment(next_sequence_, spare_.back());
  CAUSEWAY_ASSIGN_OR_RETURN(segment.file, files_.Open(PathOf(segment.name)));
  spare_.pop_back();
  ++next_sequence_;
  return segment;
}

absl::Status VoteLog::MakeSpare() {
  const std::string name = absl::StrFormat("votes-%06d.log", files_made_ + 1);
  CAUSEWAY_RETURN_IF_ERROR(files_.Make(PathOf(name), options_.segment_bytes).status());
  CAUSEWAY_RETURN_IF_ERROR(files_.SyncFolder(folder_));
  ++files_made_;
  spare_.push_back(name);
  return absl::OkStatus();
}

absl::Status VoteLog::StartSegment() {
  absl::StatusOr<Segment> segment = TakeFile();
  if (!segment.ok()) {
    disk_full_ = absl::IsResourceExhausted(segment.status());
    return disk_full_ ? segment.status() : Remember(segment.status());
  }
  CAUSEWAY_RETURN_IF_ERROR(Remember(Write()));
  segments_.push_back(*std::move(segment));
  Segment& last = segments_.back();
  last.oldest = segments_.front().sequence;
  pending_ = std::string(kSegmentMagic);
  AppendLittle(pending_, last.sequence, 8);
  AppendLittle(pending_, last.oldest, 8);
  AppendLittle(pending_, next_number_, 8);
  AppendLittle(pending_, 0, 4);
  AppendLittle(pending_, ExtendCrc32c(0, pending_), 4);
  LogIdentity identity = identity_;
  identity.born_with_key = may_vote_;
  Encode(EncodeRecord(identity));
  // Repeated here, so that earlier segments may go. They demand nothing of this one.
  if (floor_.view > View(0)) Encode(EncodeRecord(floor_));
  if (newest_finalization_) Encode(EncodeRecord(newest_finalization_));
  if (rejoined_.view > View(0) && may_vote_) Encode(EncodeRecord(rejoined_));
  return absl::OkStatus();
}

absl::Status VoteLog::Write() {
  if (segments_.empty() || pending_.empty()) return absl::OkStatus();
  Segment& last = segments_.back();
  CAUSEWAY_RETURN_IF_ERROR(last.file->WriteAt(last.written, pending_));
  last.written += pending_.size();
  last.dirty = true;
  pending_.clear();
  return absl::OkStatus();
}

absl::Status VoteLog::SyncSegments() {
  CAUSEWAY_RETURN_IF_ERROR(Write());
  for (Segment& segment : segments_) {
    if (!segment.dirty) continue;
    CAUSEWAY_RETURN_IF_ERROR(segment.file->SyncData());
    segment.dirty = false;
  }
  synced_number_ = next_number_ - 1;
  synced_floor_ = floor_;
  std::erase_if(freed_, [this](const auto& freed) {
    const bool reusable = freed.first < segments_.back().oldest;
    if (reusable) spare_.push_back(freed.second);
    return reusable;
  });
  FreeSegments();
  // The next segment is made before it is needed, so that a full disk is noticed while there is room left.
  const Segment& last = segments_.back();
  const bool needs_spare = spare_.empty() && segments_.size() < options_.segments_max;
  if (needs_spare && last.used > last.file->size() / 2) {
    const absl::Status made = MakeSpare();
    disk_full_ = absl::IsResourceExhausted(made);
    if (!made.ok() && !disk_full_) return made;
  }
  return absl::OkStatus();
}

void VoteLog::FreeSegments() {
  while (segments_.size() > 1) {
    const Segment& oldest = segments_.front();
    if (oldest.view_max > PlaceOf(synced_floor_) || oldest.height_max > synced_floor_.height) return;
    for (const Hash& body : oldest.bodies) bodies_.erase(body);
    freed_.emplace_back(oldest.sequence, oldest.name);
    segments_.pop_front();
    disk_full_ = false;
  }
}

uint64_t VoteLog::FillPermille() const {
  const uint64_t total = options_.segment_bytes * options_.segments_max;
  return ((segments_.size() - 1) * options_.segment_bytes + segments_.back().used) * 1000 / total;
}

bool VoteLog::HasRoom() const {
  return !disk_full_ && FillPermille() < 900;
}

// ---- Opening ----

std::optional<VoteLog::Header> VoteLog::ReadHeader(absl::string_view bytes) {
  if (bytes.size() < kHeaderSize || bytes.substr(0, 8) != kSegmentMagic) return std::nullopt;
  if (ReadLittle(bytes, kHeaderChecksumAt, 4) != ExtendCrc32c(0, bytes.substr(0, kHeaderChecksumAt))) {
    return std::nullopt;
  }
  const Header header{ReadLittle(bytes, 8, 8), ReadLittle(bytes, 16, 8), ReadLittle(bytes, 24, 8)};
  // A segment is still needed when its header is written, so what says otherwise is none that this code wrote.
  if (header.oldest > header.sequence) return std::nullopt;
  return header;
}

std::optional<absl::string_view> VoteLog::ReadRecord(absl::string_view segment, uint64_t at, uint64_t sequence,
                                                     uint64_t* number, uint64_t* synced) {
  if (at + kRecordHeaderSize > segment.size()) return std::nullopt;
  const absl::string_view header = segment.substr(at, kRecordHeaderSize);
  if (header.substr(0, 4) != kRecordMagic) return std::nullopt;
  const uint64_t length = ReadLittle(header, 4, 4);
  if (at + kRecordHeaderSize + length > segment.size()) return std::nullopt;
  const absl::string_view payload = segment.substr(at + kRecordHeaderSize, length);
  if (ReadLittle(header, kChecksumAt, 4) != RecordChecksum(sequence, header, payload)) return std::nullopt;
  *number = ReadLittle(header, 8, 8);
  *synced = ReadLittle(header, 16, 8);
  return payload;
}

// Whether a valid record at or after `from` says that record `tail_number` had been synced.
bool VoteLog::PromisesBeyond(absl::string_view segment, uint64_t from, uint64_t sequence, uint64_t tail_number) {
  for (uint64_t at = from; at + kRecordHeaderSize <= segment.size(); at += 8) {
    if (std::memcmp(segment.data() + at, kRecordMagic.data(), kRecordMagic.size()) != 0) continue;
    uint64_t number = 0;
    uint64_t synced = 0;
    if (ReadRecord(segment, at, sequence, &number, &synced) && synced >= tail_number) return true;
  }
  return false;
}

absl::Status VoteLog::ZeroFrom(LogFile& file, uint64_t from, absl::string_view bytes) {
  constexpr uint64_t kPiece = 4096;
  bool dirty = false;
  for (uint64_t at = from; at < bytes.size();) {
    const uint64_t size = std::min(kPiece - at % kPiece, bytes.size() - at);
    const absl::string_view piece = bytes.substr(at, size);
    if (piece.find_first_not_of('\0') != absl::string_view::npos) {
      CAUSEWAY_RETURN_IF_ERROR(file.WriteAt(at, std::string(size, '\0')));
      dirty = true;
    }
    at += size;
  }
  return dirty ? file.SyncData() : absl::OkStatus();
}

absl::Status VoteLog::Read(const std::function<bool(const LogBody&)>& keep_body, LogContents* contents) {
  CAUSEWAY_ASSIGN_OR_RETURN(const std::vector<std::string> names, files_.List(folder_));
  std::map<uint64_t, std::string> named;  // by sequence
  std::vector<std::string> headless;
  uint64_t oldest = 0;
  for (const std::string& name : names) {
    if (!IsLogName(name)) continue;
    files_made_ = std::max<uint64_t>(files_made_, std::strtoull(name.c_str() + kPrefix.size(), nullptr, 10));
    CAUSEWAY_ASSIGN_OR_RETURN(const std::unique_ptr<LogFile> file, files_.Open(PathOf(name)));
    CAUSEWAY_ASSIGN_OR_RETURN(const std::string bytes, file->ReadAt(0, kHeaderSize));
    const std::optional<Header> header = ReadHeader(bytes);
    if (!header) {
      headless.push_back(name);
      continue;
    }
    if (!named.emplace(header->sequence, name).second) {
      return absl::DataLossError(absl::StrCat(folder_, ": two segments of sequence ", header->sequence));
    }
    if (named.rbegin()->first == header->sequence) oldest = header->oldest;
  }
  if (named.empty()) return absl::NotFoundError(absl::StrCat("no vote log in ", folder_));
  bool ended = false;  // at the tail: later segments were never promised
  uint64_t expected = oldest;
  for (auto each = named.lower_bound(oldest); each != named.end(); ++each) {
    const uint64_t sequence = each->first;
    ended = ended || sequence != expected;
    expected = sequence + 1;
    Segment segment(sequence, each->second);
    CAUSEWAY_ASSIGN_OR_RETURN(segment.file, files_.Open(PathOf(segment.name)));
    CAUSEWAY_ASSIGN_OR_RETURN(const std::string bytes, segment.file->ReadAt(0, segment.file->size()));
    const uint64_t first = ReadHeader(bytes)->first_number;
    if (sequence == oldest) next_number_ = first;
    if (ended || first != next_number_) {
      ended = true;
      if (PromisesBeyond(bytes, kHeaderSize, sequence, next_number_)) {
        return absl::DataLossError(absl::StrCat(PathOf(segment.name), ": records before it are damaged or missing"));
      }
      CAUSEWAY_RETURN_IF_ERROR(ZeroFrom(*segment.file, 0, bytes));
      spare_.push_back(segment.name);
      continue;
    }
    segment.oldest = ReadHeader(bytes)->oldest;
    CAUSEWAY_RETURN_IF_ERROR(ReadSegment(keep_body, contents, bytes, segment));
    // What was read may be in the kernel's memory only, left by a process that was killed.
    CAUSEWAY_RETURN_IF_ERROR(segment.file->SyncData());
    segments_.push_back(std::move(segment));
    next_sequence_ = sequence + 1;
  }
  if (segments_.empty()) return absl::NotFoundError(absl::StrCat("no vote log in ", folder_));
  for (const std::string& name : headless) {
    CAUSEWAY_ASSIGN_OR_RETURN(const std::unique_ptr<LogFile> file, files_.Open(PathOf(name)));
    CAUSEWAY_ASSIGN_OR_RETURN(const std::string bytes, file->ReadAt(0, file->size()));
    if (PromisesBeyond(bytes, 0, next_sequence_, next_number_)) {
      return absl::DataLossError(absl::StrCat(PathOf(name), ": its header is damaged"));
    }
    if (file->size() != options_.segment_bytes) {  // a crash while it was made: no record may rely on its size
      CAUSEWAY_RETURN_IF_ERROR(files_.Remove(PathOf(name)));
      CAUSEWAY_RETURN_IF_ERROR(files_.SyncFolder(folder_));
      continue;
    }
    CAUSEWAY_RETURN_IF_ERROR(ZeroFrom(*file, 0, bytes));
    spare_.push_back(name);
  }
  for (const auto& [sequence, name] : named) {
    if (sequence >= oldest) break;
    // The header that says that these are free was itself not promised and is gone; the last one still counts on them.
    if (sequence >= segments_.back().oldest) {
      freed_.emplace_back(sequence, name);
      continue;
    }
    // Free. A crash while it was being used again may have left records of the sequence that comes next in it.
    CAUSEWAY_ASSIGN_OR_RETURN(const std::unique_ptr<LogFile> file, files_.Open(PathOf(name)));
    CAUSEWAY_ASSIGN_OR_RETURN(const std::string bytes, file->ReadAt(0, file->size()));
    CAUSEWAY_RETURN_IF_ERROR(ZeroFrom(*file, 0, bytes));
    spare_.push_back(name);
  }
  synced_number_ = next_number_ - 1;
  synced_floor_ = floor_;
  contents->floor = floor_;
  contents->rejoined = rejoined_;
  contents->may_vote = may_vote_;
  const auto below = [&](const auto& record) { return PlaceOf(record) <= PlaceOf(floor_); };
  std::erase_if(contents->votes, [&](const Vote& vote) { return below(vote.subject); });
  std::erase_if(contents->certified, [&](const LogCertified& one) { return below(one); });
  std::erase_if(contents->certificates, [&](const CertificatePtr& one) {
    const bool newest = newest_finalization_ && one->subject == newest_finalization_->subject;
    return below(one->subject) || newest;
  });
  if (newest_finalization_) contents->certificates.push_back(newest_finalization_);  // once, though segments repeat it
  return absl::OkStatus();
}

absl::Status VoteLog::ReadSegment(const std::function<bool(const LogBody&)>& keep_body, LogContents* contents,
                                  absl::string_view bytes, Segment& segment) {
  uint64_t at = kHeaderSize;
  for (;;) {
    uint64_t number = 0;
    uint64_t synced = 0;
    const std::optional<absl::string_view> payload = ReadRecord(bytes, at, segment.sequence, &number, &synced);
    if (!payload || number != next_number_) break;
    const absl::StatusOr<LogRecord> record = DecodeRecord(*payload);
    if (!record.ok()) {
      return absl::DataLossError(absl::StrCat(PathOf(segment.name), " at ", at, ": ", record.status().message()));
    }
    CAUSEWAY_RETURN_IF_ERROR(Take(*record, keep_body, contents));
    Note(segment, *record);
    ++next_number_;
    at += kRecordHeaderSize + Padded(payload->size());
  }
  if (PromisesBeyond(bytes, at, segment.sequence, next_number_)) {
    return absl::DataLossError(absl::StrCat(PathOf(segment.name), " at ", at, ": a record that was synced is damaged"));
  }
  CAUSEWAY_RETURN_IF_ERROR(ZeroFrom(*segment.file, at, bytes));
  segment.used = segment.written = at;
  return absl::OkStatus();
}

absl::Status VoteLog::Take(const LogRecord& record, const std::function<bool(const LogBody&)>& keep_body,
                           LogContents* contents) {
  if (const auto* identity = std::get_if<LogIdentity>(&record)) {
    if (identity->chain_id != identity_.chain_id || identity->key_id != identity_.key_id) {
      return absl::FailedPreconditionError(absl::StrCat("the vote log in ", folder_, " is of another chain or key"));
    }
    may_vote_ = identity->born_with_key;
  } else if (const auto* vote = std::get_if<Vote>(&record)) {
    contents->votes.push_back(*vote);
  } else if (const auto* certificate = std::get_if<CertificatePtr>(&record)) {
    contents->certificates.push_back(*certificate);
  } else if (const auto* certified = std::get_if<LogCertified>(&record)) {
    contents->certified.push_back(*certified);
  } else if (const auto* body = std::get_if<LogBody>(&record)) {
    if (keep_body(*body)) contents->bodies.push_back(*body);
  }
  return absl::OkStatus();
}

}  // namespace causeway::consensus

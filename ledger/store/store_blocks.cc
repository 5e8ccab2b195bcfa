// SPDX-License-Identifier: Apache-2.0
//
// Reading blocks and what belongs to them, and whole families.

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"

#include "ledger/base/status.h"
#include "ledger/codec/encode.h"
#include "ledger/store/store_impl.h"

namespace causeway::store {
namespace {

absl::Status Absent(Family family, absl::string_view key) {
  return absl::NotFoundError(absl::StrCat("no ", FamilyName(family), " row of ", DescribeKey(family, key)));
}

absl::StatusOr<std::string> Required(const Database& database, Family family, absl::string_view key) {
  CAUSEWAY_ASSIGN_OR_RETURN(std::optional<std::string> value, database.Get(family, key));
  if (!value) return Absent(family, key);
  return *std::move(value);
}

// All values of a family whose keys begin with `prefix`.
absl::StatusOr<std::vector<std::string>> ValuesUnder(const Database& database, Family family,
                                                     const std::string& prefix) {
  std::vector<std::string> values;
  const std::unique_ptr<rocksdb::Iterator> iterator = database.NewIterator(family);
  for (iterator->Seek(prefix); iterator->Valid() && iterator->key().starts_with(prefix); iterator->Next()) {
    values.push_back(iterator->value().ToString());
  }
  CAUSEWAY_RETURN_IF_ERROR(database.AtEnd(*iterator, family));
  return values;
}

}  // namespace

absl::StatusOr<std::string> Store::Floor() const {
  return Required(*impl_->database_, Family::kMeta, kFloorKey);
}

absl::StatusOr<std::string> Store::GetBlock(Height height) const {
  absl::StatusOr<std::string> block = Required(*impl_->database_, Family::kBlocks, HeightKey(height));
  const std::optional<Height> last = final();
  if (absl::IsNotFound(block.status()) && last && height <= *last) {
    return absl::DataLossError(absl::StrCat(directory(), ": the block of height ", height.value(),
                                            " is missing, and height ", last->value(), " is final"));
  }
  return block;
}

absl::StatusOr<Height> Store::FindHeader(const Hash& header_hash) const {
  CAUSEWAY_ASSIGN_OR_RETURN(const std::string bytes,
                            Required(*impl_->database_, Family::kHeaders, header_hash.bytes()));
  const std::optional<Height> height = ParseHeightKey(bytes);
  if (!height) return Malformed(Family::kHeaders, header_hash.bytes());
  return *height;
}

absl::StatusOr<std::string> Store::GetCertificate(Height height) const {
  return Required(*impl_->database_, Family::kCertificates, HeightKey(height));
}

absl::StatusOr<Store::Certified> Store::FindCertificateFrom(Height height) const {
  const std::unique_ptr<rocksdb::Iterator> iterator = impl_->database_->NewIterator(Family::kCertificates);
  iterator->Seek(HeightKey(height));
  CAUSEWAY_RETURN_IF_ERROR(impl_->database_->AtEnd(*iterator, Family::kCertificates));
  if (!iterator->Valid())
    return absl::NotFoundError(absl::StrCat("no certificate at or above height ", height.value()));
  const std::optional<Height> found = ParseHeightKey(AsView(iterator->key()));
  if (!found) return Malformed(Family::kCertificates, AsView(iterator->key()));
  return Certified{*found, iterator->value().ToString()};
}

absl::StatusOr<Store::Certified> Store::LastCertificate() const {
  const std::unique_ptr<rocksdb::Iterator> iterator = impl_->database_->NewIterator(Family::kCertificates);
  iterator->SeekToLast();
  CAUSEWAY_RETURN_IF_ERROR(impl_->database_->AtEnd(*iterator, Family::kCertificates));
  if (!iterator->Valid()) return absl::NotFoundError("no certificate yet");
  const std::optional<Height> found = ParseHeightKey(AsView(iterator->key()));
  if (!found) return Malformed(Family::kCertificates, AsView(iterator->key()));
  return Certified{*found, iterator->value().ToString()};
}

absl::StatusOr<std::string> Store::GetReceipt(const Place& place) const {
  return Required(*impl_->database_, Family::kReceipts, ReceiptKey(place));
}

absl::StatusOr<std::string> Store::GetResult(const ResultPlace& place) const {
  return Required(*impl_->database_, Family::kResults, ResultKey(place));
}

absl::StatusOr<std::vector<std::string>> Store::GetResults(const Place& place) const {
  CAUSEWAY_RETURN_IF_ERROR(GetReceipt(place).status());
  return ValuesUnder(*impl_->database_, Family::kResults, ReceiptKey(place));
}

absl::StatusOr<std::vector<std::string>> Store::GetReceipts(Height height, Lane lane) const {
  CAUSEWAY_RETURN_IF_ERROR(GetBlock(height).status());
  std::string prefix = HeightKey(height);
  prefix.push_back(static_cast<char>(lane));
  return ValuesUnder(*impl_->database_, Family::kReceipts, prefix);
}

absl::StatusOr<Place> Store::FindTransaction(const Hash& transaction_id) const {
  CAUSEWAY_ASSIGN_OR_RETURN(const std::string bytes,
                            Required(*impl_->database_, Family::kTransactions, transaction_id.bytes()));
  const std::optional<Place> place = ParseReceiptKey(bytes);
  if (!place) return Malformed(Family::kTransactions, transaction_id.bytes());
  return *place;
}

absl::Status Store::ScanSubject(absl::string_view subject, std::optional<ResultPlace> from,
                                absl::FunctionRef<bool(const ResultPlace&)> visitor) const {
  const std::string prefix = SubjectPrefix(subject);
  const std::unique_ptr<rocksdb::Iterator> iterator = impl_->database_->NewIterator(Family::kSubjects);
  for (iterator->Seek(from ? SubjectKey(subject, *from) : prefix);
       iterator->Valid() && iterator->key().starts_with(prefix); iterator->Next()) {
    const std::optional<SubjectRow> row = ParseSubjectKey(AsView(iterator->key()));
    if (!row) return Malformed(Family::kSubjects, AsView(iterator->key()));
    if (!visitor(row->place)) return absl::OkStatus();
  }
  return impl_->database_->AtEnd(*iterator, Family::kSubjects);
}

absl::Status Store::ScanSubjects(absl::string_view prefix,
                                 absl::FunctionRef<bool(absl::string_view, const ResultPlace&)> visitor) const {
  // Subjects of one length stand together, so each length from the prefix's on is a range of its own.
  const std::unique_ptr<rocksdb::Iterator> iterator = impl_->database_->NewIterator(Family::kSubjects);
  for (size_t size = prefix.size(); size <= std::numeric_limits<uint16_t>::max();) {
    std::string begin = SubjectPrefix(std::string(size, '\0')).substr(0, 2);
    begin.append(prefix.data(), prefix.size());
    iterator->Seek(begin);
    if (!iterator->Valid()) break;
    for (; iterator->Valid() && iterator->key().starts_with(begin); iterator->Next()) {
      const std::optional<SubjectRow> row = ParseSubjectKey(AsView(iterator->key()));
      if (!row) return Malformed(Family::kSubjects, AsView(iterator->key()));
      if (!visitor(row->subject, row->place)) return absl::OkStatus();
    }
    if (!iterator->Valid()) break;
    // The next length that occurs.
    const std::optional<SubjectRow> next = ParseSubjectKey(AsView(iterator->key()));
    if (!next) return Malformed(Family::kSubjects, AsView(iterator->key()));
    size = std::max(size + 1, next->subject.size());
  }
  return impl_->database_->AtEnd(*iterator, Family::kSubjects);
}

absl::StatusOr<Hash> Store::GetHistoryNode(uint32_t level, uint64_t index) const {
  const std::string key = HistoryKey(level, index);
  CAUSEWAY_ASSIGN_OR_RETURN(const std::string bytes, Required(*impl_->database_, Family::kHistory, key));
  const std::optional<Hash> hash = Hash::FromBytes(bytes);
  if (!hash) return Malformed(Family::kHistory, key);
  return *hash;
}

absl::StatusOr<v1::StoredRestrictedRecord> Store::GetRestricted(const Hash& salted_hash) const {
  CAUSEWAY_ASSIGN_OR_RETURN(const std::string bytes,
                            Required(*impl_->database_, Family::kRestricted, salted_hash.bytes()));
  return codec::ParseTrusted<v1::StoredRestrictedRecord>(bytes);
}

absl::StatusOr<std::optional<std::string>> Store::GetRow(Family family, absl::string_view key) const {
  return impl_->database_->Get(family, key);
}

absl::Status Store::ScanRows(Family family, absl::string_view begin,
                             absl::FunctionRef<bool(absl::string_view key, absl::string_view value)> visitor) const {
  const std::unique_ptr<rocksdb::Iterator> iterator = impl_->database_->NewIterator(family);
  for (iterator->Seek(AsSlice(begin)); iterator->Valid(); iterator->Next()) {
    if (!visitor(AsView(iterator->key()), AsView(iterator->value()))) return absl::OkStatus();
  }
  return impl_->database_->AtEnd(*iterator, family);
}

absl::Status Store::VerifyChecksums() const {
  return FromRocks(impl_->database_->db().VerifyChecksum(), absl::StrCat("verifying ", impl_->directory_));
}

uint64_t Store::disk_bytes() const {
  uint64_t sum = 0;
  for (const Family family : AllFamilies()) {
    uint64_t bytes = 0;
    if (impl_->database_->db().GetIntProperty(impl_->database_->handle(family),
                                              rocksdb::DB::Properties::kTotalSstFilesSize, &bytes))
      sum += bytes;
  }
  return sum;
}

}  // namespace causeway::store

// SPDX-License-Identifier: Apache-2.0

#include "ledger/store/verifier.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"

#include "ledger/base/bytes.h"
#include "ledger/base/check.h"
#include "ledger/codec/encode.h"
#include "ledger/crypto/sha256.h"
#include "ledger/store/rows.h"
#include "ledger/store/store_impl.h"

namespace causeway::store {
namespace {

constexpr char kMissing[] = "missing";
constexpr char kUnexpected[] = "not from any block";
constexpr char kDiffers[] = "differs";
constexpr char kNotFoundByKey[] = "is not found by its key, though a scan comes to it";
constexpr char kNotScanned[] = "a row of this height is found by its key, and no scan comes to it";

// What the state's families must say of a key after the last flush.
struct KnownKey {
  Link own;
  Link previous;
  // False where the newest version erased the key.
  bool present;
  Hash value_hash;
};
using KnownKeys = std::map<state::StateKey, KnownKey, state::StateKeyLess>;

// Half of the SHA-256 of a row: tells the rows of families whose keys come in no order.
using Fingerprint = std::array<char, 16>;

Fingerprint FingerprintOf(absl::string_view key, absl::string_view value) {
  const Hash hash = crypto::Sha256(absl::StrCat(key.size(), " ", key, value));
  Fingerprint fingerprint;
  std::copy_n(hash.bytes().begin(), fingerprint.size(), fingerprint.begin());
  return fingerprint;
}

// A row of such a family as the replay gives it.
struct GivenRow {
  Fingerprint fingerprint;
  uint64_t height;
};

// The height that a row speaks of, in its key or else in its value.
std::optional<Height> HeightOfRow(Family family, absl::string_view key, absl::string_view value) {
  if (const std::optional<Height> height = HeightOfKey(family, key)) return height;
  switch (family) {
    case Family::kHeaders:
      return ParseHeightKey(value);
    case Family::kTransactions:
      if (const auto place = ParseReceiptKey(value)) return place->height;
      break;
    case Family::kState:
      if (const auto row = ParseStateRow(value)) return Height(row->own.height);
      break;
    case Family::kGraves:
      if (const auto own = ParseGrave(value)) return Height(own->height);
      break;
    case Family::kFlat:
      if (const auto entry = codec::ParseTrusted<v1::FlatEntry>(value); entry.ok())
        return Height(entry->last_change_height());
      break;
    case Family::kRestricted:
      if (const auto record = codec::ParseTrusted<v1::StoredRestrictedRecord>(value); record.ok())
        return Height(record->place().height());
      break;
    case Family::kFlushes:
      if (const auto flush = codec::ParseTrusted<v1::Flush>(value); flush.ok()) return Height(flush->last_height());
      break;
    default:
      break;
  }
  return std::nullopt;
}

std::optional<state::TableId> TableOfRow(Family family, absl::string_view key) {
  switch (family) {
    case Family::kState:
    case Family::kGraves:
    case Family::kFlat:
      if (const auto row = ParseStateRowKey(key)) return row->table;
      break;
    case Family::kVersions:
      if (const auto row = ParseVersionKey(key)) return row->key.table;
      break;
    default:
      break;
  }
  return std::nullopt;
}

// Where differences gather.
class Report {
 public:
  bool full() const { return differences_.size() >= StoreVerifier::kDifferencesMax; }
  const std::vector<Difference>& differences() const { return differences_; }

  void Add(Family family, absl::string_view key, std::optional<Height> height, std::string what) {
    if (full()) return;
    differences_.push_back({FamilyName(family), DescribeKey(family, key), std::string(key.substr(0, kToldKeyBytes)),
                            height, TableOfRow(family, key), std::move(what)});
  }
  void AddUnscanned(Family family, Height height) {
    if (!full()) differences_.push_back({FamilyName(family), "", "", height, std::nullopt, kNotScanned});
  }
  // A family that cannot be read is named once, and its rows are not looked for any further.
  void AddUnreadable(Family family, absl::string_view key, std::optional<Height> height, const absl::Status& status) {
    if (!IsDamage(status) && failure_.ok()) failure_ = status;
    if (!unreadable_.insert(family).second || full()) return;
    differences_.push_back({FamilyName(family), key.empty() ? "" : DescribeKey(family, key), std::string(key), height,
                            TableOfRow(family, key), absl::StrCat("unreadable: ", status.message())});
  }
  bool IsUnreadable(Family family) const { return unreadable_.contains(family); }
  const absl::Status& failure() const { return failure_; }

 private:
  absl::Status failure_;
  std::vector<Difference> differences_;
  std::set<Family> unreadable_;
};

using Matcher = absl::FunctionRef<bool(absl::string_view value)>;

// A family's rows from the first to the last, beside the rows that are expected, in the same order.
class RowStream {
 public:
  RowStream(const Database& database, Family family, Report& report)
      : database_(database), family_(family), report_(report), iterator_(database.NewIterator(family)) {
    iterator_->SeekToFirst();
  }

  void Expect(absl::string_view key, Height height, Matcher matches) {
    while (Valid() && AsView(iterator_->key()) < key) Unexpected();
    if (report_.IsUnreadable(family_)) return;
    if (!Valid()) {
      if (!report_.IsUnreadable(family_)) report_.Add(family_, key, height, kMissing);
      return;
    }
    if (AsView(iterator_->key()) != key) {
      report_.Add(family_, key, height, kMissing);
      return;
    }
    if (!matches(AsView(iterator_->value()))) {
      report_.Add(family_, key, height, kDiffers);
    } else {
      FindByKey(key, height);
    }
    iterator_->Next();
  }
  void Expect(absl::string_view key, Height height, absl::string_view value) {
    Expect(key, height, [&](absl::string_view found) { return found == value; });
  }

  // No more is expected.
  void End() {
    while (Valid() && !report_.full()) Unexpected();
  }

 private:
  bool Valid() {
    if (iterator_->Valid()) return true;
    const absl::Status status = database_.AtEnd(*iterator_, family_);
    if (!status.ok()) report_.AddUnreadable(family_, "", std::nullopt, status);
    return false;
  }
  // A file's index and filter are the node's as well, and a scan does not ask them what a reader asks.
  void FindByKey(absl::string_view key, Height height) {
    const absl::StatusOr<std::optional<std::string>> found = database_.Get(family_, key);
    if (!found.ok()) {
      report_.AddUnreadable(family_, key, height, found.status());
    } else if (!*found || **found != AsView(iterator_->value())) {
      report_.Add(family_, key, height, kNotFoundByKey);
    }
  }
  void Unexpected() {
    const absl::string_view key = AsView(iterator_->key());
    report_.Add(family_, key, HeightOfRow(family_, key, AsView(iterator_->value())), kUnexpected);
    iterator_->Next();
  }

  const Database& database_;
  const Family family_;
  Report& report_;
  std::unique_ptr<rocksdb::Iterator> iterator_;
};

}  // namespace

class StoreVerifier::Impl : public BeforeFlush {
 public:
  Impl(const Store& store, const Database& database)
      : store_(store),
        database_(database),
        blocks_(database, Family::kBlocks, report_),
        receipts_(database, Family::kReceipts, report_),
        results_(database, Family::kResults, report_),
        versions_(database, Family::kVersions, report_) {
    ReadFlushPlan();
  }

  void OnBlock(const FinalBlock& replayed, std::shared_ptr<const state::Changes> changes);
  void Finish();
  const std::vector<Difference>& differences() const { return report_.differences(); }
  const absl::Status& failure() const { return report_.failure(); }

  // BeforeFlush: what the replay gives.
  absl::StatusOr<std::vector<Newest>> NewestOf(absl::Span<const state::StateKeyRef> keys) override;
  absl::StatusOr<std::optional<v1::FlatEntry>> FlatOf(const state::StateKeyRef& key) override;

 private:
  // Which heights were flushed together is the node's own choice and follows from nothing: it is taken from the store
  // where it makes sense, and everything that follows from it is compared.
  void ReadFlushPlan();
  // One row of a family whose keys come in no order; false where it is not found by its key as it should be.
  bool CompareRow(const Row& row, Height height);
  void CompareFlush();
  void Apply(const Row& row, std::vector<Row>& versions);
  void FinishHashKeyed(Family family);
  // A row that a scan comes to, and that the replay does not give.
  void AddScannedOnly(Family family, absl::string_view key, absl::string_view value);
  void FinishHistory();
  void FinishState();
  void FinishMeta();

  const Store& store_;
  const Database& database_;
  Report report_;

  RowStream blocks_;
  RowStream receipts_;
  RowStream results_;
  RowStream versions_;
  std::map<Family, std::vector<GivenRow>> given_;
  // What CompareRow has told of, so that a scan does not tell of it again.
  std::set<std::pair<Family, std::string>> named_;
  // Of each level of the history tree, how many nodes are complete.
  std::vector<uint64_t> history_counts_;
  std::optional<std::pair<Height, Hash>> final_;

  std::vector<v1::Flush> plan_;
  size_t next_flush_ = 0;
  std::optional<v1::Flush> previous_;
  std::vector<state::HeightChanges> pending_;
  KnownKeys known_;
  // Rows of flat and flushes by key.
  std::map<std::string, std::string> flat_;
  std::map<std::string, std::string> flushes_;
};

void StoreVerifier::Impl::ReadFlushPlan() {
  const std::unique_ptr<rocksdb::Iterator> row = database_.NewIterator(Family::kFlushes);
  uint64_t next_height = 0;
  for (row->SeekToFirst(); row->Valid(); row->Next()) {
    const absl::StatusOr<v1::Flush> flush = codec::ParseTrusted<v1::Flush>(AsView(row->value()));
    if (!flush.ok() || AsView(row->key()) != FlushKey(plan_.size() + 1) || flush->first_height() != next_height ||
        flush->last_height() < next_height) {
      report_.Add(Family::kFlushes, AsView(row->key()), Height(next_height), "does not follow the flush before");
      return;
    }
    next_height = flush->last_height() + 1;
    plan_.push_back(*flush);
  }
  const absl::Status status = database_.AtEnd(*row, Family::kFlushes);
  if (!status.ok()) report_.AddUnreadable(Family::kFlushes, "", std::nullopt, status);
}

absl::StatusOr<std::vector<Newest>> StoreVerifier::Impl::NewestOf(absl::Span<const state::StateKeyRef> keys) {
  std::vector<Newest> newest(keys.size());
  for (size_t i = 0; i < keys.size(); ++i) {
    if (const auto known = known_.find(keys[i]); known != known_.end())
      newest[i] = {known->second.own, known->second.present};
  }
  return newest;
}

absl::StatusOr<std::optional<v1::FlatEntry>> StoreVerifier::Impl::FlatOf(const state::StateKeyRef& key) {
  const auto row = flat_.find(StateRowKey(key.table, key.key));
  if (row == flat_.end()) return std::nullopt;
  absl::StatusOr<v1::FlatEntry> entry = codec::ParseTrusted<v1::FlatEntry>(row->second);
  if (!entry.ok()) return entry.status();
  return *std::move(entry);
}

bool StoreVerifier::Impl::CompareRow(const Row& row, Height height) {
  if (report_.IsUnreadable(row.family)) return false;
  const absl::StatusOr<std::optional<std::string>> found = database_.Get(row.family, row.key);
  if (!found.ok()) {
    report_.AddUnreadable(row.family, row.key, height, found.status());
    return false;
  }
  if (*found && **found == *row.value) return true;
  report_.Add(row.family, row.key, height, *found ? kDiffers : kMissing);
  return false;
}

void StoreVerifier::Impl::OnBlock(const FinalBlock& replayed, std::shared_ptr<const state::Changes> changes) {
  if (report_.full()) return;
  const Height height = replayed.height;
  FinalBlockRows(replayed, [&](const Row& row) {
    switch (row.family) {
      case Family::kBlocks:
        blocks_.Expect(row.key, height, *row.value);
        break;
      case Family::kReceipts:
        receipts_.Expect(row.key, height, *row.value);
        break;
      case Family::kResults:
        results_.Expect(row.key, height, *row.value);
        break;
      case Family::kCertificates:
        break;
      case Family::kHistory:
        CompareRow(row, height);
        break;
      default:
        if (CompareRow(row, height)) {
          given_[row.family].push_back({FingerprintOf(row.key, *row.value), height.value()});
        } else {
          named_.emplace(row.family, row.key);
        }
    }
  });
  for (const merkle::HistoryNode& node : replayed.history_nodes) {
    if (node.level >= history_counts_.size()) history_counts_.resize(node.level + 1);
    history_counts_[node.level] = node.index + 1;
  }
  final_ = {height, replayed.header_hash};
  pending_.push_back({height, std::move(changes)});
  if (next_flush_ < plan_.size() && plan_[next_flush_].last_height() == height.value()) CompareFlush();
}

void StoreVerifier::Impl::Apply(const Row& row, std::vector<Row>& versions) {
  switch (row.family) {
    case Family::kVersions:
      versions.push_back(row);
      break;
    case Family::kState:
      if (row.value) {
        const StateRowValue value = *ParseStateRow(*row.value);
        const state::StateKeyRef key = *ParseStateRowKey(row.key);
        known_.insert_or_assign({key.table, std::string(key.key)},
                                KnownKey{value.own, value.previous, true, crypto::Sha256(value.value)});
      }
      break;
    case Family::kGraves:
      if (row.value) {
        const state::StateKeyRef key = *ParseStateRowKey(row.key);
        known_.insert_or_assign({key.table, std::string(key.key)},
                                KnownKey{*ParseGrave(*row.value), Link::None(), false, Hash::Zero()});
      }
      break;
    case Family::kFlat:
      if (row.value) {
        flat_[row.key] = *row.value;
      } else {
        flat_.erase(row.key);
      }
      break;
    case Family::kFlushes:
      flushes_[row.key] = *row.value;
      break;
    default:
      CAUSEWAY_CHECK(false, "a flush writes no row of ", FamilyName(row.family));
  }
}

void StoreVerifier::Impl::CompareFlush() {
  ++next_flush_;
  // The model is changed after all rows are made, as the store's families are.
  std::vector<Row> rows;
  const absl::StatusOr<v1::Flush> flush =
      FlushRows(next_flush_, pending_, previous_, *this, [&](Row row) { rows.push_back(std::move(row)); });
  CAUSEWAY_CHECK(flush.ok(), flush.status().ToString());
  std::vector<Row> versions;
  for (const Row& row : rows) Apply(row, versions);
  // A key that begins with another one sorts otherwise once the height is appended.
  std::sort(versions.begin(), versions.end(), [](const Row& a, const Row& b) { return a.key < b.key; });
  for (const Row& row : versions) versions_.Expect(row.key, *HeightOfKey(Family::kVersions, row.key), *row.value);
  previous_ = *flush;
  pending_.clear();
}

void StoreVerifier::Impl::AddScannedOnly(Family family, absl::string_view key, absl::string_view value) {
  if (named_.contains({family, std::string(key)})) return;
  const absl::StatusOr<std::optional<std::string>> found = database_.Get(family, key);
  if (!found.ok()) {
    report_.AddUnreadable(family, key, std::nullopt, found.status());
  } else {
    const bool another = *found && **found != value;
    report_.Add(family, key, HeightOfRow(family, key, value), another ? kNotFoundByKey : kUnexpected);
  }
}

// That every row is found by its key has been seen block by block; here, that a scan comes to each, and to no other.
void StoreVerifier::Impl::FinishHashKeyed(Family family) {
  std::vector<GivenRow>& given = given_[family];
  std::sort(given.begin(), given.end(),
            [](const GivenRow& a, const GivenRow& b) { return a.fingerprint < b.fingerprint; });
  std::vector<bool> scanned(given.size());
  const std::unique_ptr<rocksdb::Iterator> row = database_.NewIterator(family);
  for (row->SeekToFirst(); row->Valid() && !report_.full(); row->Next()) {
    const Fingerprint fingerprint = FingerprintOf(AsView(row->key()), AsView(row->value()));
    const auto at =
        std::lower_bound(given.begin(), given.end(), fingerprint,
                         [](const GivenRow& one, const Fingerprint& wanted) { return one.fingerprint < wanted; });
    if (at != given.end() && at->fingerprint == fingerprint) {
      scanned[static_cast<size_t>(at - given.begin())] = true;
    } else {
      AddScannedOnly(family, AsView(row->key()), AsView(row->value()));
    }
  }
  const absl::Status status = database_.AtEnd(*row, family);
  if (!status.ok()) report_.AddUnreadable(family, "", std::nullopt, status);
  if (report_.IsUnreadable(family)) return;
  for (size_t i = 0; i < given.size(); ++i) {
    if (!scanned[i]) report_.AddUnscanned(family, Height(given[i].height));
  }
}

void StoreVerifier::Impl::FinishHistory() {
  const std::unique_ptr<rocksdb::Iterator> row = database_.NewIterator(Family::kHistory);
  for (row->SeekToFirst(); row->Valid() && !report_.full(); row->Next()) {
    absl::string_view rest = AsView(row->key());
    const absl::string_view key = rest;
    const std::optional<absl::string_view> level = TakeBytes(rest, 1);
    const std::optional<uint64_t> index = TakeBigEndian64(rest);
    const size_t number = level ? static_cast<uint8_t>((*level)[0]) : 0;
    const bool expected =
        level && index && rest.empty() && number < history_counts_.size() && *index < history_counts_[number];
    if (!expected) report_.Add(Family::kHistory, key, std::nullopt, kUnexpected);
  }
  const absl::Status status = database_.AtEnd(*row, Family::kHistory);
  if (!status.ok()) report_.AddUnreadable(Family::kHistory, "", std::nullopt, status);
}

void StoreVerifier::Impl::FinishState() {
  RowStream state(database_, Family::kState, report_);
  RowStream graves(database_, Family::kGraves, report_);
  for (const auto& entry : known_) {
    const state::StateKey& key = entry.first;
    const KnownKey& known = entry.second;
    const std::string row_key = StateRowKey(key.table, key.key);
    const Height height(known.own.height);
    if (known.present) {
      state.Expect(row_key, height, [&](absl::string_view bytes) {
        const std::optional<StateRowValue> row = ParseStateRow(bytes);
        return row && row->own == known.own && row->previous == known.previous &&
               crypto::Sha256(row->value) == known.value_hash;
      });
    } else {
      graves.Expect(row_key, height, EncodeGrave(known.own));
    }
  }
  state.End();
  graves.End();

  RowStream flat(database_, Family::kFlat, report_);
  for (const auto& [key, value] : flat_) flat.Expect(key, *HeightOfRow(Family::kFlat, key, value), value);
  flat.End();

  RowStream flushes(database_, Family::kFlushes, report_);
  for (const auto& [key, value] : flushes_)
    flushes.Expect(key, Height(plan_.at(ParseHeightKey(key)->value() - 1).last_height()), value);
  flushes.End();
}

void StoreVerifier::Impl::FinishMeta() {
  v1::StoreIdentity identity;
  identity.set_format_version(kFormatVersion);
  identity.set_chain_id(store_.chain_id().ToString());
  identity.set_genesis(store_.genesis());
  const Height height = final_ ? final_->first : Height(0);
  RowStream meta(database_, Family::kMeta, report_);
  if (final_) {
    meta.Expect(kFinalKey, height, *FinalMarkerRow(final_->first, final_->second).value);
    meta.Expect(kFloorKey, height, [](absl::string_view) { return true; });
  }
  meta.Expect(kIdentityKey, Height(0), codec::SerializeCanonical(identity));
  meta.End();
}

void StoreVerifier::Impl::Finish() {
  blocks_.End();
  receipts_.End();
  results_.End();
  for (const Family family : {Family::kHeaders, Family::kTransactions, Family::kSubjects, Family::kRestricted})
    FinishHashKeyed(family);
  FinishHistory();
  versions_.End();
  FinishState();
  FinishMeta();
}

StoreVerifier::StoreVerifier(const Store& store) : impl_(std::make_unique<Impl>(store, *store.impl_->database_)) {}

StoreVerifier::~StoreVerifier() = default;

void StoreVerifier::OnBlock(const FinalBlock& replayed, std::shared_ptr<const state::Changes> changes) {
  impl_->OnBlock(replayed, std::move(changes));
}

void StoreVerifier::Finish() {
  impl_->Finish();
}

const std::vector<Difference>& StoreVerifier::differences() const {
  return impl_->differences();
}

const absl::Status& StoreVerifier::failure() const {
  return impl_->failure();
}

}  // namespace causeway::store

// SPDX-License-Identifier: Apache-2.0

#include "ledger/store/keys.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

#include "ledger/base/bytes.h"
#include "ledger/base/check.h"

namespace causeway::store {
namespace {

void Append(std::string& out, absl::string_view bytes) {
  out.append(bytes.data(), bytes.size());
}

void AppendPlace(std::string& out, const Place& place) {
  AppendBigEndian64(out, place.height.value());
  out.push_back(static_cast<char>(place.lane));
  AppendBigEndian32(out, place.index);
}

void AppendLink(std::string& out, const Link& link) {
  AppendBigEndian64(out, link.flush);
  AppendBigEndian64(out, link.height);
}

std::optional<Place> TakePlace(absl::string_view& in) {
  const std::optional<uint64_t> height = TakeBigEndian64(in);
  const std::optional<absl::string_view> lane = TakeBytes(in, 1);
  const std::optional<uint32_t> index = TakeBigEndian32(in);
  if (!height || !lane || !index) return std::nullopt;
  const auto number = static_cast<uint8_t>((*lane)[0]);
  if (number != static_cast<uint8_t>(Lane::kTransaction) && number != static_cast<uint8_t>(Lane::kDueWork))
    return std::nullopt;
  return Place{Height(*height), static_cast<Lane>(number), *index};
}

std::optional<ResultPlace> TakeResultPlace(absl::string_view& in) {
  const std::optional<Place> receipt = TakePlace(in);
  const std::optional<uint32_t> operation = TakeBigEndian32(in);
  if (!receipt || !operation) return std::nullopt;
  return ResultPlace{*receipt, *operation};
}

std::optional<Link> TakeLink(absl::string_view& in) {
  const std::optional<uint64_t> flush = TakeBigEndian64(in);
  const std::optional<uint64_t> height = TakeBigEndian64(in);
  if (!flush || !height) return std::nullopt;
  return Link{*flush, *height};
}

std::string DescribePlace(const Place& place) {
  return absl::StrCat("height ", place.height.value(),
                      place.lane == Lane::kTransaction ? ", transaction " : ", due work ", place.index);
}

std::string DescribeStateKey(const state::StateKeyRef& key) {
  return absl::StrCat("table ", key.table, ", key ", BytesToHex(key.key));
}

}  // namespace

const std::array<Family, kFamilyCount>& AllFamilies() {
  static constexpr std::array<Family, kFamilyCount> kAll = {
      Family::kMeta,    Family::kBlocks,       Family::kHeaders,  Family::kCertificates, Family::kReceipts,
      Family::kResults, Family::kTransactions, Family::kSubjects, Family::kHistory,      Family::kRestricted,
      Family::kFlushes, Family::kState,        Family::kGraves,   Family::kVersions,     Family::kFlat,
  };
  return kAll;
}

const char* FamilyName(Family family) {
  switch (family) {
    case Family::kMeta:
      return "meta";
    case Family::kBlocks:
      return "blocks";
    case Family::kHeaders:
      return "headers";
    case Family::kCertificates:
      return "certificates";
    case Family::kReceipts:
      return "receipts";
    case Family::kResults:
      return "results";
    case Family::kTransactions:
      return "transactions";
    case Family::kSubjects:
      return "subjects";
    case Family::kHistory:
      return "history";
    case Family::kRestricted:
      return "restricted";
    case Family::kFlushes:
      return "flushes";
    case Family::kState:
      return "state";
    case Family::kGraves:
      return "graves";
    case Family::kVersions:
      return "versions";
    case Family::kFlat:
      return "flat";
  }
  CAUSEWAY_CHECK(false, "no such family");
  return "";
}

std::string HeightKey(Height height) {
  std::string out;
  AppendBigEndian64(out, height.value());
  return out;
}

std::string ReceiptKey(const Place& place) {
  std::string out;
  AppendPlace(out, place);
  return out;
}

std::string ResultKey(const ResultPlace& place) {
  std::string out;
  AppendPlace(out, place.receipt);
  AppendBigEndian32(out, place.operation);
  return out;
}

std::string SubjectPrefix(absl::string_view subject) {
  CAUSEWAY_CHECK(subject.size() <= std::numeric_limits<uint16_t>::max(), "a subject has at most 65,535 bytes");
  std::string out;
  AppendBigEndian16(out, static_cast<uint16_t>(subject.size()));
  Append(out, subject);
  return out;
}

std::string SubjectKey(absl::string_view subject, const ResultPlace& place) {
  std::string out = SubjectPrefix(subject);
  AppendPlace(out, place.receipt);
  AppendBigEndian32(out, place.operation);
  return out;
}

std::string HistoryKey(uint32_t level, uint64_t index) {
  CAUSEWAY_CHECK(level <= std::numeric_limits<uint8_t>::max(), "a history tree has fewer levels");
  std::string out;
  out.push_back(static_cast<char>(level));
  AppendBigEndian64(out, index);
  return out;
}

std::string FlushKey(uint64_t number) {
  std::string out;
  AppendBigEndian64(out, number);
  return out;
}

std::string StateRowKey(state::TableId table, absl::string_view key) {
  std::string out;
  out.reserve(2 + key.size());
  AppendBigEndian16(out, table);
  Append(out, key);
  return out;
}

std::string VersionKey(uint64_t flush, state::TableId table, absl::string_view key, Height height) {
  std::string out;
  out.reserve(8 + 2 + key.size() + 8);
  AppendBigEndian64(out, flush);
  AppendBigEndian16(out, table);
  Append(out, key);
  AppendBigEndian64(out, height.value());
  return out;
}

std::optional<Height> ParseHeightKey(absl::string_view bytes) {
  const std::optional<uint64_t> height = TakeBigEndian64(bytes);
  if (!height || !bytes.empty()) return std::nullopt;
  return Height(*height);
}

std::optional<Place> ParseReceiptKey(absl::string_view bytes) {
  const std::optional<Place> place = TakePlace(bytes);
  return bytes.empty() ? place : std::nullopt;
}

std::optional<ResultPlace> ParseResultKey(absl::string_view bytes) {
  const std::optional<ResultPlace> place = TakeResultPlace(bytes);
  return bytes.empty() ? place : std::nullopt;
}

std::optional<SubjectRow> ParseSubjectKey(absl::string_view bytes) {
  const std::optional<uint16_t> size = TakeBigEndian16(bytes);
  if (!size) return std::nullopt;
  const std::optional<absl::string_view> subject = TakeBytes(bytes, *size);
  const std::optional<ResultPlace> place = TakeResultPlace(bytes);
  if (!subject || !place || !bytes.empty()) return std::nullopt;
  return SubjectRow{std::string(subject->data(), subject->size()), *place};
}

std::optional<state::StateKeyRef> ParseStateRowKey(absl::string_view bytes) {
  const std::optional<uint16_t> table = TakeBigEndian16(bytes);
  if (!table) return std::nullopt;
  return state::StateKeyRef{*table, bytes};
}

std::optional<VersionRow> ParseVersionKey(absl::string_view bytes) {
  const std::optional<uint64_t> flush = TakeBigEndian64(bytes);
  const std::optional<uint16_t> table = TakeBigEndian16(bytes);
  if (!flush || !table || bytes.size() < 8) return std::nullopt;
  const absl::string_view key = *TakeBytes(bytes, bytes.size() - 8);
  return VersionRow{*flush, {*table, key}, *TakeBigEndian64(bytes)};
}

std::string EncodeStateRow(const StateRowValue& row) {
  std::string out;
  out.reserve(32 + row.value.size());
  AppendLink(out, row.own);
  AppendLink(out, row.previous);
  Append(out, row.value);
  return out;
}

std::optional<StateRowValue> ParseStateRow(absl::string_view bytes) {
  const std::optional<Link> own = TakeLink(bytes);
  const std::optional<Link> previous = TakeLink(bytes);
  if (!own || !previous) return std::nullopt;
  return StateRowValue{*own, *previous, bytes};
}

std::string EncodeVersion(const VersionValue& version) {
  std::string out;
  out.reserve(17 + (version.value ? version.value->size() : 0));
  out.push_back(version.value ? '\1' : '\0');
  AppendLink(out, version.previous);
  if (version.value) Append(out, *version.value);
  return out;
}

std::optional<VersionValue> ParseVersion(absl::string_view bytes) {
  const std::optional<absl::string_view> present = TakeBytes(bytes, 1);
  const std::optional<Link> previous = TakeLink(bytes);
  if (!present || !previous) return std::nullopt;
  if ((*present)[0] == '\1') return VersionValue{*previous, bytes};
  if ((*present)[0] != '\0' || !bytes.empty()) return std::nullopt;
  return VersionValue{*previous, std::nullopt};
}

std::string EncodeGrave(const Link& own) {
  std::string out;
  AppendLink(out, own);
  return out;
}

std::optional<Link> ParseGrave(absl::string_view bytes) {
  const std::optional<Link> own = TakeLink(bytes);
  return bytes.empty() ? own : std::nullopt;
}

std::string DescribeKey(Family family, absl::string_view key) {
  // Somebody may have put megabytes there.
  if (key.size() > kToldKeyBytes)
    return absl::StrCat("malformed key ", BytesToHex(key.substr(0, Hash::kSize)), "… of ", key.size(), " bytes");
  const std::string raw = BytesToHex(key);
  switch (family) {
    case Family::kMeta:
      return absl::CHexEscape(key);
    case Family::kBlocks:
    case Family::kCertificates:
      if (const auto height = ParseHeightKey(key)) return absl::StrCat("height ", height->value());
      break;
    case Family::kReceipts:
      if (const auto place = ParseReceiptKey(key)) return DescribePlace(*place);
      break;
    case Family::kResults:
      if (const auto place = ParseResultKey(key))
        return absl::StrCat(DescribePlace(place->receipt), ", operation ", place->operation);
      break;
    case Family::kSubjects:
      if (const auto row = ParseSubjectKey(key)) {
        return absl::StrCat("subject ", BytesToHex(row->subject), ", ", DescribePlace(row->place.receipt),
                            ", operation ", row->place.operation);
      }
      break;
    case Family::kHeaders:
      return absl::StrCat("header ", raw);
    case Family::kTransactions:
      return absl::StrCat("transaction ", raw);
    case Family::kRestricted:
      return absl::StrCat("restricted record ", raw);
    case Family::kHistory:
      if (key.size() == 9) {
        absl::string_view index = key.substr(1);
        return absl::StrCat("level ", static_cast<uint32_t>(static_cast<uint8_t>(key[0])), ", node ",
                            *TakeBigEndian64(index));
      }
      break;
    case Family::kFlushes:
      if (const auto number = ParseHeightKey(key)) return absl::StrCat("flush ", number->value());
      break;
    case Family::kState:
    case Family::kGraves:
    case Family::kFlat:
      if (const auto row = ParseStateRowKey(key)) return DescribeStateKey(*row);
      break;
    case Family::kVersions:
      if (const auto row = ParseVersionKey(key)) {
        return absl::StrCat(DescribeStateKey(row->key), ", height ", row->height, ", flush ", row->flush);
      }
      break;
  }
  return absl::StrCat("malformed key ", raw);
}

std::optional<Height> HeightOfKey(Family family, absl::string_view key) {
  switch (family) {
    case Family::kBlocks:
    case Family::kCertificates:
      return ParseHeightKey(key);
    case Family::kReceipts:
      if (const auto place = ParseReceiptKey(key)) return place->height;
      break;
    case Family::kResults:
      if (const auto place = ParseResultKey(key)) return place->receipt.height;
      break;
    case Family::kSubjects:
      if (const auto row = ParseSubjectKey(key)) return row->place.receipt.height;
      break;
    case Family::kVersions:
      if (const auto row = ParseVersionKey(key)) return Height(row->height);
      break;
    default:
      break;
  }
  return std::nullopt;
}

absl::Status Malformed(Family family, absl::string_view key) {
  return absl::DataLossError(
      absl::StrCat("family ", FamilyName(family), ", ", DescribeKey(family, key), " is malformed"));
}

}  // namespace causeway::store

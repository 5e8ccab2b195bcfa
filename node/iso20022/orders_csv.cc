// SPDX-License-Identifier: Apache-2.0
// Orders as CSV, a header row first. The columns are those of tests/vectors/iso20022/README.md.
#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"

#include "node/iso20022/csv_table.h"
#include "node/iso20022/messages.h"
#include "node/iso20022/order_draft.h"
#include "node/iso20022/values.h"

namespace causeway::iso20022 {
namespace {

constexpr std::array<absl::string_view, 13> kColumns = {
    "message_id", "order_reference", "side",         "account",      "isin",           "amount",          "units",
    "percentage", "currency",        "cash_account", "fee_discount", "requested_date", "prefunded_amount"};
constexpr std::array<absl::string_view, 5> kRequiredColumns = {"message_id", "order_reference", "side", "account",
                                                               "isin"};

class OrdersCsvReader {
 public:
  OrdersCsvReader(const AccountTable& accounts, const ReadOptions& options, ImportErrors& errors)
      : errors_(errors), completer_(accounts, options, errors) {}

  void Read(absl::string_view text, std::vector<ImportedOperation>& operations) {
    absl::ConsumePrefix(&text, "\xEF\xBB\xBF");
    size_t rows = 0;
    // One more than there are: among so many header fields one is unknown or occurs twice, and is named.
    ParseCsv(text, kColumns.size() + 1, errors_, [&](const CsvRow& row) {
      if (rows++ == 0) return ReadHeader(row);
      ReadRow(row, operations);
      return true;
    });
    if (!errors_.empty()) return;
    if (rows == 0)
      errors_.Add({1, 1, ""}, absl::StrCat("is empty; a header row comes first, of ", absl::StrJoin(kColumns, ",")));
    if (rows == 1) errors_.Add({1, 1, ""}, "there is no order below the header row");
  }

 private:
  bool ReadHeader(const CsvRow& row) {
    const std::vector<PlacedText>& header = row.fields;
    const size_t errors_before = errors_.count();
    for (size_t i = 0; i < header.size(); ++i) {
      const std::string& name = header[i].text;
      if (std::find(kColumns.begin(), kColumns.end(), absl::string_view(name)) == kColumns.end()) {
        errors_.Add(header[i].place, absl::StrCat(Quoted(name), " is not a column that is read; known are ",
                                                  absl::StrJoin(kColumns, ", ")));
      } else if (!columns_.emplace(name, i).second) {
        errors_.Add(header[i].place, absl::StrCat("the column ", name, " occurs twice"));
      }
    }
    if (row.count > header.size()) {
      errors_.Add(header[0].place,
                  absl::StrCat("has ", row.count, " columns, and no more than ", kColumns.size(), " are read"));
    }
    for (const absl::string_view name : kRequiredColumns) {
      if (!columns_.contains(std::string(name)))
        errors_.Add(header[0].place, absl::StrCat("the column ", name, " is missing"));
    }
    width_ = row.count;
    return errors_.count() == errors_before;
  }

  void ReadRow(const CsvRow& row, std::vector<ImportedOperation>& operations) {
    const Place place = row.fields[0].place;
    if (row.count != width_) {
      errors_.Add(place, absl::StrCat("has ", row.count, " fields, and the header has ", width_));
      return;
    }
    OrderDraft draft;
    draft.place = place;
    draft.source = absl::StrCat("line ", place.line);
    if (const std::optional<PlacedText> side = Required(row, "side")) {
      if (side->text == "subscription") draft.side = v1::ORDER_SIDE_SUBSCRIPTION;
      if (side->text == "redemption") draft.side = v1::ORDER_SIDE_REDEMPTION;
      if (draft.side == v1::ORDER_SIDE_UNSPECIFIED) {
        errors_.Add(side->place, absl::StrCat(Quoted(side->text), " is neither subscription nor redemption"));
      }
    }
    draft.message_id = Required(row, "message_id");
    draft.reference = Required(row, "order_reference");
    draft.account = Required(row, "account");
    draft.isin = Required(row, "isin");
    draft.currency = Optional(row, "currency");
    draft.cash_account = Optional(row, "cash_account");
    draft.fee_discount = Optional(row, "fee_discount");
    draft.requested_date = Optional(row, "requested_date");
    draft.prefunded = Optional(row, "prefunded_amount");
    ReadQuantity(row, draft);
    if (draft.side == v1::ORDER_SIDE_UNSPECIFIED) return;
    if (std::optional<ImportedOperation> imported = completer_.Complete(draft))
      operations.push_back(*std::move(imported));
  }

  void ReadQuantity(const CsvRow& row, OrderDraft& draft) {
    int chosen = 0;
    for (const auto& [name, kind] :
         {std::pair("amount", QuantityKind::kAmount), std::pair("units", QuantityKind::kUnits),
          std::pair("percentage", QuantityKind::kPercentage)}) {
      std::optional<PlacedText> quantity = Optional(row, name);
      if (!quantity) continue;
      ++chosen;
      if (kind == QuantityKind::kPercentage && draft.side == v1::ORDER_SIDE_SUBSCRIPTION) {
        errors_.Add(quantity->place, "only a redemption is ordered by percentage");
      }
      draft.kind = kind;
      draft.quantity = std::move(quantity);
    }
    if (chosen == 1) return;
    errors_.Add(draft.place,
                absl::StrCat("has ", chosen, " of amount, units and percentage; exactly one must be filled"));
    draft.quantity.reset();
  }

  // Nothing where the column is absent or the field empty.
  std::optional<PlacedText> Optional(const CsvRow& row, const std::string& name) const {
    const auto column = columns_.find(name);
    if (column == columns_.end() || row.fields[column->second].text.empty()) return std::nullopt;
    PlacedText field = row.fields[column->second];
    field.place.name = name;
    return field;
  }

  std::optional<PlacedText> Required(const CsvRow& row, const std::string& name) {
    std::optional<PlacedText> field = Optional(row, name);
    if (!field) {
      Place place = row.fields[columns_.at(name)].place;
      place.name = name;
      errors_.Add(place, "is empty");
    }
    return field;
  }

  ImportErrors& errors_;
  OrderCompleter completer_;
  std::map<std::string, size_t> columns_;
  size_t width_ = 0;
};

}  // namespace

void ReadOrdersCsv(absl::string_view text, const AccountTable& accounts, const ReadOptions& options,
                   std::vector<ImportedOperation>& operations, ImportErrors& errors) {
  OrdersCsvReader(accounts, options, errors).Read(text, operations);
}

}  // namespace causeway::iso20022

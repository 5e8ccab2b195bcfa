// SPDX-License-Identifier: Apache-2.0
#include "node/iso20022/xml_writer.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "ledger/base/check.h"
#include "ledger/base/decimal.h"
#include "ledger/base/identifiers.h"
#include "ledger/codec/canonical.h"

namespace causeway::iso20022 {
namespace {

std::string Escaped(absl::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      default:
        escaped.push_back(c);
    }
  }
  return escaped;
}

}  // namespace

XmlWriter::XmlWriter(absl::string_view name_space)
    : document_(
          absl::StrCat("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Document xmlns=\"", Escaped(name_space), "\">\n")),
      open_({"Document"}) {}

void XmlWriter::Open(absl::string_view name) {
  absl::StrAppend(&document_, std::string(2 * open_.size(), ' '), "<", name, ">\n");
  open_.emplace_back(name);
}

void XmlWriter::Close() {
  CAUSEWAY_CHECK(!open_.empty(), "more elements are closed than were opened");
  const std::string name = open_.back();
  open_.pop_back();
  absl::StrAppend(&document_, std::string(2 * open_.size(), ' '), "</", name, ">\n");
}

void XmlWriter::Leaf(absl::string_view name, absl::string_view text, absl::string_view currency) {
  absl::StrAppend(&document_, std::string(2 * open_.size(), ' '), "<", name);
  if (!currency.empty()) absl::StrAppend(&document_, " Ccy=\"", Escaped(currency), "\"");
  absl::StrAppend(&document_, ">", Escaped(text), "</", name, ">\n");
}

void XmlWriter::Fail(absl::string_view name, absl::string_view what) {
  errors_.push_back(absl::StrCat("/", absl::StrJoin(open_, "/"), "/", name, ": ", what));
}

void XmlWriter::Text(absl::string_view name, absl::string_view text, size_t length_max) {
  if (const absl::Status status = codec::CheckText(text); !status.ok()) return Fail(name, status.message());
  const auto characters = static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<uint8_t>(c) & 0xc0) != 0x80; }));
  if (characters == 0 || characters > length_max) {
    return Fail(name, absl::StrCat(characters, " characters do not fit into 1 to ", length_max));
  }
  Leaf(name, text, "");
}

void XmlWriter::Code(absl::string_view name, absl::string_view code) {
  Leaf(name, code, "");
}

void XmlWriter::Date(absl::string_view name, absl::string_view date) {
  if (const absl::StatusOr<CivilDate> parsed = ParseDate(date); !parsed.ok())
    return Fail(name, parsed.status().message());
  Leaf(name, date, "");
}

void XmlWriter::Time(absl::string_view name, Instant time) {
  Leaf(name, FormatInstant(time), "");
}

void XmlWriter::Number(absl::string_view name, absl::string_view decimal, int total_digits, int fraction_digits,
                       absl::string_view currency) {
  if (!IsCanonicalDecimal(decimal) || absl::StartsWith(decimal, "-")) {
    return Fail(name, absl::StrCat("\"", decimal, "\" is not a decimal that is not below zero"));
  }
  const size_t point = decimal.find('.');
  const absl::string_view whole = decimal.substr(0, point) == "0" ? "" : decimal.substr(0, point);
  const size_t fraction = point == absl::string_view::npos ? 0 : decimal.size() - point - 1;
  if (fraction > static_cast<size_t>(fraction_digits) || whole.size() + fraction > static_cast<size_t>(total_digits)) {
    return Fail(name, absl::StrCat("\"", decimal, "\" has more digits than the message holds: ", total_digits, ", ",
                                   fraction_digits, " of them after the point"));
  }
  Leaf(name, decimal, currency);
}

void XmlWriter::Money(absl::string_view name, absl::string_view decimal, absl::string_view currency) {
  if (!CurrencyCode::Parse(currency).ok()) return Fail(name, absl::StrCat("\"", currency, "\" is not a currency"));
  Number(name, decimal, 18, 5, currency);
}

void XmlWriter::Party(absl::string_view name, absl::string_view lei) {
  if (const absl::StatusOr<Lei> parsed = Lei::Parse(lei); !parsed.ok()) return Fail(name, parsed.status().message());
  const XmlScope party(*this, name);
  {
    const XmlScope choice(*this, "Pty");
    const XmlScope proprietary(*this, "PrtryId");
    Leaf("Id", lei, "");
    Leaf("SchmeNm", "LEI", "");
  }
  Leaf("LEI", lei, "");
}

absl::StatusOr<std::string> XmlWriter::Finish() {
  while (!open_.empty()) Close();
  if (!errors_.empty()) return absl::InvalidArgumentError(absl::StrJoin(errors_, "\n"));
  return document_;
}

}  // namespace causeway::iso20022

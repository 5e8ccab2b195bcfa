// SPDX-License-Identifier: Apache-2.0
// XmlWriter: an ISO 20022 document in UTF-8, two spaces a level, the same bytes for the same calls.
#ifndef CAUSEWAY_NODE_ISO20022_XML_WRITER_H_
#define CAUSEWAY_NODE_ISO20022_XML_WRITER_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "ledger/base/instant.h"

namespace causeway::iso20022 {

// What does not fit into the message is remembered and told by Finish: nothing is ever cut to fit.
class XmlWriter {
 public:
  explicit XmlWriter(absl::string_view name_space);

  void Open(absl::string_view name);
  void Close();

  // Text of 1 to `length_max` characters, or a code of the message's own.
  void Text(absl::string_view name, absl::string_view text, size_t length_max);
  void Code(absl::string_view name, absl::string_view code);
  // "2026-03-02".
  void Date(absl::string_view name, absl::string_view date);
  void Time(absl::string_view name, Instant time);
  // A canonical decimal that is not below zero, with at most so many digits; `currency` empty: without Ccy.
  void Number(absl::string_view name, absl::string_view decimal, int total_digits, int fraction_digits,
              absl::string_view currency = "");
  // Of a currency: ActiveCurrencyAndAmount, 18 digits of which 5 after the point.
  void Money(absl::string_view name, absl::string_view decimal, absl::string_view currency);
  // A party by its LEI, as the types PartyIdentification113 and PartyIdentification139 have it.
  void Party(absl::string_view name, absl::string_view lei);

  // The document with every element closed. InvalidArgument with everything that does not fit.
  absl::StatusOr<std::string> Finish();

 private:
  void Leaf(absl::string_view name, absl::string_view text, absl::string_view currency);
  void Fail(absl::string_view name, absl::string_view what);

  std::string document_;
  std::vector<std::string> open_;
  std::vector<std::string> errors_;
};

// An element while it is open.
class XmlScope {
 public:
  XmlScope(XmlWriter& writer, absl::string_view name) : writer_(writer) { writer_.Open(name); }
  ~XmlScope() { writer_.Close(); }
  XmlScope(const XmlScope&) = delete;
  XmlScope& operator=(const XmlScope&) = delete;

 private:
  XmlWriter& writer_;
};

}  // namespace causeway::iso20022

#endif  // CAUSEWAY_NODE_ISO20022_XML_WRITER_H_

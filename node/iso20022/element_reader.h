// SPDX-License-Identifier: Apache-2.0
// ElementReader: reads the children of one element by name and keeps account of which were asked for, so that what
// nobody asked for is refused instead of being lost. Every reading function reports what is wrong by itself and returns
// nothing then.
#ifndef CAUSEWAY_NODE_ISO20022_ELEMENT_READER_H_
#define CAUSEWAY_NODE_ISO20022_ELEMENT_READER_H_

#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

#include "node/iso20022/import_errors.h"
#include "node/iso20022/xml_document.h"

namespace causeway::iso20022 {

class ElementReader {
 public:
  // Both must outlive the reader. An absent element reads as one without children: nothing in it is missed.
  ElementReader(const XmlElement* element, ImportErrors& errors);
  // Refuses every child that was not asked for.
  ~ElementReader();
  ElementReader(const ElementReader&) = delete;
  ElementReader& operator=(const ElementReader&) = delete;

  bool present() const { return element_ != nullptr; }
  // Whether a child of that name is there and was not read yet.
  bool Has(absl::string_view name) const;

  // The only child of that name; a second one is refused. Required: its absence is an error (not where the element
  // itself is absent).
  const XmlElement* Optional(absl::string_view name);
  const XmlElement* Required(absl::string_view name);
  std::vector<const XmlElement*> Repeated(absl::string_view name);

  // The text of a child without children and attributes.
  std::optional<PlacedText> OptionalText(absl::string_view name);
  std::optional<PlacedText> RequiredText(absl::string_view name);
  // The text of an amount, and its attribute Ccy.
  struct Money {
    PlacedText amount;
    PlacedText currency;
  };
  std::optional<Money> OptionalMoney(absl::string_view name);
  std::optional<Money> RequiredMoney(absl::string_view name);

  // A child that must say one thing where it is there; `otherwise` says what to do about another.
  void Check(absl::string_view name, absl::string_view expected, absl::string_view otherwise, bool required = false);
  // A time whose form is checked and which is not carried.
  void InformativeDateTime(absl::string_view name, bool required = false);
  void InformativeDateOrDateTime(absl::string_view name);
  // Text that the ledger has from elsewhere: its length is checked.
  void InformativeText(absl::string_view name, size_t length_max, bool required = false);
  void InformativeFlag(absl::string_view name, bool required = false);

  // Children with personal data: dropped unread with all that they contain, however many there are.
  void DropPersonalData(std::initializer_list<absl::string_view> names);

  // Reports an error about the element itself.
  void Fail(absl::string_view what);

 private:
  std::optional<PlacedText> TextOf(const XmlElement* child);
  std::optional<Money> MoneyOf(const XmlElement* child);

  const XmlElement* element_;
  ImportErrors& errors_;
  std::map<absl::string_view, std::vector<const XmlElement*>> children_;
};

Place PlaceOf(const XmlElement& element);

}  // namespace causeway::iso20022

#endif  // CAUSEWAY_NODE_ISO20022_ELEMENT_READER_H_

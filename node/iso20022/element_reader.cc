// SPDX-License-Identifier: Apache-2.0
#include "node/iso20022/element_reader.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

#include "node/iso20022/values.h"

namespace causeway::iso20022 {

Place PlaceOf(const XmlElement& element) {
  return {element.line, 0, element.path};
}

ElementReader::ElementReader(const XmlElement* element, ImportErrors& errors) : element_(element), errors_(errors) {
  if (element_ == nullptr) return;
  for (const XmlElement& child : element_->children) children_[child.name].push_back(&child);
  if (!element_->attributes.empty()) {
    Fail(absl::StrCat("has the attribute ", element_->attributes[0].first, ", which is not read; leave it out"));
  }
  if (element_->children.empty() && !absl::StripAsciiWhitespace(element_->text).empty()) {
    Fail("holds text where elements are expected");
    element_ = nullptr;  // nothing in it is missed
  }
}

ElementReader::~ElementReader() {
  for (const auto& [name, elements] : children_) {
    for (const XmlElement* element : elements) {
      errors_.Add(PlaceOf(*element), "is not read by this importer; leave it out, or send what it says by other means");
    }
  }
}

std::vector<const XmlElement*> ElementReader::Repeated(absl::string_view name) {
  const auto found = children_.find(name);
  if (found == children_.end()) return {};
  std::vector<const XmlElement*> elements = std::move(found->second);
  children_.erase(found);
  return elements;
}

bool ElementReader::Has(absl::string_view name) const {
  return children_.contains(name);
}

const XmlElement* ElementReader::Optional(absl::string_view name) {
  const std::vector<const XmlElement*> elements = Repeated(name);
  if (elements.empty()) return nullptr;
  for (size_t i = 1; i < elements.size(); ++i) errors_.Add(PlaceOf(*elements[i]), "occurs more than once; it may once");
  return elements[0];
}

const XmlElement* ElementReader::Required(absl::string_view name) {
  const XmlElement* element = Optional(name);
  if (element == nullptr && element_ != nullptr) Fail(absl::StrCat("lacks ", name));
  return element;
}

std::optional<PlacedText> ElementReader::OptionalText(absl::string_view name) {
  return TextOf(Optional(name));
}

std::optional<PlacedText> ElementReader::RequiredText(absl::string_view name) {
  return TextOf(Required(name));
}

std::optional<PlacedText> ElementReader::TextOf(const XmlElement* child) {
  if (child == nullptr) return std::nullopt;
  if (!child->children.empty()) {
    errors_.Add(PlaceOf(*child), "holds elements where text is expected");
    return std::nullopt;
  }
  for (const auto& [name, value] : child->attributes) {
    errors_.Add(PlaceOf(*child), absl::StrCat("has the attribute ", name, ", which is not read; leave it out"));
  }
  return PlacedText{child->text, PlaceOf(*child)};
}

std::optional<ElementReader::Money> ElementReader::OptionalMoney(absl::string_view name) {
  return MoneyOf(Optional(name));
}

std::optional<ElementReader::Money> ElementReader::RequiredMoney(absl::string_view name) {
  return MoneyOf(Required(name));
}

std::optional<ElementReader::Money> ElementReader::MoneyOf(const XmlElement* child) {
  if (child == nullptr) return std::nullopt;
  if (!child->children.empty()) {
    errors_.Add(PlaceOf(*child), "holds elements where an amount is expected");
    return std::nullopt;
  }
  Money money{{child->text, PlaceOf(*child)}, {"", PlaceOf(*child)}};
  money.currency.place.name += "/@Ccy";
  bool stated = false;
  for (const auto& [name, value] : child->attributes) {
    if (name == "Ccy") {
      money.currency.text = value;
      stated = true;
    } else {
      errors_.Add(PlaceOf(*child), absl::StrCat("has the attribute ", name, ", which is not read; leave it out"));
    }
  }
  if (!stated) {
    errors_.Add(PlaceOf(*child), "lacks its attribute Ccy, the currency");
    return std::nullopt;
  }
  return money;
}

void ElementReader::Check(absl::string_view name, absl::string_view expected, absl::string_view otherwise,
                          bool required) {
  const std::optional<PlacedText> text = required ? RequiredText(name) : OptionalText(name);
  if (!text) return;
  std::string value(absl::StripAsciiWhitespace(text->text));
  // xs:boolean has two spellings.
  if (expected == "true" && value == "1") value = "true";
  if (expected == "false" && value == "0") value = "false";
  if (value != expected) {
    errors_.Add(text->place, absl::StrCat(Quoted(value), " is not accepted, only ", expected, "; ", otherwise));
  }
}

void ElementReader::InformativeDateTime(absl::string_view name, bool required) {
  const std::optional<PlacedText> text = required ? RequiredText(name) : OptionalText(name);
  if (text) ReadDateTime(*text, errors_);
}

void ElementReader::InformativeDateOrDateTime(absl::string_view name) {
  const XmlElement* choice = Optional(name);
  if (choice == nullptr) return;
  ElementReader reader(choice, errors_);
  const std::optional<PlacedText> date = reader.OptionalText("Dt");
  const std::optional<PlacedText> time = reader.OptionalText("DtTm");
  if (date) ReadDate(*date, errors_);
  if (time) ReadDateTime(*time, errors_);
  if (date.has_value() == time.has_value()) reader.Fail("must hold one of Dt and DtTm");
}

void ElementReader::InformativeText(absl::string_view name, size_t length_max, bool required) {
  const std::optional<PlacedText> text = required ? RequiredText(name) : OptionalText(name);
  // Characters are counted, not bytes.
  if (text) ReadText(*text, length_max, errors_);
}

void ElementReader::InformativeFlag(absl::string_view name, bool required) {
  const std::optional<PlacedText> text = required ? RequiredText(name) : OptionalText(name);
  if (!text) return;
  const absl::string_view value = absl::StripAsciiWhitespace(text->text);
  if (value != "true" && value != "false" && value != "1" && value != "0") {
    errors_.Add(text->place, absl::StrCat(Quoted(value), " is not true or false"));
  }
}

void ElementReader::DropPersonalData(std::initializer_list<absl::string_view> names) {
  for (const absl::string_view name : names) children_.erase(name);
}

void ElementReader::Fail(absl::string_view what) {
  if (element_ != nullptr) errors_.Add(PlaceOf(*element_), what);
}

}  // namespace causeway::iso20022

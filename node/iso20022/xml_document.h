// SPDX-License-Identifier: Apache-2.0
// A small XML document as a tree of values, parsed by libxml2 under rules that leave an attacker nothing: no network,
// no DTD (a DOCTYPE is refused before anything in it is read), no entities but the five, no processing instructions,
// UTF-8 only, one namespace, and limits.
#ifndef CAUSEWAY_NODE_ISO20022_XML_DOCUMENT_H_
#define CAUSEWAY_NODE_ISO20022_XML_DOCUMENT_H_

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace causeway::iso20022 {

struct XmlElement {
  // Without prefix.
  std::string name;
  // "/Document/SbcptOrdr/MltplOrdrDtls/IndvOrdrDtls[2]/OrdrRef": numbered where an element has siblings of its name.
  std::string path;
  int line = 0;
  std::vector<std::pair<std::string, std::string>> attributes;
  // Of an element without children, as it stands; of one with children it is empty (text beside elements is refused).
  std::string text;
  std::vector<XmlElement> children;
};

struct XmlDocument {
  std::string name_space;
  XmlElement root;
};

struct XmlLimits {
  size_t bytes = size_t{16} << 20;
  size_t elements = 250'000;
  int depth = 32;
};

// InvalidArgument that says "line N: …": what is not well-formed, or which rule it breaks. `xsi:schemaLocation` of the
// root is allowed and ignored.
absl::StatusOr<XmlDocument> ParseXml(absl::string_view bytes, const XmlLimits& limits = {});

}  // namespace causeway::iso20022

#endif  // CAUSEWAY_NODE_ISO20022_XML_DOCUMENT_H_

// SPDX-License-Identifier: Apache-2.0
#include "node/iso20022/import.h"

#include <array>
#include <fstream>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

#include "node/iso20022/import_errors.h"
#include "node/iso20022/messages.h"
#include "node/iso20022/xml_document.h"

namespace causeway::iso20022 {
namespace {

constexpr absl::string_view kSubscriptionOrder = "urn:iso:std:iso:20022:tech:xsd:setr.010.001.04";
constexpr absl::string_view kRedemptionOrder = "urn:iso:std:iso:20022:tech:xsd:setr.004.001.04";
// This version of the price report is published under the namespace that its predecessors had.
constexpr absl::string_view kPriceReport = "urn:swift:xsd:reda.001.001.04";

// `message` as an error of the whole file; one that begins with "line N: " of that line.
absl::Status FileError(absl::string_view name, absl::string_view message) {
  if (absl::ConsumePrefix(&message, "line ")) return absl::InvalidArgumentError(absl::StrCat(name, ":", message));
  return absl::InvalidArgumentError(absl::StrCat(name, ": ", message));
}

absl::StatusOr<std::vector<ImportedOperation>> ReadXml(absl::string_view bytes, const AccountTable& accounts,
                                                       const ReadOptions& options) {
  XmlLimits limits;
  limits.bytes = options.bytes_max;
  const absl::StatusOr<XmlDocument> document = ParseXml(bytes, limits);
  if (!document.ok()) return FileError(options.name, document.status().message());
  if (document->root.name != "Document") {
    return FileError(options.name,
                     absl::StrCat("line ", document->root.line, ": the first element is ", Quoted(document->root.name),
                                  ", and must be Document: a message without its header or envelope"));
  }
  std::vector<ImportedOperation> operations;
  ImportErrors errors;
  if (document->name_space == kSubscriptionOrder) {
    ReadSubscriptionOrders(document->root, accounts, options, operations, errors);
  } else if (document->name_space == kRedemptionOrder) {
    ReadRedemptionOrders(document->root, accounts, options, operations, errors);
  } else if (document->name_space == kPriceReport) {
    ReadPriceReport(document->root, options, operations, errors);
  } else {
    return FileError(options.name,
                     absl::StrCat("line ", document->root.line, ": the namespace ", Quoted(document->name_space),
                                  " is not of a message that is read; read are ", kSubscriptionOrder, ", ",
                                  kRedemptionOrder, " and ", kPriceReport));
  }
  if (!errors.empty()) return errors.ToStatus(options.name);
  return operations;
}

}  // namespace

absl::StatusOr<std::vector<ImportedOperation>> ReadBytes(absl::string_view bytes, const AccountTable& accounts,
                                                         const ReadOptions& options) {
  if (bytes.size() > options.bytes_max) {
    return FileError(options.name, absl::StrCat(bytes.size(), " bytes, and at most ", options.bytes_max,
                                                " are read; split the file"));
  }
  absl::string_view text = bytes;
  absl::ConsumePrefix(&text, "\xEF\xBB\xBF");
  if (absl::StartsWith(absl::StripLeadingAsciiWhitespace(text), "<")) return ReadXml(bytes, accounts, options);
  std::vector<ImportedOperation> operations;
  ImportErrors errors;
  ReadOrdersCsv(text, accounts, options, operations, errors);
  if (!errors.empty()) return errors.ToStatus(options.name);
  return operations;
}

absl::StatusOr<std::vector<ImportedOperation>> ReadFile(const std::string& path, const AccountTable& accounts,
                                                        const ReadOptions& options) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::NotFoundError(absl::StrCat(path, ": cannot be read"));
  // No more than it takes to know that there is too much.
  std::string bytes;
  for (std::array<char, 65'536> chunk; file && bytes.size() <= options.bytes_max;) {
    file.read(chunk.data(), chunk.size());
    bytes.append(chunk.data(), static_cast<size_t>(file.gcount()));
  }
  if (file.bad()) return absl::NotFoundError(absl::StrCat(path, ": cannot be read"));
  ReadOptions named = options;
  named.name = path;
  return ReadBytes(bytes, accounts, named);
}

}  // namespace causeway::iso20022

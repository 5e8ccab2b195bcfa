// SPDX-License-Identifier: Apache-2.0
#include "node/iso20022/schema.h"

#include <fstream>
#include <memory>
#include <vector>

#include <libxml/parser.h>
#include <libxml/xmlschemas.h>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "node/iso20022/xml_document.h"

namespace causeway::iso20022 {
namespace {

void KeepError(void* errors, xmlErrorPtr error) {
  const char* message = error->message == nullptr ? "invalid" : error->message;
  static_cast<std::vector<std::string>*>(errors)->push_back(
      absl::StrCat("line ", error->line, ": ", absl::StripAsciiWhitespace(message)));
}

struct Free {
  void operator()(xmlDocPtr document) const { xmlFreeDoc(document); }
  void operator()(xmlSchemaParserCtxtPtr context) const { xmlSchemaFreeParserCtxt(context); }
  void operator()(xmlSchemaPtr schema) const { xmlSchemaFree(schema); }
  void operator()(xmlSchemaValidCtxtPtr context) const { xmlSchemaFreeValidCtxt(context); }
};

absl::Status InvalidAs(absl::string_view what, const std::vector<std::string>& errors) {
  return absl::InvalidArgumentError(absl::StrCat(what, absl::StrJoin(errors, "\n")));
}

}  // namespace

absl::Status ValidateAgainstSchema(absl::string_view document, const std::string& folder) {
  // Whatever the rules of reading refuse never reaches the validator.
  const absl::StatusOr<XmlDocument> parsed = ParseXml(document);
  if (!parsed.ok()) return parsed.status();
  const std::string& name_space = parsed->name_space;
  const std::string message = name_space.substr(name_space.rfind(':') + 1);
  if (message.empty() || message.find('/') != std::string::npos) {
    return absl::InvalidArgumentError(
        absl::StrCat("the namespace \"", name_space, "\" does not end in the name of a message"));
  }
  const std::string path = absl::StrCat(folder, "/", message, ".xsd");
  if (!std::ifstream(path)) return absl::NotFoundError(absl::StrCat(path, ": there is no such schema"));

  std::vector<std::string> errors;
  const std::unique_ptr<xmlSchemaParserCtxt, Free> context(xmlSchemaNewParserCtxt(path.c_str()));
  if (context == nullptr) return absl::ResourceExhaustedError("no memory for a schema");
  xmlSchemaSetParserStructuredErrors(context.get(), KeepError, &errors);
  const std::unique_ptr<xmlSchema, Free> schema(xmlSchemaParse(context.get()));
  if (schema == nullptr) return InvalidAs(absl::StrCat(path, " is not a schema: "), errors);

  const std::unique_ptr<xmlDoc, Free> tree(
      xmlReadMemory(document.data(), static_cast<int>(document.size()), nullptr, nullptr, XML_PARSE_NONET));
  const std::unique_ptr<xmlSchemaValidCtxt, Free> validation(xmlSchemaNewValidCtxt(schema.get()));
  if (tree == nullptr || validation == nullptr) return absl::ResourceExhaustedError("no memory for the document");
  xmlSchemaSetValidStructuredErrors(validation.get(), KeepError, &errors);
  if (xmlSchemaValidateDoc(validation.get(), tree.get()) == 0) return absl::OkStatus();
  return InvalidAs(absl::StrCat("not valid as ", message, ":\n"), errors);
}

}  // namespace causeway::iso20022

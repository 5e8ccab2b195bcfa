// SPDX-License-Identifier: Apache-2.0
#include "node/iso20022/xml_document.h"

#include <climits>
#include <map>
#include <memory>
#include <optional>

#include <libxml/parser.h>
#include <libxml/tree.h>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace causeway::iso20022 {
namespace {

constexpr absl::string_view kSchemaInstance = "http://www.w3.org/2001/XMLSchema-instance";

absl::string_view View(const xmlChar* text) {
  return text == nullptr ? absl::string_view() : absl::string_view(reinterpret_cast<const char*>(text));
}

absl::Status ErrorAt(int64_t line, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("line ", line, ": ", what));
}

// What the parser has to say; the context's `_private`.
struct ParseState {
  // The first error in its words; the later ones mostly follow from it.
  std::string error;
  int error_line = 0;
  bool doctype = false;
};

ParseState& StateOf(void* context) {
  return *static_cast<ParseState*>(static_cast<xmlParserCtxtPtr>(context)->_private);
}

void KeepFirstError(void* context, xmlErrorPtr error) {
  ParseState& state = StateOf(context);
  if (!state.error.empty() || error->level < XML_ERR_ERROR) return;
  // The first line says what; a second one shows bytes of the document, which may be anyone's.
  const absl::string_view message = error->message == nullptr ? "not well-formed" : error->message;
  state.error = std::string(absl::StripAsciiWhitespace(message.substr(0, message.find('\n'))));
  state.error_line = error->line;
}

// Called at `<!DOCTYPE name`, before any of its declarations is read.
void RefuseDoctype(void* context, const xmlChar*, const xmlChar*, const xmlChar*) {
  StateOf(context).doctype = true;
  xmlStopParser(static_cast<xmlParserCtxtPtr>(context));
}

struct FreeContext {
  void operator()(xmlParserCtxtPtr context) const { xmlFreeParserCtxt(context); }
};
struct FreeDocument {
  void operator()(xmlDocPtr document) const { xmlFreeDoc(document); }
};
using ParsedDocument = std::unique_ptr<xmlDoc, FreeDocument>;

absl::StatusOr<ParsedDocument> Parse(absl::string_view bytes) {
  const std::unique_ptr<xmlParserCtxt, FreeContext> context(xmlNewParserCtxt());
  if (context == nullptr) return absl::ResourceExhaustedError("no memory for the XML parser");
  ParseState state;
  context->_private = &state;
  context->sax->serror = KeepFirstError;
  context->sax->internalSubset = RefuseDoctype;
  // No XML_PARSE_HUGE (the parser's own limits stay on), no XML_PARSE_NOENT, no XML_PARSE_DTDLOAD.
  constexpr int kOptions = XML_PARSE_NONET | XML_PARSE_NOCDATA | XML_PARSE_BIG_LINES;
  ParsedDocument document(
      xmlCtxtReadMemory(context.get(), bytes.data(), static_cast<int>(bytes.size()), nullptr, nullptr, kOptions));
  if (state.doctype) {
    return absl::InvalidArgumentError(
        "a document type declaration (<!DOCTYPE …>) is refused; send the message without it");
  }
  if (document == nullptr || context->wellFormed == 0) {
    return ErrorAt(state.error_line,
                   absl::StrCat("not well-formed XML: ", state.error.empty() ? "unreadable" : state.error));
  }
  const absl::string_view encoding = View(document->encoding);
  if (!encoding.empty() && !absl::EqualsIgnoreCase(encoding, "UTF-8") &&
      !absl::EqualsIgnoreCase(encoding, "US-ASCII")) {
    return absl::InvalidArgumentError("the encoding must be UTF-8");
  }
  return document;
}

// Beyond any message's; each element's path holds the names of all around it.
constexpr size_t kNameBytesMax = 64;

// Copies libxml2's tree, refusing on the way what a message may not contain.
class Copier {
 public:
  Copier(absl::string_view name_space, const XmlLimits& limits) : name_space_(name_space), limits_(limits) {}

  absl::Status Copy(const xmlNode& node, int depth, XmlElement& to) {
    if (depth > limits_.depth) return ErrorAt(to.line, absl::StrCat("elements nest deeper than ", limits_.depth));
    if (++elements_ > limits_.elements) {
      return ErrorAt(to.line, absl::StrCat("more than ", limits_.elements, " elements; split the message"));
    }
    if (const absl::Status status = CopyAttributes(node, depth, to); !status.ok()) return status;
    std::map<absl::string_view, int> count, seen;
    for (const xmlNode* child = node.children; child != nullptr; child = child->next) {
      if (child->type == XML_ELEMENT_NODE) ++count[View(child->name)];
    }
    for (const xmlNode* child = node.children; child != nullptr; child = child->next) {
      if (child->type == XML_COMMENT_NODE) continue;
      if (child->type == XML_TEXT_NODE || child->type == XML_CDATA_SECTION_NODE) {
        absl::StrAppend(&to.text, View(child->content));
        continue;
      }
      const int64_t line = xmlGetLineNo(child);
      if (child->type != XML_ELEMENT_NODE) {
        return ErrorAt(line, absl::StrCat("only elements and text may stand in ", to.path));
      }
      if (View(child->name).size() > kNameBytesMax)
        return ErrorAt(line, absl::StrCat("an element's name of ", View(child->name).size(), " bytes in ", to.path));
      XmlElement& element = to.children.emplace_back();
      element.name = std::string(View(child->name));
      element.line = static_cast<int>(std::min<int64_t>(line, INT_MAX));
      element.path = absl::StrCat(to.path, "/", element.name);
      if (count[View(child->name)] > 1) absl::StrAppend(&element.path, "[", ++seen[View(child->name)], "]");
      if (child->ns == nullptr || View(child->ns->href) != name_space_) {
        return ErrorAt(line, absl::StrCat(element.path, " is of another namespace than the document"));
      }
      if (const absl::Status status = Copy(*child, depth + 1, element); !status.ok()) return status;
    }
    if (to.children.empty()) return absl::OkStatus();
    if (!absl::StripAsciiWhitespace(to.text).empty()) {
      return ErrorAt(to.line, absl::StrCat(to.path, " holds text beside its elements"));
    }
    to.text.clear();
    return absl::OkStatus();
  }

 private:
  static absl::Status CopyAttributes(const xmlNode& node, int depth, XmlElement& to) {
    for (const xmlAttr* attribute = node.properties; attribute != nullptr; attribute = attribute->next) {
      const absl::string_view name = View(attribute->name);
      if (attribute->ns != nullptr) {
        if (depth == 1 && View(attribute->ns->href) == kSchemaInstance && name == "schemaLocation") continue;
        return ErrorAt(to.line, absl::StrCat(to.path, " has the attribute ", View(attribute->ns->prefix), ":", name,
                                             ", which is not read; leave it out"));
      }
      std::string value;
      for (const xmlNode* part = attribute->children; part != nullptr; part = part->next) {
        if (part->type == XML_TEXT_NODE) absl::StrAppend(&value, View(part->content));
      }
      to.attributes.emplace_back(std::string(name), std::move(value));
    }
    return absl::OkStatus();
  }

  const absl::string_view name_space_;
  const XmlLimits limits_;
  size_t elements_ = 0;
};

}  // namespace

absl::StatusOr<XmlDocument> ParseXml(absl::string_view bytes, const XmlLimits& limits) {
  if (bytes.size() > limits.bytes || bytes.size() > size_t{INT_MAX}) {
    return absl::InvalidArgumentError(
        absl::StrCat(bytes.size(), " bytes, and at most ", limits.bytes, " are read; split the message"));
  }
  xmlInitParser();
  absl::StatusOr<ParsedDocument> parsed = Parse(bytes);
  if (!parsed.ok()) return parsed.status();
  for (const xmlNode* node = (*parsed)->children; node != nullptr; node = node->next) {
    if (node->type == XML_PI_NODE) return ErrorAt(xmlGetLineNo(node), "processing instructions are refused");
  }
  const xmlNode* root = xmlDocGetRootElement(parsed->get());
  if (root == nullptr) return absl::InvalidArgumentError("the document has no element");
  XmlDocument document;
  if (root->ns != nullptr) document.name_space = std::string(View(root->ns->href));
  if (View(root->name).size() > kNameBytesMax)
    return absl::InvalidArgumentError(absl::StrCat("the document's name has ", View(root->name).size(), " bytes"));
  document.root.name = std::string(View(root->name));
  document.root.path = absl::StrCat("/", document.root.name);
  document.root.line = static_cast<int>(std::min<int64_t>(xmlGetLineNo(root), INT_MAX));
  if (document.name_space.empty()) {
    return ErrorAt(document.root.line,
                   absl::StrCat(document.root.path, " has no namespace, so which message it is cannot be told"));
  }
  Copier copier(document.name_space, limits);
  if (const absl::Status status = copier.Copy(*root, 1, document.root); !status.ok()) return status;
  return document;
}

}  // namespace causeway::iso20022

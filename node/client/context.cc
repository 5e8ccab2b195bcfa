// SPDX-License-Identifier: Apache-2.0
#include "node/client/context.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <system_error>
#include <utility>

#include <nlohmann/json.hpp>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"

#include "ledger/base/status.h"

namespace causeway::client {
namespace {

using nlohmann::json;

// Reads fields and collects what is wrong with them.
class Fields {
 public:
  Fields(std::string folder, std::vector<std::string>& errors) : folder_(std::move(folder)), errors_(errors) {}

  std::string Text(const json& object, const std::string& path, const char* name, bool required = true) {
    const auto found = object.is_object() ? object.find(name) : object.end();
    if (!object.is_object() || found == object.end()) {
      if (required) errors_.push_back(absl::StrCat(path, name, ": missing"));
      return "";
    }
    if (!found->is_string()) {
      errors_.push_back(absl::StrCat(path, name, ": must be a text"));
      return "";
    }
    if (required && found->get_ref<const std::string&>().empty())
      errors_.push_back(absl::StrCat(path, name, ": must not be empty"));
    return found->get<std::string>();
  }

  // A path, absolute.
  std::string File(const json& object, const std::string& path, const char* name, bool required = true) {
    const std::string text = Text(object, path, name, required);
    if (text.empty()) return text;
    return (std::filesystem::path(folder_) / text).lexically_normal().string();
  }

  // The elements of a list, with their paths; none where there is no list.
  template <class Each>
  void List(const json& object, const std::string& path, const char* name, Each&& each) {
    const auto found = object.is_object() ? object.find(name) : object.end();
    if (!object.is_object() || found == object.end() || !found->is_array()) {
      errors_.push_back(absl::StrCat(path, name, ": must be a list"));
      return;
    }
    for (size_t i = 0; i < found->size(); ++i) each((*found)[i], absl::StrCat(path, name, "[", i, "]."));
  }

  void Error(absl::string_view path, const std::string& what) {
    errors_.push_back(absl::StrCat(absl::StripSuffix(path, "."), ": ", what));
  }

  // Notes a name that is taken; `names`: those so far.
  void Unique(const std::string& name, const std::string& path, const char* field, std::set<std::string>& names) {
    if (!name.empty() && !names.insert(name).second)
      Error(path + field, absl::StrCat("\"", name, "\" names another one before it"));
  }

  void Known(const json& object, const std::string& path, const std::set<std::string>& names) {
    if (!object.is_object()) {
      errors_.push_back(absl::StrCat(path.empty() ? "the file" : path, " must be an object"));
      return;
    }
    for (const auto& item : object.items()) {
      if (!names.contains(item.key()))
        errors_.push_back(absl::StrCat(path, item.key(), ": unknown; known are ", absl::StrJoin(names, ", ")));
    }
  }

 private:
  const std::string folder_;
  std::vector<std::string>& errors_;
};

ContextOfficer OfficerOf(const json& value, const std::string& path, Fields& fields) {
  fields.Known(value, path, {"slug", "officer_id", "roles", "key_file", "key_id"});
  ContextOfficer officer{fields.Text(value, path, "slug"),
                         fields.Text(value, path, "officer_id"),
                         {},
                         fields.File(value, path, "key_file"),
                         fields.Text(value, path, "key_id")};
  fields.List(value, path, "roles", [&](const json& role, const std::string& at) {
    if (role.is_string()) {
      officer.roles.push_back(role.get<std::string>());
    } else {
      fields.Error(at, "must be a text");
    }
  });
  return officer;
}

ContextParty PartyOf(const json& value, const std::string& path, Fields& fields) {
  fields.Known(value, path, {"slug", "lei", "name", "certificate", "private_key", "officers"});
  ContextParty party{fields.Text(value, path, "slug"),        fields.Text(value, path, "lei"),
                     fields.Text(value, path, "name"),        fields.File(value, path, "certificate"),
                     fields.File(value, path, "private_key"), {}};
  std::set<std::string> slugs;
  fields.List(value, path, "officers", [&](const json& officer, const std::string& officer_path) {
    party.officers.push_back(OfficerOf(officer, officer_path, fields));
    fields.Unique(party.officers.back().slug, officer_path, "slug", slugs);
  });
  return party;
}

}  // namespace

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  // A folder opens, and reads as if it were empty.
  std::error_code ignored;
  if (file && std::filesystem::is_directory(path, ignored)) {
    errno = EISDIR;
    file.setstate(std::ios::failbit);
  }
  if (!file) {
    const int error = errno;
    const std::string what = absl::StrCat("cannot read ", path, ": ", std::strerror(error));
    return error == EACCES ? absl::PermissionDeniedError(what) : absl::NotFoundError(what);
  }
  std::ostringstream text;
  text << file.rdbuf();
  return std::move(text).str();
}

absl::StatusOr<const ContextOfficer*> ContextParty::FindOfficer(absl::string_view wanted) const {
  std::vector<std::string> slugs;
  for (const ContextOfficer& officer : officers) {
    if (absl::string_view(officer.slug) == wanted) return &officer;
    slugs.push_back(officer.slug);
  }
  return absl::InvalidArgumentError(
      absl::StrCat("no officer ", wanted, " of ", slug, " in the context; there are ", absl::StrJoin(slugs, ", ")));
}

absl::StatusOr<const ContextParty*> Context::FindParty(absl::string_view party) const {
  const absl::string_view wanted = party.empty() ? absl::string_view(default_party) : party;
  std::vector<std::string> slugs;
  for (const ContextParty& one : parties) {
    if (absl::string_view(one.slug) == wanted || absl::string_view(one.lei) == wanted) return &one;
    slugs.push_back(one.slug);
  }
  return absl::InvalidArgumentError(
      absl::StrCat("no party ", wanted, " in the context; there are ", absl::StrJoin(slugs, ", ")));
}

absl::StatusOr<Context> ReadContext(const std::string& path) {
  CAUSEWAY_ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  return ParseContext(path, text);
}

absl::StatusOr<Context> ParseContext(const std::string& path, absl::string_view text) {
  json file;
  try {
    file = json::parse(text.begin(), text.end());
  } catch (const json::exception& error) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": ", error.what()));
  }
  std::vector<std::string> errors;
  Fields fields(std::filesystem::absolute(path).parent_path().string(), errors);
  fields.Known(file, "", {"genesis", "ca", "nodes", "default_party", "passphrase_file", "parties"});
  Context context{fields.File(file, "", "genesis"),
                  fields.File(file, "", "ca"),
                  {},
                  fields.Text(file, "", "default_party"),
                  fields.File(file, "", "passphrase_file", false),
                  {}};
  fields.List(file, "", "nodes", [&](const json& node, const std::string& at) {
    fields.Known(node, at, {"name", "clients", "operators"});
    context.nodes.push_back(
        {fields.Text(node, at, "name"), fields.Text(node, at, "clients"), fields.Text(node, at, "operators", false)});
  });
  // A party is found by its slug or its LEI, so the two share their names.
  std::set<std::string> names;
  fields.List(file, "", "parties", [&](const json& value, const std::string& at) {
    const ContextParty& party = context.parties.emplace_back(PartyOf(value, at, fields));
    fields.Unique(party.slug, at, "slug", names);
    fields.Unique(party.lei, at, "lei", names);
  });
  if (errors.empty() && context.nodes.empty()) errors.push_back("nodes: must name one at least");
  if (errors.empty()) return context;
  for (std::string& error : errors) error = absl::StrCat(path, ": ", error);
  return absl::InvalidArgumentError(absl::StrJoin(errors, "\n"));
}

std::string FormatContext(const Context& context) {
  nlohmann::ordered_json file;
  file["genesis"] = context.genesis;
  file["ca"] = context.ca;
  file["nodes"] = nlohmann::ordered_json::array();
  for (const ContextNode& node : context.nodes)
    file["nodes"].push_back({{"name", node.name}, {"clients", node.clients}, {"operators", node.operators}});
  file["default_party"] = context.default_party;
  if (!context.passphrase_file.empty()) file["passphrase_file"] = context.passphrase_file;
  file["parties"] = nlohmann::ordered_json::array();
  for (const ContextParty& party : context.parties) {
    nlohmann::ordered_json officers = nlohmann::ordered_json::array();
    for (const ContextOfficer& officer : party.officers) {
      officers.push_back({{"slug", officer.slug},
                          {"officer_id", officer.officer_id},
                          {"roles", officer.roles},
                          {"key_file", officer.key_file},
                          {"key_id", officer.key_id}});
    }
    file["parties"].push_back({{"slug", party.slug},
                               {"lei", party.lei},
                               {"name", party.name},
                               {"certificate", party.certificate},
                               {"private_key", party.private_key},
                               {"officers", officers}});
  }
  return file.dump(2) + "\n";
}

}  // namespace causeway::client

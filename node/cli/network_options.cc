// SPDX-License-Identifier: Apache-2.0
#include "node/cli/network_options.h"

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

#include "ledger/base/status.h"
#include "node/cli/files.h"
#include "node/cli/suggestion.h"

namespace causeway::cli {

void AddNetworkOptions(Verb verb, NetworkOptions& options, bool signing) {
  verb.AddOption("--context", options.context,
                 "client/context.json of a network, or the network's directory (default: the current one)")
      .FromEnvironment("CAUSEWAY_CONTEXT")
      .TypeName("PATH");
  if (signing) {
    verb.AddOption("--as", options.as, "who signs, once for each officer (default: the first officer who may trade)")
        .TypeName("PARTY/OFFICER");
    verb.AddOption("--passphrase-file", options.passphrase_file,
                   "file with the passphrase of the party's keys (default: the one that the context names)")
        .TypeName("FILE");
  } else {
    verb.AddOption("--as", options.as, "the party that asks (default: the context's)").OneValue().TypeName("PARTY");
  }
  verb.AddOption("--node", options.node, "the node that is asked first (default: the context's first)")
      .TypeName("NAME");
}

absl::StatusOr<client::Context> OpenContext(const NetworkOptions& options) {
  std::error_code ignored;
  if (!std::filesystem::is_directory(options.context, ignored)) return client::ReadContext(options.context);
  const std::filesystem::path folder(options.context);
  for (const std::filesystem::path& file : {folder / "client" / "context.json", folder / "context.json"}) {
    if (std::filesystem::exists(file, ignored)) return client::ReadContext(file.string());
  }
  return absl::NotFoundError(absl::StrCat("there is no client/context.json in ", options.context,
                                          "; name the network's directory with --context or CAUSEWAY_CONTEXT"));
}

absl::StatusOr<Actor> FindActor(const client::Context& context, const std::vector<std::string>& as) {
  Actor actor;
  for (const std::string& text : as) {
    const std::vector<std::string> parts = absl::StrSplit(text, absl::MaxSplits('/', 1));
    CAUSEWAY_ASSIGN_OR_RETURN(const client::ContextParty* const party, context.FindParty(parts[0]));
    if (actor.party != nullptr && actor.party != party)
      return absl::InvalidArgumentError(absl::StrCat("--as: a transaction is one party's, and ", actor.party->slug,
                                                     " and ", party->slug, " are two"));
    actor.party = party;
    if (parts.size() < 2) continue;
    CAUSEWAY_RETURN_IF_ERROR(party->FindOfficer(parts[1]).status());
    actor.officers.push_back(parts[1]);
  }
  if (actor.party == nullptr) {
    CAUSEWAY_ASSIGN_OR_RETURN(actor.party, context.FindParty(""));
  }
  return actor;
}

absl::StatusOr<size_t> FindNode(const client::Context& context, const std::string& name) {
  std::vector<std::string> names;
  for (size_t i = 0; i < context.nodes.size(); ++i) {
    if (name.empty() || context.nodes[i].name == name) return i;
    names.push_back(context.nodes[i].name);
  }
  const std::string near = NearestWord(name, names);
  return absl::InvalidArgumentError(absl::StrCat("--node: no node \"", name, "\" in the context; ",
                                                 near.empty() ? absl::StrCat("there are: ", absl::StrJoin(names, ", "))
                                                              : absl::StrCat("did you mean \"", near, "\"?")));
}

absl::StatusOr<std::unique_ptr<Connection>> Connect(Session& session, const NetworkOptions& options) {
  auto connection = std::make_unique<Connection>();
  CAUSEWAY_ASSIGN_OR_RETURN(connection->context, OpenContext(options));
  CAUSEWAY_ASSIGN_OR_RETURN(connection->actor, FindActor(connection->context, options.as));
  client::ClientOptions client_options;
  CAUSEWAY_ASSIGN_OR_RETURN(const size_t node, FindNode(connection->context, options.node));
  client_options.node = static_cast<uint32_t>(node);
  client_options.only_this_node = !options.node.empty();
  const std::string& passphrase_file =
      options.passphrase_file.empty() ? connection->context.passphrase_file : options.passphrase_file;
  if (!passphrase_file.empty()) {
    CAUSEWAY_ASSIGN_OR_RETURN(connection->passphrase, ReadPassphraseFile(session, passphrase_file));
  }
  client_options.passphrase = connection->passphrase.view();
  CAUSEWAY_ASSIGN_OR_RETURN(connection->client,
                            client::Client::Make(connection->context, connection->actor.party->slug, client_options));
  return connection;
}

}  // namespace causeway::cli

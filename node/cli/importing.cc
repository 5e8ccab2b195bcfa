// SPDX-License-Identifier: Apache-2.0
// causeway import: ISO 20022 messages, orders as CSV and trained models into operations of the ledger.
#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "ledger/base/status.h"
#include "ledger/chain/transaction.h"
#include "ledger/codec/json.h"
#include "node/cli/files.h"
#include "node/cli/session.h"
#include "node/cli/table.h"
#include "node/cli/verbs.h"
#include "node/iso20022/account_table.h"
#include "node/iso20022/import.h"
#include "node/models/xgboost_import.h"

namespace causeway::cli {
namespace {

struct ImportOptions {
  std::string file;
  std::string kind = "messages";
  std::string accounts;
  std::string frame;
  std::string submitter;
  std::string out = "-";
};

// Those of one submitter; where nobody is named there must be no choice.
absl::StatusOr<std::vector<iso20022::ImportedOperation>> OfOneSubmitter(std::vector<iso20022::ImportedOperation> all,
                                                                        const std::string& wanted) {
  std::set<std::string> submitters;
  for (const iso20022::ImportedOperation& operation : all) submitters.insert(operation.submitter);
  if (wanted.empty() && submitters.size() > 1)
    return absl::InvalidArgumentError(
        absl::StrCat("the file holds operations of several parties, and a transaction is one party's: name one of ",
                     absl::StrJoin(submitters, ", "), " with --submitter"));
  if (!wanted.empty() && submitters.count(wanted) == 0)
    return absl::InvalidArgumentError(absl::StrCat("--submitter: the file holds nothing of ", wanted,
                                                   "; it holds operations of ", absl::StrJoin(submitters, ", ")));
  if (wanted.empty()) return all;
  all.erase(std::remove_if(all.begin(), all.end(),
                           [&](const iso20022::ImportedOperation& operation) { return operation.submitter != wanted; }),
            all.end());
  return all;
}

// The file that `tx submit` takes.
Json OperationsJson(const std::vector<iso20022::ImportedOperation>& operations) {
  Json json = Json::object();
  if (!operations.empty() && !operations.front().submitter.empty()) json["party"] = operations.front().submitter;
  json["operations"] = Json::array();
  for (const iso20022::ImportedOperation& operation : operations)
    json["operations"].push_back(ToJson(operation.operation));
  return json;
}

// What was read goes to standard error where the operations themselves take standard output.
int PrintImported(Session& session, const ImportOptions& options,
                  const std::vector<iso20022::ImportedOperation>& operations) {
  if (session.json && options.out != "-") {
    Json read = Json::array();
    for (const iso20022::ImportedOperation& operation : operations)
      read.push_back({{"source", operation.source},
                      {"line", operation.line},
                      {"message_id", operation.message_id},
                      {"reference", operation.reference},
                      {"kind", chain::OperationKind(operation.operation)},
                      {"submitter", operation.submitter}});
    session.PrintJson({{"file", options.out}, {"operations", std::move(read)}});
    return kSuccess;
  }
  if (session.json) return kSuccess;
  TextTable table({"line", "reference", "operation", "submitter"});
  for (const iso20022::ImportedOperation& operation : operations)
    table.Add({absl::StrCat(operation.line), operation.reference, chain::OperationKind(operation.operation),
               operation.submitter});
  (options.out == "-" ? session.err : session.out) << table.Format();
  return kSuccess;
}

int ImportMessages(Session& session, const ImportOptions& options) {
  if (options.accounts.empty())
    return session.Fail(kUsage,
                        "--accounts: orders name accounts by their outer ids; name the table that says which accounts "
                        "of the ledger they are");
  const absl::StatusOr<iso20022::AccountTable> accounts = iso20022::AccountTable::FromFile(options.accounts);
  if (!accounts.ok()) return session.FailInput(accounts.status());
  const absl::StatusOr<std::string> content = ReadInput(session, options.file);
  if (!content.ok()) return session.FailInput(content.status());
  iso20022::ReadOptions reading;
  reading.name = options.file;
  absl::StatusOr<std::vector<iso20022::ImportedOperation>> read = iso20022::ReadBytes(*content, *accounts, reading);
  if (!read.ok()) return session.FailInput(read.status());
  const absl::StatusOr<std::vector<iso20022::ImportedOperation>> operations =
      OfOneSubmitter(*std::move(read), options.submitter);
  if (!operations.ok()) return session.FailInput(operations.status());
  const absl::Status written = WriteOutput(session, options.out, OperationsJson(*operations).dump(2) + "\n");
  if (!written.ok()) return session.FailInput(written);
  return PrintImported(session, options, *operations);
}

absl::StatusOr<v1::Model> ReadModel(Session& session, const ImportOptions& options) {
  if (options.frame.empty())
    return absl::InvalidArgumentError(
        "--frame: a trained file says nothing of features, references and thresholds; name the JSON of a Model without "
        "trees");
  CAUSEWAY_ASSIGN_OR_RETURN(const std::string frame_json, ReadInput(session, options.frame));
  v1::Model frame;
  CAUSEWAY_RETURN_IF_ERROR(Annotate(codec::JsonToMessage(frame_json, &frame), options.frame));
  CAUSEWAY_ASSIGN_OR_RETURN(const std::string content, ReadInput(session, options.file));
  absl::StatusOr<v1::Model> model = models::ImportXgboost(content, frame);
  if (!model.ok()) return Annotate(model.status(), options.file);
  return model;
}

int ImportModel(Session& session, const ImportOptions& options) {
  const absl::StatusOr<v1::Model> model = ReadModel(session, options);
  if (!model.ok()) return session.FailInput(model.status());
  const absl::StatusOr<std::string> json = codec::MessageToJson(*model, {.indented = true});
  if (!json.ok()) return session.FailInput(json.status());
  const absl::Status written = WriteOutput(session, options.out, *json + "\n");
  if (!written.ok()) return session.FailInput(written);
  const Json answer = {{"file", options.out},
                       {"trees", model->trees_size()},
                       {"features", model->features_size()},
                       {"lossless", model->lossless()}};
  if (options.out == "-") return kSuccess;
  if (session.json) {
    session.PrintJson(answer);
  } else {
    session.out << FormatFields(answer);
  }
  return kSuccess;
}

}  // namespace

void AddImport(Verb root, Session& session) {
  auto options = std::make_shared<ImportOptions>();
  Verb verb = root.AddVerb(session, "import",
                           "Make operations of ISO 20022 messages or CSV, or the ledger's form of a trained model",
                           "import orders.xml --accounts accounts.json --out orders.json\n"
                           "import booster.json --kind model --frame frame.json --out model.json");
  verb.AddOption("file", options->file,
                 "setr.010, setr.004 or reda.001 as XML, orders as CSV, or an XGBoost model; - for standard input")
      .Required();
  verb.AddOption("--kind", options->kind, "messages (the default), or model")
      .OneOf({"messages", "model"})
      .TypeName("messages|model");
  verb.AddOption("--accounts", options->accounts, "JSON that says which account of the ledger an outer id is")
      .TypeName("FILE");
  verb.AddOption("--submitter", options->submitter, "only the operations of the party with this LEI").TypeName("LEI");
  verb.AddOption("--frame", options->frame, "JSON of a Model without trees: features, references, thresholds")
      .TypeName("FILE");
  verb.AddOption("--out", options->out, "a new file (default: standard output)").TypeName("FILE");
  OnRun(verb, session, options, [](Session& running, const ImportOptions& chosen) {
    return chosen.kind == "model" ? ImportModel(running, chosen) : ImportMessages(running, chosen);
  });
}

}  // namespace causeway::cli

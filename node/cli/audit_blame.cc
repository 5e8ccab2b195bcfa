// SPDX-License-Identifier: Apache-2.0
// causeway audit blame: who signed two histories?
#include <memory>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"

#include "causeway/v1/operation.pb.h"
#include "ledger/audit/blame.h"
#include "node/cli/audit.h"
#include "node/cli/files.h"
#include "node/cli/node_directory.h"

namespace causeway::cli {
namespace {

struct BlameVerb {
  std::string data;
  std::string against;
  std::string genesis;
  std::string out;
};

// One operation for each validator, as `causeway tx submit` reads them.
std::string ReportsOf(const audit::Blame& blame) {
  Json reports = Json::array();
  for (const v1::Evidence& evidence : blame.evidence) {
    v1::Operation operation;
    *operation.mutable_governance()->mutable_report_conflict()->mutable_evidence() = evidence;
    reports.push_back(ToJson(operation));
  }
  return reports.dump(2) + "\n";
}

Json BlameJson(const std::optional<audit::Blame>& blame, const v1::Genesis& genesis) {
  Json json = {{"conflict", blame.has_value()}, {"validators", Json::array()}};
  if (!blame) return json;
  json["height"] = blame->height;
  json["first_block"] = blame->first_block.ToHex();
  json["second_block"] = blame->second_block.ToHex();
  if (blame->view) json["view"] = *blame->view;
  for (const v1::Evidence& evidence : blame->evidence) {
    const uint32_t index = evidence.first().validator();
    const v1::Validator& validator = genesis.validators(static_cast<int>(index));
    json["validators"].push_back({{"validator", index},
                                  {"name", validator.name()},
                                  {"operator", validator.operator_()},
                                  {"evidence", ToJson(evidence)}});
  }
  return json;
}

void PrintBlame(Session& session, const BlameVerb& verb, const Json& json) {
  if (!json["conflict"].get<bool>()) {
    session.out << "No conflict: as far as both reach, " << verb.data << " and " << verb.against
                << " hold the same history.\n";
    return;
  }
  session.out << "The histories differ from height " << json["height"].get<uint64_t>()
              << " on, and a quorum has signed each:\n  " << json["first_block"].get<std::string>() << "  " << verb.data
              << "\n  " << json["second_block"].get<std::string>() << "  " << verb.against << "\n";
  if (!json.contains("view")) {
    session.out << "No view has a finalization in both, so the stores do not prove who signed both: whoever finalized "
                   "the\nearlier view has nullified it too. Its nullification is in the vote logs of the validators "
                   "that followed the\nother history; stop them, and keep copies of their directories.\n";
    return;
  }
  session.out << "In view " << json["view"].get<uint64_t>() << " these validators finalized both:\n";
  for (const Json& validator : json["validators"]) {
    session.out << "  " << validator["validator"].get<uint32_t>() << "  " << validator["name"].get<std::string>()
                << "  operator " << validator["operator"].get<std::string>() << "\n";
  }
}

// 0 where the question is answered; 1 where both are signed and the stores do not prove by whom, or one is not signed.
int RunBlame(Session& session, const BlameVerb& verb) {
  const absl::StatusOr<v1::Genesis> genesis = GenesisFor(session, verb.data, verb.genesis);
  if (!genesis.ok()) return session.FailInput(genesis.status());
  const absl::StatusOr<std::unique_ptr<store::Store>> first = OpenStore(verb.data);
  if (!first.ok()) return session.FailInput(first.status());
  const absl::StatusOr<std::unique_ptr<store::Store>> second = OpenStore(verb.against);
  if (!second.ok()) return session.FailInput(second.status());
  const absl::StatusOr<std::optional<audit::Blame>> blame = audit::FindBlame(**first, **second, *genesis);
  if (absl::IsDataLoss(blame.status()))
    return session.Fail(kRefused, absl::StrCat(blame.status().message(),
                                               "; it was changed after it was signed, and `causeway audit replay` says "
                                               "where"));
  if (!blame.ok()) return session.FailInput(blame.status());
  const Json json = BlameJson(*blame, *genesis);
  if (session.json) {
    session.PrintJson(json);
  } else {
    PrintBlame(session, verb, json);
  }
  if (!blame->has_value()) return kSuccess;
  if ((*blame)->evidence.empty()) return kRefused;
  if (verb.out.empty()) return kSuccess;
  const absl::Status written = WriteOutput(session, verb.out, ReportsOf(**blame));
  if (!written.ok()) return session.FailInput(written);
  session.err << "an officer of an operator tells the ledger with `causeway tx submit " << verb.out << "`\n";
  return kSuccess;
}

}  // namespace

void AddAuditBlame(Verb audit, Session& session) {
  auto options = std::make_shared<BlameVerb>();
  Verb verb = audit.AddVerb(session, "blame", "Name the validators that signed two histories, with the proof",
                            "audit blame --data network/node-1 --against network/node-3 --out reports.json");
  verb.AddOption("--data", options->data, "a node's directory, or a copy of one; it is only read")
      .Required()
      .TypeName("DIR");
  verb.AddOption("--against", options->against, "another's, whose history differs").Required().TypeName("DIR");
  verb.AddOption("--genesis", options->genesis, "your own copy of genesis.json (default: the one beside --data)")
      .TypeName("FILE");
  verb.AddOption("--out", options->out, "a new file with the operations that show the proof to the ledger")
      .TypeName("FILE");
  OnRun(verb, session, options, RunBlame);
}

}  // namespace causeway::cli

// SPDX-License-Identifier: Apache-2.0
// causeway get, list and watch: what the ledger holds and what happens on it.
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "causeway/v1/dealing.pb.h"
#include "contracts/registry.h"
#include "ledger/base/bytes.h"
#include "ledger/base/status.h"
#include "ledger/codec/encode.h"
#include "ledger/execution/record_kind.h"
#include "node/cli/files.h"
#include "node/cli/iso_output.h"
#include "node/cli/network_options.h"
#include "node/cli/render.h"
#include "node/cli/table.h"
#include "node/cli/verbs.h"

namespace causeway::cli {
namespace {

struct ReadOptions {
  NetworkOptions network;
  std::string kind;
  std::string id;
  std::optional<uint64_t> at;
  std::string prove;
  std::string accounts;
  uint32_t limit = 0;
};

struct WatchOptions {
  NetworkOptions network;
  uint64_t from = 0;
  std::string resume;
  std::vector<std::string> contracts;
  uint64_t count = 0;
};

// The message that tells of an order: XML on standard output.
int PrintIso(Session& session, const ReadOptions& options, client::Client& client,
             const v1::GetRecordResponse& answer) {
  const absl::StatusOr<v1::Order> order = codec::ParseCanonical<v1::Order>(answer.record().record());
  if (!order.ok()) return session.FailAnswer(order.status());
  const absl::StatusOr<iso20022::AccountTable> accounts = options.accounts.empty()
                                                              ? iso20022::AccountTable::FromJson("{\"accounts\": []}")
                                                              : iso20022::AccountTable::FromFile(options.accounts);
  if (!accounts.ok()) return session.FailInput(accounts.status());
  const absl::StatusOr<OrderSurroundings> surroundings = ReadSurroundings(client, *order);
  if (!surroundings.ok()) return session.FailAnswer(surroundings.status());
  const absl::StatusOr<std::string> message = OrderToIso(*order, *surroundings, *accounts);
  if (!message.ok()) return session.FailAnswer(message.status());
  session.out << *message << std::flush;
  return kSuccess;
}

int Get(Session& session, const ReadOptions& options) {
  if (session.format == "iso" && options.kind != "order")
    return session.Fail(kUsage, "--output iso: a message tells of an order, and of no other kind of record");
  const absl::StatusOr<std::unique_ptr<Connection>> connection = Connect(session, options.network);
  if (!connection.ok()) return session.FailInput(connection.status());
  v1::GetRecordRequest request;
  request.set_kind(options.kind);
  request.set_id(options.id);
  if (options.at) request.set_at_height(*options.at);
  request.set_prove(!options.prove.empty());
  const absl::StatusOr<v1::GetRecordResponse> answer = (*connection)->client->Get(request);
  if (!answer.ok()) return session.FailAnswer(answer.status());
  if (!options.prove.empty()) {
    const absl::Status written = WriteOutput(session, options.prove, answer->proof());
    if (!written.ok()) return session.FailInput(written);
  }
  if (session.format == "iso" && answer->has_record())
    return PrintIso(session, options, *(*connection)->client, *answer);
  Json json = {{"height", answer->height()}, {"found", answer->has_record()}};
  if (answer->has_record()) json.update(RecordJson(answer->record()));
  if (!options.prove.empty()) json["proof_file"] = options.prove;
  if (session.json) {
    session.PrintJson(json);
  } else if (answer->has_record()) {
    session.out << RecordText(answer->record()) << "as after block " << answer->height() << "\n";
  }
  if (!options.prove.empty() && !session.json)
    session.out << "the proof is in " << options.prove << "; `causeway audit verify` reads it offline\n";
  if (answer->has_record()) return kSuccess;
  return session.Fail(kRefused, absl::StrCat("there is no ", options.kind, " ", options.id, " as after block ",
                                             answer->height(), ", or it is not this party's to read"));
}

// One column for each plain member of the records, in the order in which they first occur.
std::string RecordsTable(const google::protobuf::RepeatedPtrField<v1::StateRecord>& records) {
  std::vector<std::string> columns = {"id"};
  std::vector<std::vector<std::pair<std::string, std::string>>> rows;
  for (const v1::StateRecord& record : records) {
    rows.push_back({{"id", record.id()}});
    for (auto& field : Flatten(RecordJson(record).value("record", Json::object()))) {
      if (std::find(columns.begin(), columns.end(), field.first) == columns.end()) columns.push_back(field.first);
      rows.back().push_back(std::move(field));
    }
  }
  TextTable table(columns);
  for (const auto& row : rows) {
    std::vector<std::string> cells(columns.size());
    for (const auto& [name, value] : row)
      cells[static_cast<size_t>(std::find(columns.begin(), columns.end(), name) - columns.begin())] = value;
    table.Add(std::move(cells));
  }
  return table.Format();
}

absl::StatusOr<v1::ListRecordsResponse> ListSome(client::Client& client, v1::ListRecordsRequest request,
                                                 uint32_t limit) {
  if (limit == 0) return client.ListAll(std::move(request));
  request.set_page_size(limit);
  return client.List(request);
}

int List(Session& session, const ReadOptions& options) {
  const absl::StatusOr<std::unique_ptr<Connection>> connection = Connect(session, options.network);
  if (!connection.ok()) return session.FailInput(connection.status());
  v1::ListRecordsRequest request;
  request.set_kind(options.kind);
  request.set_prefix(options.id);
  if (options.at) request.set_at_height(*options.at);
  const absl::StatusOr<v1::ListRecordsResponse> answer = ListSome(*(*connection)->client, request, options.limit);
  if (!answer.ok()) return session.FailAnswer(answer.status());
  if (session.json) {
    Json json = {
        {"height", answer->height()}, {"complete", answer->next_page_token().empty()}, {"records", Json::array()}};
    for (const v1::StateRecord& record : answer->records()) json["records"].push_back(RecordJson(record));
    session.PrintJson(json);
    return kSuccess;
  }
  // A few wide records read better one under the other.
  const std::string table = RecordsTable(answer->records());
  if (table.find('\n') <= 200) {
    session.out << table;
  } else {
    for (const v1::StateRecord& record : answer->records()) session.out << RecordText(record);
  }
  session.out << answer->records_size() << (answer->records_size() == 1 ? " record" : " records") << " as after block "
              << answer->height() << (answer->next_page_token().empty() ? "" : "; there are more") << "\n";
  return kSuccess;
}

int Watch(Session& session, const WatchOptions& options) {
  const absl::StatusOr<std::unique_ptr<Connection>> connection = Connect(session, options.network);
  if (!connection.ok()) return session.FailInput(connection.status());
  v1::WatchEventsRequest request;
  const std::optional<std::string> token = HexToBytes(options.resume);
  if (!token)
    return session.Fail(kUsage,
                        absl::StrCat("--resume: \"", options.resume, "\" is not a token that watch has printed"));
  request.set_resume_token(*token);
  request.set_from_height(options.from);
  for (const std::string& contract : options.contracts) request.add_contracts(contract);
  std::string last;
  uint64_t shown = 0;
  const absl::Status ended = (*connection)->client->Watch(request, [&](const v1::WatchEventsResponse& event) {
    last = BytesToHex(event.resume_token());
    // A heartbeat only moves the token: programs keep it, people need not see it.
    if (!event.has_result()) {
      if (session.json) session.PrintJson(EventJson(event));
      return static_cast<bool>(session.out);
    }
    if (session.json) {
      session.PrintJson(EventJson(event));
    } else {
      session.out << "block " << event.height() << "  " << FormatInstant(Instant::FromMicros(event.block_time_us()))
                  << "  " << (event.due_work() ? "due work of " : "transaction ") << BytesToHex(event.transaction_id())
                  << "\n"
                  << ResultText(event.result()) << std::flush;
    }
    return static_cast<bool>(session.out) && (options.count == 0 || ++shown < options.count);
  });
  if (ended.ok()) return kSuccess;
  const int code = session.FailAnswer(ended);
  if (!last.empty()) session.err << "  go on with: causeway watch --resume " << last << "\n";
  return code;
}

// What `get` and `list` take, from the contracts themselves and from the history.
std::string KindsText() {
  TextTable table({"kind", "id", "what"});
  const std::unique_ptr<execution::Registry> registry = MakeRegistry();
  for (const auto& contract : registry->contracts) {
    for (const execution::RecordKind& kind : contract->kinds()) table.Add({kind.name, kind.id_form, kind.what});
  }
  table.Add({"transaction", "HASH", "a transaction's receipt"});
  return "Kinds:\n" + table.Format();
}

}  // namespace

void AddReading(Verb root, Session& session) {
  {
    auto options = std::make_shared<ReadOptions>();
    Verb verb = root.AddVerb(session, "get", "Read one record, with a proof if asked",
                             "get share-class SG9999000012\n"
                             "get balance 00c1…/SG9999000012 --at 120 --prove holding.proof\n"
                             "get order 5b7e… --output iso --accounts accounts.json",
                             {"text", "json", "iso"});
    verb.AddOption("kind", options->kind, "what kind of record").Required();
    verb.AddOption("id", options->id, "its id").Required();
    AddNetworkOptions(verb, options->network, false);
    verb.AddOption("--at", options->at, "as after this block (default: the newest final one)").TypeName("HEIGHT");
    verb.AddOption("--prove", options->prove, "write a proof to a new file, of the record or of its absence")
        .TypeName("FILE");
    verb.AddOption("--accounts", options->accounts,
                   "with --output iso: JSON that says what an account is called outside the ledger")
        .TypeName("FILE");
    verb.Footer(KindsText);
    OnRun(verb, session, options, Get);
  }
  {
    auto options = std::make_shared<ReadOptions>();
    Verb verb = root.AddVerb(session, "list", "Read the records of a kind",
                             "list order --as investor\n"
                             "list holding --prefix SG9999000012 --as transfer-agent");
    verb.AddOption("kind", options->kind, "what kind of records").Required();
    AddNetworkOptions(verb, options->network, false);
    verb.AddOption("--prefix", options->id, "only ids that begin so").TypeName("TEXT");
    verb.AddOption("--at", options->at, "as after this block (default: the newest final one)").TypeName("HEIGHT");
    verb.AddOption("--limit", options->limit, "at most so many (default: all)").Range(1, 1000).TypeName("N");
    verb.Footer(KindsText);
    OnRun(verb, session, options, List);
  }
  auto options = std::make_shared<WatchOptions>();
  Verb verb =
      root.AddVerb(session, "watch", "Follow what happens, until Ctrl-C", "watch --contract dealing --output json");
  AddNetworkOptions(verb, options->network, false);
  verb.AddOption("--from", options->from, "from this block on (default: the next one)").TypeName("HEIGHT");
  verb.AddOption("--resume", options->resume, "right after an earlier event, by its resume_token").TypeName("TOKEN");
  verb.AddOption("--contract", options->contracts, "only events of this contract; may be repeated").TypeName("NAME");
  verb.AddOption("--count", options->count, "end after so many").TypeName("N");
  OnRun(verb, session, options, Watch);
}

}  // namespace causeway::cli

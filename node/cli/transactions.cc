// SPDX-License-Identifier: Apache-2.0
// causeway tx: signing, checking, submitting and showing transactions.
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

#include "contracts/parties/parties.h"
#include "ledger/base/bytes.h"
#include "ledger/base/status.h"
#include "ledger/chain/genesis.h"
#include "ledger/codec/encode.h"
#include "node/cli/files.h"
#include "node/cli/network_options.h"
#include "node/cli/render.h"
#include "node/cli/transaction_file.h"
#include "node/cli/verbs.h"
#include "node/client/signing.h"

namespace causeway::cli {
namespace {

struct SignOptions {
  std::string file;
  NetworkOptions network;
  std::string valid_until;
  std::string id;
  std::vector<std::string> cosigners;
  std::string out = "-";
};

struct SubmitOptions : SignOptions {
  std::string save;
  uint32_t patience_s = 60;
  bool no_wait = false;
};

void AddSigningOptions(Verb verb, SignOptions& options) {
  AddNetworkOptions(verb, options.network, true);
  verb.AddOption("--valid-until", options.valid_until,
                 "the last block time at which it may take effect (default: as late as the network allows)")
      .TypeName("TIME");
  verb.AddOption("--id", options.id, "32 hexadecimal digits, unique within the party (default: random)")
      .TypeName("HEX");
}

// The officers who sign where none is named: the first who may trade, or the first at all.
std::vector<std::string> OfficersOf(const Actor& actor) {
  if (!actor.officers.empty() || actor.party->officers.empty()) return actor.officers;
  for (const client::ContextOfficer& officer : actor.party->officers) {
    if (std::find(officer.roles.begin(), officer.roles.end(), "TRADE") != officer.roles.end()) return {officer.slug};
  }
  return {actor.party->officers.front().slug};
}

// As late as the network allows, by the newest final block's time, which is never ahead of the network's clock.
absl::StatusOr<Instant> LatestValidity(const v1::Genesis& genesis, client::Client& client) {
  absl::StatusOr<v1::GetStatusResponse> status = client.Status();
  if (!status.ok())
    return Annotate(status.status(), "the network's time is needed for the end of validity; or give --valid-until");
  return AddSaturating(Instant::FromMicros(status->block_time_us()), Duration::Micros(genesis.limits().validity_us()));
}

// Checks what the file itself fixes against who signs.
absl::Status CheckFixed(const v1::Body& body, const Actor& actor, const Hash& chain_id) {
  if (!body.party().empty() && body.party() != actor.party->lei)
    return absl::InvalidArgumentError(absl::StrCat("party: the file says ", body.party(), ", and --as names ",
                                                   actor.party->slug, " (", actor.party->lei, ")"));
  if (!body.chain_id().empty() && body.chain_id() != chain_id.bytes())
    return absl::InvalidArgumentError(absl::StrCat("chain_id: the file is for the chain ", BytesToHex(body.chain_id()),
                                                   ", and the context is of ", chain_id.ToHex()));
  if (body.admission() == v1::ADMISSION_REQUIRED)
    return absl::InvalidArgumentError("admission: the file requires admission receipts, which no node gives yet");
  return absl::OkStatus();
}

// A file that says who signs is signed by exactly these.
absl::Status CheckSigners(const v1::Body& wanted, const std::string& envelope) {
  if (wanted.key_ids().empty()) return absl::OkStatus();
  CAUSEWAY_ASSIGN_OR_RETURN(const v1::Envelope made, codec::ParseCanonical<v1::Envelope>(envelope));
  CAUSEWAY_ASSIGN_OR_RETURN(const v1::Body body, codec::ParseCanonical<v1::Body>(made.body()));
  const auto& keys = body.key_ids();
  if (std::equal(keys.begin(), keys.end(), wanted.key_ids().begin(), wanted.key_ids().end())) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("key_ids: the file names ", wanted.key_ids_size(), " keys, and ", keys.size(),
                   " others sign: name every officer with --as, and who signs elsewhere with --cosigner"));
}

absl::StatusOr<ClientTransactionId> IdFor(const SignOptions& options, const v1::Body& body) {
  if (!options.id.empty()) {
    const std::optional<ClientTransactionId> id = ClientTransactionId::FromHex(options.id);
    if (!id)
      return absl::InvalidArgumentError(
          absl::StrCat("--id: \"", options.id, "\" is not 32 lower-case hexadecimal digits"));
    return *id;
  }
  return ClientTransactionId::FromBytes(body.id()).value_or(client::FreshTransactionId());
}

absl::StatusOr<chain::SignedTransaction> SignBody(Session& session, const SignOptions& options, Connection& connection,
                                                  const v1::Body& body) {
  CAUSEWAY_ASSIGN_OR_RETURN(const v1::Genesis genesis, ReadGenesis(session, connection.context.genesis));
  const Hash chain_id = chain::ChainIdOf(genesis);
  CAUSEWAY_RETURN_IF_ERROR(CheckFixed(body, connection.actor, chain_id));
  CAUSEWAY_ASSIGN_OR_RETURN(const ClientTransactionId id, IdFor(options, body));
  Instant valid_until = Instant::FromMicros(body.valid_until_us());
  if (!options.valid_until.empty()) {
    absl::StatusOr<Instant> given = ParseInstant(options.valid_until);
    if (!given.ok()) return Annotate(given.status(), "--valid-until");
    valid_until = *given;
  } else if (body.valid_until_us() == 0) {
    CAUSEWAY_ASSIGN_OR_RETURN(valid_until, LatestValidity(genesis, *connection.client));
  }
  chain::TransactionBuilder builder(chain_id, connection.actor.party->lei);
  builder.set_id(id).set_valid_until(valid_until);
  for (const v1::Operation& operation : body.operations()) builder.Add(operation, operation.linked());
  for (const std::string& slug : OfficersOf(connection.actor)) {
    CAUSEWAY_ASSIGN_OR_RETURN(const client::ContextOfficer* const officer, connection.actor.party->FindOfficer(slug));
    CAUSEWAY_ASSIGN_OR_RETURN(std::shared_ptr<const crypto::Signer> signer,
                              client::OpenSigner(*officer, connection.passphrase.view()));
    builder.AddSigner(std::move(signer));
  }
  for (const std::string& path : options.cosigners) {
    CAUSEWAY_ASSIGN_OR_RETURN(const crypto::PublicKey key, ReadPublicPem(session, path));
    builder.AddKey(key);
  }
  CAUSEWAY_ASSIGN_OR_RETURN(chain::SignedTransaction transaction, builder.Sign());
  CAUSEWAY_RETURN_IF_ERROR(CheckSigners(body, transaction.envelope));
  return transaction;
}

// Adds the named officers' signatures to an envelope whose body lists their keys.
absl::StatusOr<chain::SignedTransaction> AddSignatures(const Connection& connection, const v1::Envelope& envelope) {
  chain::SignedTransaction transaction = ToSigned(envelope);
  CAUSEWAY_ASSIGN_OR_RETURN(const std::string preimage, chain::SigningPreimageOf(envelope.body()));
  for (const std::string& slug : OfficersOf(connection.actor)) {
    CAUSEWAY_ASSIGN_OR_RETURN(const client::ContextOfficer* const officer, connection.actor.party->FindOfficer(slug));
    CAUSEWAY_ASSIGN_OR_RETURN(const std::shared_ptr<const crypto::Signer> signer,
                              client::OpenSigner(*officer, connection.passphrase.view()));
    CAUSEWAY_ASSIGN_OR_RETURN(const std::string signature, signer->Sign(preimage));
    CAUSEWAY_ASSIGN_OR_RETURN(transaction,
                              chain::AttachSignature(transaction.envelope, signer->public_key(), signature));
  }
  return transaction;
}

absl::StatusOr<TransactionFile> ReadTransactionFile(Session& session, const std::string& path) {
  CAUSEWAY_ASSIGN_OR_RETURN(const std::string content, ReadInput(session, path));
  absl::StatusOr<TransactionFile> file = ParseTransactionFile(content);
  if (!file.ok()) return Annotate(file.status(), path);
  return file;
}

// As whoever is named with --as; otherwise as the party that the file names, or the context's default.
absl::StatusOr<std::unique_ptr<Connection>> ConnectFor(Session& session, const TransactionFile& file,
                                                       NetworkOptions network) {
  if (network.as.empty() && !file.body.party().empty()) network.as = {file.body.party()};
  return Connect(session, network);
}

// Operations are signed; a signed transaction stays as it is.
absl::StatusOr<chain::SignedTransaction> Signed(Session& session, const SignOptions& options,
                                                const TransactionFile& file, Connection& connection) {
  if (file.is_envelope) return ToSigned(file.envelope);
  return SignBody(session, options, connection, file.body);
}

int Sign(Session& session, const SignOptions& options) {
  const absl::StatusOr<TransactionFile> file = ReadTransactionFile(session, options.file);
  if (!file.ok()) return session.FailInput(file.status());
  absl::StatusOr<std::unique_ptr<Connection>> connection = ConnectFor(session, *file, options.network);
  if (!connection.ok()) return session.FailInput(connection.status());
  const absl::StatusOr<chain::SignedTransaction> transaction =
      file->is_envelope ? AddSignatures(**connection, file->envelope)
                        : SignBody(session, options, **connection, file->body);
  if (!transaction.ok()) return session.FailInput(transaction.status());
  const absl::Status written = WriteOutput(session, options.out, FormatEnvelope(transaction->envelope));
  if (!written.ok()) return session.FailInput(written);
  if (options.out != "-" && session.json) {
    session.PrintJson({{"transaction_id", transaction->id.ToHex()}, {"file", options.out}});
  } else if (options.out != "-") {
    session.out << "transaction " << transaction->id.ToHex() << " is in " << options.out << "\n";
  }
  return kSuccess;
}

// A node that judges needs no signature, and with one it could put the transaction into a block.
absl::StatusOr<std::string> WithoutSignatures(const std::string& envelope) {
  CAUSEWAY_ASSIGN_OR_RETURN(v1::Envelope judged, codec::ParseCanonical<v1::Envelope>(envelope));
  judged.clear_signatures();
  return codec::SerializeCanonical(judged);
}

int CheckTransaction(Session& session, const SignOptions& options) {
  const absl::StatusOr<TransactionFile> file = ReadTransactionFile(session, options.file);
  if (!file.ok()) return session.FailInput(file.status());
  absl::StatusOr<std::unique_ptr<Connection>> connection = ConnectFor(session, *file, options.network);
  if (!connection.ok()) return session.FailInput(connection.status());
  const absl::StatusOr<chain::SignedTransaction> transaction = Signed(session, options, *file, **connection);
  if (!transaction.ok()) return session.FailInput(transaction.status());
  const absl::StatusOr<std::string> envelope = WithoutSignatures(transaction->envelope);
  if (!envelope.ok()) return session.FailInput(envelope.status());
  const absl::StatusOr<v1::DryRunTransactionResponse> answer = (*connection)->client->DryRun(*envelope);
  if (!answer.ok()) return session.FailAnswer(answer.status());
  if (session.json) {
    Json json = {{"height", answer->height()}, {"unsigned", answer->unsigned_()}, {"results", Json::array()}};
    for (const v1::OperationResult& result : answer->results()) json["results"].push_back(ResultJson(result));
    session.PrintJson(json);
  } else {
    session.out << "on the state after block " << answer->height() << " it would end so; nothing is recorded\n";
    for (const v1::OperationResult& result : answer->results()) session.out << ResultText(result);
  }
  return AnyRefused(answer->results()) ? kRefused : kSuccess;
}

int PrintReceipt(Session& session, const v1::TransactionReceipt& receipt) {
  if (session.json) {
    session.PrintJson(ReceiptJson(receipt));
  } else {
    session.out << ReceiptText(receipt);
  }
  return AnyRefused(receipt.results()) ? kRefused : kSuccess;
}

int WaitForReceipt(Session& session, const SubmitOptions& options, client::Client& client,
                   const chain::SignedTransaction& transaction, uint32_t patience_ms) {
  const absl::StatusOr<v1::TransactionReceipt> receipt = client.SubmitAndWait(transaction, patience_ms);
  if (receipt.ok()) return PrintReceipt(session, *receipt);
  const int code = session.FailAnswer(receipt.status());
  if (code == kUnreachable) {
    session.err << "  transaction " << transaction.id.ToHex()
                << " may still take effect, at most once: `causeway tx show " << transaction.id.ToHex()
                << "` tells; the same signed bytes may be sent again"
                << (options.save.empty() ? " (--save keeps them)" : absl::StrCat(": causeway tx submit ", options.save))
                << "\n";
  }
  return code;
}

int SubmitSigned(Session& session, const SubmitOptions& options, client::Client& client,
                 const chain::SignedTransaction& transaction) {
  if (options.no_wait) {
    const absl::StatusOr<v1::SubmitTransactionResponse> answer = client.Submit(transaction.envelope);
    // Sent before, it may have taken effect, or do so yet: one look, as a wait without patience takes it.
    if (client::ReasonOf(answer.status()) == "EXPIRED") return WaitForReceipt(session, options, client, transaction, 0);
    if (!answer.ok()) return session.FailAnswer(answer.status());
    if (answer->has_receipt()) return PrintReceipt(session, answer->receipt());
    if (session.json) {
      session.PrintJson({{"transaction_id", transaction.id.ToHex()}, {"state", "PENDING"}});
    } else {
      session.out << "transaction " << transaction.id.ToHex() << " waits for a block\n";
    }
    return kSuccess;
  }
  return WaitForReceipt(session, options, client, transaction, options.patience_s * 1000);
}

int Submit(Session& session, const SubmitOptions& options) {
  const absl::StatusOr<TransactionFile> file = ReadTransactionFile(session, options.file);
  if (!file.ok()) return session.FailInput(file.status());
  absl::StatusOr<std::unique_ptr<Connection>> connection = ConnectFor(session, *file, options.network);
  if (!connection.ok()) return session.FailInput(connection.status());
  const absl::StatusOr<chain::SignedTransaction> transaction = Signed(session, options, *file, **connection);
  if (!transaction.ok()) return session.FailInput(transaction.status());
  if (!options.save.empty()) {
    const absl::Status saved = WriteOutput(session, options.save, FormatEnvelope(transaction->envelope));
    if (!saved.ok()) return session.FailInput(saved);
  }
  return SubmitSigned(session, options, *(*connection)->client, *transaction);
}

// Approves each operation of a file, exactly as it stands there.
int Approve(Session& session, const SubmitOptions& options) {
  const absl::StatusOr<TransactionFile> file = ReadTransactionFile(session, options.file);
  if (!file.ok()) return session.FailInput(file.status());
  absl::StatusOr<std::unique_ptr<Connection>> connection = Connect(session, options.network);
  if (!connection.ok()) return session.FailInput(connection.status());
  const absl::StatusOr<v1::GetStatusResponse> status = (*connection)->client->Status();
  if (!status.ok()) return session.FailAnswer(status.status());
  v1::Body approvals;
  for (const v1::Operation& operation : file->body.operations()) {
    v1::Approve* const approve = approvals.add_operations()->mutable_parties()->mutable_approve();
    approve->set_operation_hash(parties::OperationHash(operation).ToString());
    approve->set_valid_until_us(
        AddSaturating(Instant::FromMicros(status->block_time_us()), Duration::Days(1)).micros());
  }
  const absl::StatusOr<chain::SignedTransaction> transaction = SignBody(session, options, **connection, approvals);
  if (!transaction.ok()) return session.FailInput(transaction.status());
  return SubmitSigned(session, options, *(*connection)->client, *transaction);
}

int ShowReceipt(Session& session, const SignOptions& options, const Hash& id) {
  absl::StatusOr<std::unique_ptr<Connection>> connection = Connect(session, options.network);
  if (!connection.ok()) return session.FailInput(connection.status());
  const absl::StatusOr<v1::GetReceiptResponse> answer = (*connection)->client->GetReceipt(id, 0);
  if (!answer.ok()) return session.FailAnswer(answer.status());
  if (answer->state() == v1::TRANSACTION_STATE_FINAL) {
    PrintReceipt(session, answer->receipt());
    return kSuccess;
  }
  const bool pending = answer->state() == v1::TRANSACTION_STATE_PENDING;
  if (session.json) session.PrintJson({{"transaction_id", id.ToHex()}, {"state", pending ? "PENDING" : "UNKNOWN"}});
  if (!pending)
    return session.Fail(kRefused, absl::StrCat("transaction ", id.ToHex(),
                                               " is not known to this node: never seen, expired, or not this party's"));
  if (!session.json) session.out << "transaction " << id.ToHex() << " waits for a block\n";
  return kSuccess;
}

int ShowTransaction(Session& session, const SignOptions& options) {
  if (const std::optional<Hash> id = Hash::FromHex(options.file)) return ShowReceipt(session, options, *id);
  const absl::StatusOr<TransactionFile> file = ReadTransactionFile(session, options.file);
  if (!file.ok()) return session.FailInput(file.status());
  if (session.json) {
    Json json = {{"signed", file->is_envelope}, {"body", ToJson(file->body)}};
    if (file->is_envelope) json["transaction_id"] = ToSigned(file->envelope).id.ToHex();
    session.PrintJson(json);
  } else if (file->is_envelope) {
    session.out << EnvelopeText(file->envelope, file->body);
  } else {
    session.out << "operations, not signed\n";
    for (int i = 0; i < file->body.operations_size(); ++i) session.out << OperationText(file->body.operations(i), i);
  }
  return kSuccess;
}

void AddSubmitOptions(Verb verb, SubmitOptions& options) {
  AddSigningOptions(verb, options);
  verb.AddOption("--save", options.save, "write the signed transaction to a new file before it is sent")
      .TypeName("FILE");
  verb.AddOption("--patience", options.patience_s, "seconds to wait for the receipt (default: 60)")
      .Range(1, 3600)
      .TypeName("SECONDS");
  verb.AddFlag("--no-wait", options.no_wait, "end when it is admitted, without its receipt");
}

}  // namespace

void AddTransactions(Verb root, Session& session) {
  Verb tx =
      root.AddGroup("tx", "Sign, check, submit and show transactions", "tx submit subscribe.json --as investor/alpha");
  {
    auto options = std::make_shared<SignOptions>();
    Verb verb =
        tx.AddVerb(session, "sign", "Sign a file of operations offline, or add signatures to a signed transaction",
                   "tx sign subscribe.json --as investor/alpha --valid-until 2026-03-02T10:30:00Z --out subscribe.tx");
    verb.AddOption("file", options->file,
                   "operations as JSON, or a transaction that lacks signatures; - for standard input")
        .Required();
    AddSigningOptions(verb, *options);
    verb.AddOption("--cosigner", options->cosigners,
                   "PEM of a key that signs elsewhere: the transaction lists it and waits for its signature")
        .TypeName("FILE");
    verb.AddOption("--out", options->out, "a new file for the signed transaction (default: standard output)")
        .TypeName("FILE");
    OnRun(verb, session, options, Sign);
  }
  {
    auto options = std::make_shared<SubmitOptions>();
    Verb verb = tx.AddVerb(session, "submit", "Sign where need be, submit, and wait for the receipt",
                           "tx submit subscribe.json --as investor/alpha");
    verb.AddOption("file", options->file, "operations as JSON, or a signed transaction; - for standard input")
        .Required();
    AddSubmitOptions(verb, *options);
    OnRun(verb, session, options, Submit);
  }
  {
    auto options = std::make_shared<SignOptions>();
    Verb verb = tx.AddVerb(session, "check", "Say what a transaction would do now, and record nothing",
                           "tx check subscribe.json --as investor/alpha");
    verb.AddOption("file", options->file, "operations as JSON, or a signed transaction; - for standard input")
        .Required();
    AddSigningOptions(verb, *options);
    OnRun(verb, session, options, CheckTransaction);
  }
  {
    auto options = std::make_shared<SubmitOptions>();
    Verb verb = tx.AddVerb(session, "approve", "Approve the operations of a file, which somebody else submits",
                           "tx approve subscribe.json --as investor/beta");
    verb.AddOption("file", options->file, "operations as JSON, or a signed transaction; - for standard input")
        .Required();
    AddSubmitOptions(verb, *options);
    OnRun(verb, session, options, Approve);
  }
  auto options = std::make_shared<SignOptions>();
  Verb verb = tx.AddVerb(session, "show", "Show a file of operations, a signed transaction, or a receipt for a person",
                         "tx show subscribe.tx");
  verb.AddOption("file", options->file, "a file, - for standard input, or a transaction's id").Required();
  AddNetworkOptions(verb, options->network, false);
  OnRun(verb, session, options, ShowTransaction);
}

}  // namespace causeway::cli

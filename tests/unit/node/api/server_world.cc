// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/node/api/server_world.h"

#include <algorithm>
#include <fstream>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

#include "ledger/base/check.h"
#include "ledger/crypto/key_file.h"
#include "ledger/crypto/x509.h"

namespace causeway::testing {
namespace {

crypto::PrivateKey NewKey() {
  return crypto::PrivateKey::Generate(crypto::KeyAlgorithm::kP256).value();
}

crypto::CertificateSubject Named(const std::string& name) {
  crypto::CertificateSubject subject;
  subject.common_name = name;
  subject.not_before_s = absl::ToUnixSeconds(absl::Now()) - 3'600;
  subject.not_after_s = subject.not_before_s + 86'400;
  return subject;
}

std::string Write(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
  return path;
}

}  // namespace

ServerWorld::ServerWorld() : authority_key_(NewKey()), foreign_key_(NewKey()) {
  authority_ = crypto::MakeCaCertificate(authority_key_, Named("clients")).value();
  foreign_authority_ = crypto::MakeCaCertificate(foreign_key_, Named("clients")).value();
  StartServer(api::ApiLimits());
}

ServerWorld::~ServerWorld() {
  if (server_) server_->Stop();
}

void ServerWorld::StartServer(const api::ApiLimits& limits) {
  if (server_) server_->Stop();
  server_ = nullptr;
  api::ApiOptions options;
  options.clients_listen = "127.0.0.1:0";
  options.tls = ServerTlsFor(false);
  options.operators_listen = "unix:" + operators_socket();
  options.limits = limits;
  api::ApiParts parts;
  parts.ledger = &ledger();
  parts.mempool = &mempool();
  parts.gossip = [this](std::vector<std::string> envelopes) {
    absl::MutexLock lock(&mutex_);
    gossip_.push_back(std::move(envelopes));
  };
  parts.fill_status = [](v1::GetStatusResponse& response) { response.set_name("node-1"); };
  parts.set_clock = [](const api::ClockChange& change) -> absl::StatusOr<Instant> {
    if (!change.advance_to) return absl::FailedPreconditionError("no development network");
    return *change.advance_to;
  };
  parts.block_time_now = [now = block_time()] { return now; };
  parts.on_handled = [this](const std::string& service, const std::string& method, const std::string& code) {
    absl::MutexLock lock(&mutex_);
    handled_.push_back(absl::StrCat(service, "/", method, " ", code));
  };
  parts.log = [this](const std::string& line) {
    absl::MutexLock lock(&mutex_);
    log_.push_back(line);
  };
  absl::StatusOr<std::unique_ptr<api::ApiServer>> server = api::ApiServer::Start(options, std::move(parts));
  CAUSEWAY_CHECK(server.ok(), server.status().ToString());
  server_ = *std::move(server);
}

api::ServerTls ServerWorld::ServerTlsFor(bool foreign_clients) const {
  const crypto::PrivateKey key = NewKey();
  crypto::CertificateSubject subject = Named("node-1");
  subject.dns_names = {"causeway-node", "node-1.causeway"};
  return {foreign_clients ? foreign_authority_ : authority_,
          crypto::MakeLeafCertificate(authority_key_, authority_, key.public_key(), subject).value(),
          crypto::PrivateKeyToPem(key).value()};
}

ServerWorld::Identity ServerWorld::IdentityOf(const std::string& key_label, bool foreign_authority) const {
  const crypto::PrivateKey key = PrivateKeyFor(key_label);
  return {crypto::MakeLeafCertificate(foreign_authority ? foreign_key_ : authority_key_,
                                      foreign_authority ? foreign_authority_ : authority_, key.public_key(),
                                      Named("a client"))
              .value(),
          crypto::PrivateKeyToPem(key).value()};
}

client::ContextNode ServerWorld::NodeAddress() const {
  return {"node-1", absl::StrCat("127.0.0.1:", server_->clients_port()), "unix:" + operators_socket()};
}

std::unique_ptr<client::Client> ServerWorld::ClientWith(const std::string& key_label, bool foreign_authority) {
  const Identity identity = IdentityOf(key_label, foreign_authority);
  const std::string stem = files_.Path(absl::StrCat("client-", ++clients_));
  client::Context context;
  context.ca = Write(files_.Path("ca.pem"), authority_);
  context.nodes = {NodeAddress()};
  context.default_party = "caller";
  client::ContextParty party;
  party.slug = "caller";
  party.certificate = Write(stem + ".pem", identity.certificate);
  party.private_key = stem + ".key";
  CAUSEWAY_CHECK(crypto::WritePlaintextKeyFile(party.private_key, PrivateKeyFor(key_label)).ok());
  context.parties = {party};
  // Long enough for any machine: no test is about this deadline.
  return client::Client::Make(context, "", {.call_ms = 120'000}).value();
}

std::shared_ptr<const crypto::Signer> ServerWorld::SignerFor(const std::string& key_label) {
  return std::make_shared<crypto::Ed25519Signer>(PrivateKeyFor(key_label));
}

chain::TransactionBuilder ServerWorld::Builder(const std::string& party, const std::string& id_label) const {
  chain::TransactionBuilder builder(ledger().chain().chain_id, party);
  builder.set_id(IdFor<ClientTransactionId>(id_label))
      .set_valid_until(AddSaturating(block_time(), Duration::Minutes(30)));
  return builder;
}

chain::SignedTransaction ServerWorld::OpenAccount(const std::string& party, const std::string& label,
                                                  const std::string& id_label) const {
  chain::TransactionBuilder builder = Builder(party, id_label.empty() ? "open " + label : id_label);
  builder.Add(OpenAccountOf(label, party));
  for (const char* officer : {"/officer-1", "/officer-2"}) builder.AddSigner(SignerFor(party + officer));
  return builder.Sign().value();
}

std::vector<std::string> ServerWorld::Log() const {
  absl::MutexLock lock(&mutex_);
  return log_;
}

std::vector<std::string> ServerWorld::Handled() const {
  absl::MutexLock lock(&mutex_);
  return handled_;
}

bool ServerWorld::LogSays(const std::string& text) const {
  const std::vector<std::string> lines = Log();
  return std::any_of(lines.begin(), lines.end(),
                     [&](const std::string& line) { return absl::StrContains(line, text); });
}

std::vector<std::vector<std::string>> ServerWorld::Gossip() const {
  absl::MutexLock lock(&mutex_);
  return gossip_;
}

}  // namespace causeway::testing

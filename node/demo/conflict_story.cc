// SPDX-License-Identifier: Apache-2.0
#include "node/demo/conflict_story.h"

#include <filesystem>
#include <memory>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

#include "causeway/v1/governance.pb.h"
#include "ledger/base/status.h"
#include "ledger/codec/encode.h"
#include "ledger/codec/json.h"
#include "ledger/crypto/key_file.h"
#include "ledger/crypto/sha256.h"
#include "ledger/crypto/signer.h"
#include "node/client/client.h"
#include "node/client/context.h"
#include "node/consensus/messages.h"
#include "node/network/peer_network.h"

namespace causeway::demo {
namespace {

constexpr int kReportLooks = 1'500;

// Its connections and its key, and no node behind them.
class Cheat {
 public:
  static absl::StatusOr<std::unique_ptr<Cheat>> Start(const ConflictSubject& subject) {
    const std::vector<layout::NodePlace>& nodes = subject.directory.nodes;
    const std::string keys = nodes[subject.cheat].folder + "/keys/";
    network::PeerNetworkOptions options;
    options.chain_id = subject.directory.chain_id;
    options.validator = subject.cheat;
    options.listen = nodes[subject.cheat].peers;
    for (uint32_t i = 0; i < nodes.size(); ++i) {
      if (i != subject.cheat) options.peers.push_back({i, nodes[i].peers});
    }
    CAUSEWAY_ASSIGN_OR_RETURN(options.tls.ca, client::ReadFile(keys + "peers-ca.pem"));
    CAUSEWAY_ASSIGN_OR_RETURN(options.tls.certificate, client::ReadFile(keys + "peers.pem"));
    CAUSEWAY_ASSIGN_OR_RETURN(const crypto::PrivateKey tls_key,
                              crypto::ReadKeyFile(keys + "peers.key", "", crypto::PlaintextKeys::kAllow));
    CAUSEWAY_ASSIGN_OR_RETURN(options.tls.private_key, crypto::PrivateKeyToPem(tls_key));
    CAUSEWAY_ASSIGN_OR_RETURN(crypto::PrivateKey key,
                              crypto::ReadKeyFile(keys + "validator.key", "", crypto::PlaintextKeys::kAllow));
    network::PeerHandlers deaf;
    deaf.on_consensus = [](uint32_t, const consensus::Bytes&) {};
    deaf.on_transactions = [](uint32_t, const std::vector<std::string>&) {};
    deaf.on_note = [](const std::string&) {};
    std::unique_ptr<Cheat> cheat(new Cheat(subject, std::move(key)));
    CAUSEWAY_ASSIGN_OR_RETURN(cheat->network_, network::PeerNetwork::Start(options, std::move(deaf)));
    return cheat;
  }
  ~Cheat() {
    if (network_) network_->Stop();
  }

  // To the first node: that it gives the view up, and that a block of its own is final in it.
  absl::Status SignBoth(View view) {
    const consensus::Subject finalize{consensus::VoteKind::kFinalize, Epoch(0), view, View(0),
                                      crypto::Sha256("a block of its own")};
    for (const consensus::Subject& says : {consensus::Subject::Nullify(Epoch(0), view), finalize}) {
      CAUSEWAY_ASSIGN_OR_RETURN(std::string signature,
                                signer_.Sign(consensus::VotePreimage(subject_.directory.chain_id, says)));
      network_->SendTo(0, consensus::Lane::kVotes,
                       std::make_shared<const std::string>(
                           consensus::EncodeMessage(consensus::Vote{says, subject_.cheat, std::move(signature)})));
    }
    return absl::OkStatus();
  }

 private:
  Cheat(const ConflictSubject& subject, crypto::PrivateKey key) : subject_(subject), signer_(std::move(key)) {}

  const ConflictSubject& subject_;
  const crypto::Ed25519Signer signer_;
  std::unique_ptr<network::PeerNetwork> network_;
};

// The operation that the first node wrote once it had seen both.
absl::StatusOr<v1::Operation> WaitForReport(const ConflictSubject& subject, Network& network, Cheat& cheat) {
  const std::string file =
      absl::StrCat(subject.directory.nodes[0].folder, "/db.evidence/conflict-0-", subject.cheat, ".json");
  for (int look = 0; look < kReportLooks; ++look) {
    CAUSEWAY_ASSIGN_OR_RETURN(const v1::GetStatusResponse status, client::OperatorStatus(network.context().nodes[0]));
    CAUSEWAY_RETURN_IF_ERROR(cheat.SignBoth(View(status.view())));
    absl::SleepFor(kBetweenLooks);
    if (!std::filesystem::exists(file)) continue;
    CAUSEWAY_ASSIGN_OR_RETURN(const std::string content, client::ReadFile(file));
    const nlohmann::json operations = nlohmann::json::parse(content, nullptr, false);
    if (!operations.is_array() || operations.size() != 1) return absl::DataLossError(file + " is no list of one");
    v1::Operation operation;
    CAUSEWAY_RETURN_IF_ERROR(codec::JsonToMessage(operations[0].dump(), &operation));
    return operation;
  }
  return absl::DeadlineExceededError("node-1 has not noticed that a validator signed two histories: no " + file);
}

absl::StatusOr<v1::ConflictRecord> ReadConflict(client::Client& reader, uint32_t validator) {
  v1::GetRecordRequest request;
  request.set_kind("conflict");
  request.set_id(absl::StrCat("0/", validator));
  for (int look = 0; look < kReportLooks; ++look) {
    CAUSEWAY_ASSIGN_OR_RETURN(const v1::GetRecordResponse response, reader.Get(request));
    // The reader's node may have yet to reach that block.
    if (response.has_record()) return codec::ParseCanonical<v1::ConflictRecord>(response.record().record());
    absl::SleepFor(kBetweenLooks);
  }
  return absl::DeadlineExceededError("the ledger names nobody");
}

}  // namespace

absl::Status TellConflict(const ConflictSubject& subject, Network& network, Narrator& narrator, Summary& summary) {
  const std::string& name = subject.directory.nodes[subject.cheat].name;
  narrator.Say(absl::StrCat("node-", subject.cheat + 1,
                            " is killed; its key, without a node, gives a view up and "
                            "finalizes a block in the same view"));
  CAUSEWAY_ASSIGN_OR_RETURN(const std::unique_ptr<Cheat> cheat, Cheat::Start(subject));
  CAUSEWAY_ASSIGN_OR_RETURN(const v1::Operation report, WaitForReport(subject, network, *cheat));
  narrator.Say("node-1 has both signatures, alerts, and writes the report; an officer of its operator submits it");
  CAUSEWAY_RETURN_IF_ERROR(network.MustApply(subject.reporter, {"compliance-1"}, {report}));
  CAUSEWAY_ASSIGN_OR_RETURN(client::Client* const reader, network.ClientOf(subject.reader));
  CAUSEWAY_ASSIGN_OR_RETURN(const v1::ConflictRecord record, ReadConflict(*reader, subject.cheat));
  narrator.Say(absl::StrCat("every party reads it: ", name, ", operator ", record.operator_(), ", signed both in view ",
                            record.evidence().first().view()));
  summary.conflicts.push_back(name);
  return absl::OkStatus();
}

}  // namespace causeway::demo

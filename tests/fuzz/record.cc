// SPDX-License-Identifier: Apache-2.0
// causeway_record_fuzz_seeds FOLDER: writes seeds of what a chain makes, a folder a target: transactions, blocks,
// certificates, proofs, messages, rows and a vote log. The files of a network come from `causeway devnet`.
#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "ledger/audit/bundle.h"
#include "ledger/base/check.h"
#include "ledger/chain/block.h"
#include "ledger/chain/genesis.h"
#include "ledger/codec/encode.h"
#include "ledger/codec/json.h"
#include "ledger/execution/final_blocks.h"
#include "ledger/execution/system_tables.h"
#include "ledger/state/final_state.h"
#include "ledger/store/rows.h"
#include "node/consensus/messages.h"
#include "node/consensus/vote_log.h"
#include "tests/fuzz/signed_chain.h"
#include "tests/simulation/simulated_disk.h"
#include "tests/support/stored_chain.h"
#include "tests/support/temporary_directory.h"

namespace causeway::testing {
namespace {

namespace fs = std::filesystem;

class Recorder {
 public:
  explicit Recorder(std::string folder) : folder_(std::move(folder)) {}

  void Write(const std::string& target, const std::string& name, const std::string& bytes) {
    const std::string folder = absl::StrCat(folder_, "/", target);
    fs::create_directories(folder);
    std::ofstream out(absl::StrCat(folder, "/", name), std::ios::binary);
    out << bytes;
    CAUSEWAY_CHECK(out.flush().good(), "cannot write ", folder, "/", name);
    ++files_;
  }
  int files() const { return files_; }

 private:
  const std::string folder_;
  int files_ = 0;
};

template <class T>
T Value(absl::StatusOr<T> value) {
  CAUSEWAY_CHECK(value.ok(), value.status().ToString());
  return *std::move(value);
}

void RecordBlocks(Recorder& recorder) {
  const TestChain& chain = SignedChain();
  recorder.Write("genesis", "purses.json", Value(chain::GenesisToJson(chain.genesis())));
  for (const auto& block : chain.blocks()) {
    const uint64_t height = block->height().value();
    recorder.Write("block", absl::StrCat("height-", height), chain::EncodeBlock(block->block));
    if (height > 0)
      recorder.Write("certificate", absl::StrCat("height-", height), codec::SerializeCanonical(chain.Finalize(height)));
    for (size_t i = 0; i < block->transactions.size(); ++i) {
      if (height == 0) break;
      recorder.Write("transaction", absl::StrCat("height-", height, "-", i),
                     block->transactions[i].transaction->envelope);
    }
  }
}

void RecordBundles(Recorder& recorder) {
  const TestChain& chain = SignedChain();
  const TemporaryDirectory folder;
  const auto store = WriteChain(folder.Path("store"), chain.genesis(), chain.blocks(),
                                [&](uint64_t height) { return chain.Finalize(height); }, {1, 3, 0});
  const state::FinalState states(*store);
  const Height height(4);
  const auto view = Value(states.At(height));
  const merkle::StateTree tree =
      Value(audit::RebuildTree(*store, height, *view, execution::AllTables(chain.registry())));
  const auto key = [](uint8_t purse) {
    return state::EncodeKey(std::make_tuple(PurseId(purse), *InstrumentId::Parse("SGD.TEST")));
  };
  const auto write = [&](const std::string& name, const absl::StatusOr<v1::ProofBundle>& bundle) {
    recorder.Write("bundle", name, audit::EncodeBundle(Value(bundle)));
  };
  write("receipt", audit::ProveReceipt(*store, {Height(2), store::Lane::kTransaction, 0}));
  write("receipt-of-one", audit::ProveReceipt(*store, {Height(2), store::Lane::kTransaction, 0}, {1}));
  write("receipt-of-due-work", audit::ProveReceipt(*store, {Height(2), store::Lane::kDueWork, 0}));
  write("value", audit::ProveState(*store, height, *view, tree, kPurses.id, key(1)));
  write("absence", audit::ProveState(*store, height, *view, tree, kPurses.id, key(9)));
  const absl::StatusOr<v1::ProofBundle> table = audit::ProveTable(*store, height, *view, tree, kPurses.id);
  write("table", table);
  recorder.Write("bundle", "table.json", Value(codec::MessageToJson(*table)));
}

// One row of each kind: a key, and a value.
void RecordRows(Recorder& recorder) {
  const TestChain& chain = SignedChain();
  std::set<store::Family> seen;
  const store::RowSink sink = [&](const store::Row& row) {
    if (!seen.insert(row.family).second) return;
    recorder.Write("store_rows", absl::StrCat(store::FamilyName(row.family), "-key"), row.key);
    if (row.value && !row.value->empty() && row.family != store::Family::kBlocks)
      recorder.Write("store_rows", absl::StrCat(store::FamilyName(row.family), "-value"), *row.value);
  };
  std::vector<state::HeightChanges> changes;
  for (const auto& block : chain.blocks()) {
    store::FinalBlockRows(execution::ToFinalBlock(*block, std::nullopt), sink);
    changes.push_back({block->height(), block->changes});
  }
  class Nothing : public store::BeforeFlush {
   public:
    absl::StatusOr<std::vector<store::Newest>> NewestOf(absl::Span<const state::StateKeyRef> keys) override {
      return std::vector<store::Newest>(keys.size());
    }
    absl::StatusOr<std::optional<v1::FlatEntry>> FlatOf(const state::StateKeyRef&) override { return std::nullopt; }
  } nothing;
  CAUSEWAY_CHECK(store::FlushRows(1, changes, std::nullopt, nothing, sink).ok());
  recorder.Write("store_rows", "graves-value", store::EncodeGrave({3, 9}));
}

consensus::Bytes Shared(std::string bytes) {
  return std::make_shared<const std::string>(std::move(bytes));
}

void RecordMessages(Recorder& recorder) {
  using namespace consensus;
  const TestChain& chain = SignedChain();
  const auto finalization = std::make_shared<const Certificate>(Value(FromProto(chain.Finalize(2))));
  const Hash hash = chain.blocks()[2]->hash;
  const Bytes block = Shared(chain::EncodeBlock(chain.blocks()[2]->block));
  const Vote finalize{finalization->subject, 0, std::string(finalization->SignatureOf(0))};
  const Vote nullify{Subject::Nullify(Epoch(0), View(3)), 1, std::string(64, 'n')};
  const std::vector<std::pair<const char*, Message>> messages = {
      {"vote", finalize},
      {"certificate", finalization},
      {"proposal", ProposalMessage{{finalization->subject.As(VoteKind::kNotarize), 2, std::string(64, 'p')}, block}},
      {"vote-batch", VoteBatchMessage{{finalize, nullify}}},
      {"evidence-request", EvidenceRequestMessage{Epoch(0), View(7), View(8), View(9)}},
      {"block-request", BlockRequestMessage{Epoch(0), View(2), hash}},
      {"block-response", BlockResponseMessage{block}},
      {"range-request", RangeRequestMessage{Height(1), 1000}},
      {"range-response", RangeResponseMessage{Height(2), {block}, finalization}},
      {"echo-request", EchoRequestMessage{hash, Epoch(0)}},
      {"echo-response", EchoResponseMessage{hash, {nullify}}},
      {"entry-request", EntryRequestMessage{hash, Epoch(0)}},
      {"entry-response", EntryResponseMessage{hash, Epoch(0), finalization}}};
  for (const auto& [name, message] : messages) recorder.Write("peer_message", name, EncodeMessage(message));
  const std::vector<std::pair<const char*, LogRecord>> records = {
      {"log-identity", LogIdentity{hash, KeyId(hash.array()), true}},
      {"log-body", LogBody{hash, Height(2), block}},
      {"log-certified", LogCertified{Epoch(0), View(2), hash}},
      {"log-floor", LogFloor{Epoch(0), View(2), Height(2)}},
      {"log-lost", LogLost{Epoch(0)}},
      {"log-rejoined", LogRejoined{Epoch(0), View(2)}}};
  for (const auto& [name, record] : records) recorder.Write("peer_message", name, EncodeRecord(record));
}

// Two segments of the size, chain and key that vote_log_fuzz.cc opens.
void RecordVoteLog(Recorder& recorder) {
  using namespace consensus;
  simulation::SimulatedDisk disk;
  const auto filled = [](uint8_t byte) {
    std::array<uint8_t, 32> bytes;
    bytes.fill(byte);
    return bytes;
  };
  auto log = Value(VoteLog::Create(disk, "votes", {4096, 8}, Hash(filled(1)), KeyId(filled(2))));
  const auto write = [&](const char* name) {
    std::string bytes;
    for (const std::string& file : Value(disk.List("votes"))) {
      const auto opened = Value(disk.Open(absl::StrCat("votes/", file)));
      bytes += Value(opened->ReadAt(0, opened->size()));
    }
    bytes.resize(std::min<size_t>(bytes.size(), 8192));
    bytes.erase(bytes.find_last_not_of('\0') + 1);
    recorder.Write("vote_log", name, bytes);
  };
  write("new");
  for (uint64_t view = 1; view <= 3; ++view) {
    CAUSEWAY_CHECK(log->Append(Vote{Subject::Nullify(Epoch(0), View(view)), 0, std::string(64, 'v')}).ok());
    CAUSEWAY_CHECK(
        log->Append(LogBody{Hash(filled(static_cast<uint8_t>(view + 8))), Height(view), Shared(std::string(300, 'b'))})
            .ok());
    CAUSEWAY_CHECK(log->Sync().ok());
  }
  write("three-views");
  const Subject subject{VoteKind::kFinalize, Epoch(0), View(3), View(2), Hash(filled(9))};
  CAUSEWAY_CHECK(
      log->Append(std::make_shared<const Certificate>(Certificate{subject, {0, 1, 2}, std::string(192, 's')})).ok());
  CAUSEWAY_CHECK(log->Append(LogCertified{Epoch(0), View(3), Hash(filled(9))}).ok());
  CAUSEWAY_CHECK(log->Append(LogFloor{Epoch(0), View(2), Height(2)}).ok());
  CAUSEWAY_CHECK(log->Append(LogBody{Hash(filled(20)), Height(4), Shared(std::string(2500, 'b'))}).ok());
  CAUSEWAY_CHECK(log->Sync().ok());
  write("two-segments");
}

}  // namespace
}  // namespace causeway::testing

int main(int argc, char** argv) {
  using namespace causeway::testing;
  if (argc != 2) {
    std::cerr << "Example: causeway_record_fuzz_seeds tests/fuzz/corpus\n";
    return 2;
  }
  Recorder recorder(argv[1]);
  RecordBlocks(recorder);
  RecordBundles(recorder);
  RecordRows(recorder);
  RecordMessages(recorder);
  RecordVoteLog(recorder);
  std::cout << recorder.files() << " seeds in " << argv[1] << "\n";
  return 0;
}

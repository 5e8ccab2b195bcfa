// SPDX-License-Identifier: Apache-2.0

#include "ledger/audit/replay.h"

#include <map>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"

#include "ledger/audit/bundle.h"
#include "ledger/base/bytes.h"
#include "ledger/base/status.h"
#include "ledger/chain/block.h"
#include "ledger/chain/certificate.h"
#include "ledger/chain/genesis.h"
#include "ledger/codec/encode.h"
#include "ledger/crypto/sha256.h"
#include "ledger/crypto/signature_scheme.h"
#include "ledger/execution/executor.h"
#include "ledger/execution/final_blocks.h"
#include "ledger/execution/system_tables.h"
#include "ledger/state/memory_state.h"
#include "ledger/store/verifier.h"

namespace causeway::audit {
namespace {

using store::Family;

constexpr uint64_t kProgressBlocks = 100;

class Replayer {
 public:
  Replayer(const store::Store& store, const v1::Genesis& genesis, const execution::Registry& registry,
           const ReplayOptions& options)
      : store_(store),
        options_(options),
        chain_{chain::ChainIdOf(genesis), genesis, options.confidentiality_key},
        executor_(registry, chain_),
        scheme_(chain::ValidatorKeys(chain::GenesisValidators(genesis)), nullptr),
        verifier_(store) {
    for (const state::TableInfo& table : execution::AllTables(registry)) table_names_[table.id] = table.name;
  }

  absl::StatusOr<ReplayResult> Run();

 private:
  // Whether to go on: false after a finding that ends the replay.
  absl::StatusOr<bool> ReplayBlock(uint64_t height);
  void Keep(const execution::ExecutedBlock& executed);
  // The stored certificate of a height, where there is one; the last block must have one.
  void CheckCertificate(const execution::ExecutedBlock& executed, bool last);
  // What a scan of the certificates comes to: those that are found by their keys, and no other.
  void ScanCertificates();
  void CheckFloor();
  void CheckHead(const Hash& hash, uint64_t height);
  void Report(uint64_t height) const;

  void Add(Family family, absl::string_view key, std::optional<uint64_t> height, std::string what) {
    findings_.push_back({store::FamilyName(family), store::DescribeKey(family, key), height, "", std::move(what)});
  }
  // Damage is a finding; what the machine refuses ends the replay.
  void AddUnreadable(Family family, absl::string_view key, std::optional<uint64_t> height, const absl::Status& why) {
    if (!store::IsDamage(why) && failure_.ok()) failure_ = why;
    findings_.push_back({store::FamilyName(family), key.empty() ? "" : store::DescribeKey(family, key), height, "",
                         absl::StrCat("unreadable: ", why.message())});
  }
  Finding FromDifference(const store::Difference& difference) const;
  absl::StatusOr<ReplayResult> Finish();

  const store::Store& store_;
  const ReplayOptions& options_;
  const execution::ChainParameters chain_;
  const execution::Executor executor_;
  const crypto::KeyedSignatureScheme scheme_;
  store::StoreVerifier verifier_;
  std::map<state::TableId, std::string> table_names_;

  state::MemoryState state_;
  std::optional<execution::ParentState> tip_;
  uint64_t final_height_ = 0;
  std::string floor_;
  // By height, the hashes of the certificates that are found by their keys.
  std::map<uint64_t, Hash> certificates_;
  ReplayResult result_;
  std::vector<Finding> findings_;
  absl::Status failure_;
};

Finding Replayer::FromDifference(const store::Difference& difference) const {
  Finding finding{difference.family, difference.key, std::nullopt, "", difference.what};
  if (difference.height) finding.height = difference.height->value();
  if (!difference.table) return finding;
  const auto name = table_names_.find(*difference.table);
  finding.table = name != table_names_.end() ? name->second : absl::StrCat("table ", *difference.table);
  // The table has its name and the height its place; what is left is the record's key.
  std::optional<state::StateKeyRef> key = store::ParseStateRowKey(difference.key_bytes);
  if (difference.family == store::FamilyName(Family::kVersions)) {
    if (const auto version = store::ParseVersionKey(difference.key_bytes)) key = version->key;
  }
  if (key) finding.key = absl::StrCat("key ", BytesToHex(key->key));
  return finding;
}

void Replayer::CheckCertificate(const execution::ExecutedBlock& executed, bool last) {
  const uint64_t height = executed.height().value();
  const std::string key = store::HeightKey(executed.height());
  const absl::StatusOr<std::optional<std::string>> bytes = store_.GetRow(Family::kCertificates, key);
  if (!bytes.ok()) {
    AddUnreadable(Family::kCertificates, key, height, bytes.status());
    return;
  }
  if (!*bytes) {
    if (last && height > 0)
      Add(Family::kCertificates, key, height, "missing: nothing shows that the last block is final");
    return;
  }
  certificates_.emplace(height, crypto::Sha256(**bytes));
  const absl::StatusOr<v1::Certificate> certificate = codec::ParseCanonical<v1::Certificate>(**bytes);
  if (!certificate.ok()) {
    Add(Family::kCertificates, key, height, absl::StrCat("not a certificate: ", certificate.status().message()));
    return;
  }
  const absl::Status verified = chain::VerifyFinalization(
      chain_.chain_id, *certificate, Epoch(executed.block.header().epoch()), executed.hash, scheme_);
  if (!verified.ok()) Add(Family::kCertificates, key, height, absl::StrCat("does not verify: ", verified.message()));
  if (last) floor_ = absl::StrCat(certificate->view());
}

void Replayer::CheckHead(const Hash& hash, uint64_t height) {
  if (!options_.head || options_.head->header().height() != height) return;
  const Hash wanted = chain::BlockHash(options_.head->header());
  if (hash != wanted) {
    findings_.push_back(
        {"head", "", height, "",
         absl::StrCat("another chain: its block is ", hash.ToHex(), ", and the head given is ", wanted.ToHex())});
  }
}

void Replayer::Report(uint64_t height) const {
  if (options_.progress) options_.progress({height, final_height_, result_.transactions, result_.operations});
}

void Replayer::Keep(const execution::ExecutedBlock& executed) {
  const v1::BlockHeader& header = executed.block.header();
  const uint64_t height = header.height();
  verifier_.OnBlock(execution::ToFinalBlock(executed, std::nullopt), executed.changes);
  state_.Apply(*executed.changes);
  tip_ = executed.AsParent(&state_);

  result_.height = height;
  result_.time = Instant::FromMicros(header.time_us());
  if (height > 0) result_.transactions += executed.transactions.size();
  for (const execution::TransactionOutcome& outcome : executed.transactions)
    result_.operations += height > 0 ? outcome.results.size() : 0;
  result_.due_work += executed.due_work.size();
  result_.decisions += executed.decisions;
  result_.state_root = executed.tree.Root();
  result_.block_hash = executed.hash;
  CheckCertificate(executed, height == final_height_);
  CheckHead(executed.hash, height);
  if (height % kProgressBlocks == 0 || height == final_height_) Report(height);
}

absl::StatusOr<bool> Replayer::ReplayBlock(uint64_t height) {
  const std::string key = store::HeightKey(Height(height));
  const absl::StatusOr<std::optional<std::string>> bytes = store_.GetRow(Family::kBlocks, key);
  if (!bytes.ok()) {
    AddUnreadable(Family::kBlocks, key, height, bytes.status());
    return false;
  }
  if (!*bytes) {
    Add(Family::kBlocks, key, height, absl::StrCat("missing, and height ", final_height_, " is said to be final"));
    return false;
  }
  const chain::OrInvalid<v1::Block> block = chain::DecodeBlock(**bytes, chain_.genesis.protocol_version());
  if (!block.ok()) {
    Add(Family::kBlocks, key, height, absl::StrCat("not a block: ", block.invalid().ToString()));
    return false;
  }
  const absl::StatusOr<execution::BlockVerdict> verdict = executor_.ExecuteBlock(*tip_, *block);
  if (!verdict.ok()) return Annotate(verdict.status(), absl::StrCat("block ", height));
  if (verdict->invalid) {
    Add(Family::kBlocks, key, height, absl::StrCat("breaks a rule: ", verdict->invalid->ToString()));
    return false;
  }
  if (!verdict->executed->RootsMatch()) {
    Add(Family::kBlocks, key, height,
        absl::StrCat("is not what its header claims: ", verdict->executed->DescribeDifference()));
    return false;
  }
  Keep(*verdict->executed);
  return true;
}

void Replayer::ScanCertificates() {
  const absl::Status scanned =
      store_.ScanRows(Family::kCertificates, "", [&](absl::string_view key, absl::string_view value) {
        const std::optional<Height> height = store::ParseHeightKey(key);
        if (!height || height->value() > result_.height) {
          Add(Family::kCertificates, key, height ? std::make_optional(height->value()) : std::nullopt,
              "there is no block of this height");
          return findings_.size() < store::StoreVerifier::kDifferencesMax;
        }
        const auto found = certificates_.find(height->value());
        if (found == certificates_.end() || found->second != crypto::Sha256(value))
          Add(Family::kCertificates, key, height->value(), "is not found by its key, though a scan comes to it");
        if (found != certificates_.end()) certificates_.erase(found);
        return findings_.size() < store::StoreVerifier::kDifferencesMax;
      });
  if (!scanned.ok()) AddUnreadable(Family::kCertificates, "", std::nullopt, scanned);
  if (!scanned.ok() || findings_.size() >= store::StoreVerifier::kDifferencesMax) return;
  for (const auto& [height, hash] : certificates_)
    Add(Family::kCertificates, store::HeightKey(Height(height)), height,
        "is found by its key, and no scan comes to it");
}

void Replayer::CheckFloor() {
  const absl::StatusOr<std::optional<std::string>> floor = store_.GetRow(Family::kMeta, store::kFloorKey);
  // That it is there and readable is the verifier's to tell.
  if (floor.ok() && *floor && **floor != floor_)
    Add(Family::kMeta, store::kFloorKey, result_.height, "differs: it is not the view of the last certificate");
}

absl::StatusOr<ReplayResult> Replayer::Finish() {
  CAUSEWAY_RETURN_IF_ERROR(failure_);
  CAUSEWAY_RETURN_IF_ERROR(verifier_.failure());
  for (const store::Difference& difference : verifier_.differences()) findings_.push_back(FromDifference(difference));
  if (findings_.size() > store::StoreVerifier::kDifferencesMax) findings_.resize(store::StoreVerifier::kDifferencesMax);
  result_.verified = findings_.empty();
  result_.findings = std::move(findings_);
  return std::move(result_);
}

absl::StatusOr<ReplayResult> Replayer::Run() {
  // Whose data it is said to be, and how far it is said to go: where it is not so, the rows compared below say so.
  if (store_.chain_id() != chain_.chain_id || store_.genesis() != chain::EncodeGenesis(chain_.genesis)) {
    Add(Family::kMeta, store::kIdentityKey, std::nullopt,
        absl::StrCat("the data of another chain: ", store_.chain_id().ToHex(), ", and the genesis given is that of ",
                     chain_.chain_id.ToHex()));
    return Finish();
  }
  if (options_.confidentiality_key &&
      crypto::Sha256(*options_.confidentiality_key).bytes() != chain_.genesis.confidentiality_key_hash())
    return absl::InvalidArgumentError("the confidentiality key is not this chain's: its hash is not that of genesis");
  const absl::Status checksums = store_.VerifyChecksums();
  if (!checksums.ok() && !store::IsDamage(checksums)) return checksums;
  if (!checksums.ok()) findings_.push_back({"files", "", std::nullopt, "", std::string(checksums.message())});
  if (!store_.final()) {
    Add(Family::kMeta, store::kFinalKey, std::nullopt, "missing: there is no block, not even genesis's");
    return Finish();
  }
  final_height_ = store_.final()->value();
  CAUSEWAY_ASSIGN_OR_RETURN(const std::shared_ptr<const execution::ExecutedBlock> genesis, executor_.ExecuteGenesis());
  Keep(*genesis);
  for (uint64_t height = 1; height <= final_height_; ++height) {
    CAUSEWAY_ASSIGN_OR_RETURN(const bool go_on, ReplayBlock(height));
    // What lies above cannot be judged, nor what rows should be there.
    if (!go_on) return Finish();
  }
  if (options_.head && options_.head->header().height() > final_height_) {
    findings_.push_back({"head", "", options_.head->header().height(), "",
                         absl::StrCat("shorter: the data end at height ", final_height_, ", below the head given")});
  }
  ScanCertificates();
  CheckFloor();
  verifier_.Finish();
  return Finish();
}

absl::Status CheckOptions(const v1::Genesis& genesis, const ReplayOptions& options) {
  const std::vector<std::string> errors = chain::GenesisErrors(genesis);
  if (!errors.empty()) return absl::InvalidArgumentError(absl::StrCat("genesis: ", errors.front()));
  if (options.head) CAUSEWAY_RETURN_IF_ERROR(Annotate(VerifyCertifiedHeader(*options.head, genesis), "the head given"));
  return absl::OkStatus();
}

}  // namespace

std::string Finding::ToString() const {
  std::string where = family;
  if (!table.empty() || !key.empty())
    absl::StrAppend(&where, ", ", table, table.empty() || key.empty() ? "" : " ", key);
  // Keys of blocks, receipts and the like begin with it.
  if (height && key.find(absl::StrCat("height ", *height)) == std::string::npos)
    absl::StrAppend(&where, ", height ", *height);
  return absl::StrCat(where, ": ", what);
}

absl::StatusOr<ReplayResult> Replay(const store::Store& store, const v1::Genesis& genesis,
                                    const execution::Registry& registry, const ReplayOptions& options) {
  CAUSEWAY_RETURN_IF_ERROR(CheckOptions(genesis, options));
  return Replayer(store, genesis, registry, options).Run();
}

absl::StatusOr<ReplayResult> ReplayDirectory(const std::string& directory, const v1::Genesis& genesis,
                                             const execution::Registry& registry, const ReplayOptions& options) {
  CAUSEWAY_RETURN_IF_ERROR(CheckOptions(genesis, options));
  if (store::Store::IsInUse(directory)) {
    return absl::UnavailableError(absl::StrCat(
        "a process has ", directory, " open and writes to it. Stop the node, or take a copy with a checkpoint."));
  }
  store::OpenOptions open;
  open.read_only = true;
  const absl::StatusOr<std::unique_ptr<store::Store>> store = store::Store::Open(directory, open);
  if (store.ok()) return Replay(**store, genesis, registry, options);
  const absl::Status& why = store.status();
  const bool nothing_there = absl::IsNotFound(why) && !store::Store::Exists(directory);
  if (nothing_there || absl::IsFailedPrecondition(why) || !store::IsDamage(why)) return why;
  ReplayResult result;
  result.findings.push_back({"files", "", std::nullopt, "", std::string(why.message())});
  return result;
}

}  // namespace causeway::audit

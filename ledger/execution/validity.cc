// SPDX-License-Identifier: Apache-2.0

#include "ledger/execution/validity.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"

#include "ledger/base/bytes.h"
#include "ledger/chain/certificate.h"
#include "ledger/chain/genesis.h"
#include "ledger/crypto/signature.h"
#include "ledger/execution/guard.h"

namespace causeway::execution {
namespace {

using chain::Invalid;

template <class T>
std::optional<Invalid> Expect(const char* field, const T& actual, const T& expected) {
  if (actual == expected) return std::nullopt;
  if constexpr (std::is_same_v<T, std::string>) {
    return Invalid{v1::LEDGER_REASON_BLOCK_HEADER, {field, BytesToHex(actual), BytesToHex(expected)}};
  } else {
    return Invalid{v1::LEDGER_REASON_BLOCK_HEADER, {field, absl::StrCat(actual), absl::StrCat(expected)}};
  }
}

// A rule asked outside a transaction's run. A defect in it must not stop every node: the answer is then `otherwise`.
template <class T, class Rule>
T Ask(T otherwise, Rule&& rule) {
  T answer = otherwise;
  return DefectOf([&] { answer = rule(); }) ? otherwise : answer;
}

std::optional<Invalid> CheckSignatures(const Registry& registry, const state::StateView& view,
                                       const chain::Transaction& transaction, Instant now, SignatureCache* verified) {
  const bool verify =
      !transaction.signatures.empty() && (verified == nullptr || !verified->Contains(transaction.envelope_hash));
  const std::string preimage = verify ? transaction.SigningPreimage() : std::string();
  for (size_t i = 0; i < transaction.key_ids.size(); ++i) {
    const KeyId& key_id = transaction.key_ids[i];
    const auto key = Ask<std::optional<crypto::PublicKey>>(
        std::nullopt, [&] { return registry.authority->ResolveKey(view, transaction.party(), key_id, now); });
    // That the state's key bears this id is what lets a verified envelope be remembered without its keys.
    if (!key || crypto::KeyIdOf(*key) != key_id) return Invalid{v1::LEDGER_REASON_UNKNOWN_KEY, {key_id.ToHex()}};
    if (verify && !crypto::Verify(*key, preimage, transaction.signatures[i]))
      return Invalid{v1::LEDGER_REASON_BAD_SIGNATURE, {key_id.ToHex()}};
  }
  if (verify && verified != nullptr) verified->Add(transaction.envelope_hash);
  return std::nullopt;
}

}  // namespace

std::optional<Invalid> CheckHeader(const v1::BlockHeader& header, const v1::BlockHeader& parent,
                                   const Hash& parent_hash, const ChainParameters& chain) {
  const Hash next_validators = chain::ValidatorSetHash(chain::GenesisValidators(chain.genesis));
  for (const auto& difference :
       {Expect("protocol_version", header.protocol_version(), chain.genesis.protocol_version()),
        Expect("epoch", header.epoch(), parent.epoch()), Expect("height", header.height(), parent.height() + 1),
        Expect("parent_hash", header.parent_hash(), parent_hash.ToString()),
        Expect("next_validators_hash", header.next_validators_hash(), next_validators.ToString())}) {
    if (difference) return difference;
  }
  const auto validators = static_cast<uint32_t>(chain.genesis.validators_size());
  if (header.proposer() >= validators)
    return Invalid{v1::LEDGER_REASON_BLOCK_HEADER,
                   {"proposer", absl::StrCat(header.proposer()), absl::StrCat("below ", validators)}};
  if (header.time_us() <= parent.time_us())
    return Invalid{v1::LEDGER_REASON_BLOCK_TIME, {absl::StrCat(header.time_us()), absl::StrCat(parent.time_us())}};
  return std::nullopt;
}

std::optional<ConsumedId> FindLiveId(const state::StateView& view, absl::string_view party,
                                     const ClientTransactionId& id, Instant now) {
  const std::string owner(party);
  const std::optional<BucketMinute> bucket = view.Get(kConsumedIdMinutes, std::make_tuple(owner, id));
  if (!bucket || bucket->minute < MinuteOf(now)) return std::nullopt;
  return view.Get(kConsumedIds, std::make_tuple(bucket->minute, owner, id));
}

std::optional<Invalid> CheckTransaction(const Registry& registry, const ChainParameters& chain,
                                        const state::StateView& view, const chain::Transaction& transaction,
                                        Instant now, SignatureCache* verified) {
  if (now > transaction.valid_until)
    return Invalid{v1::LEDGER_REASON_EXPIRED, {FormatInstant(transaction.valid_until), FormatInstant(now)}};
  const Instant latest = AddSaturating(now, Duration::Micros(chain.genesis.limits().validity_us()));
  if (transaction.valid_until > latest)
    return Invalid{v1::LEDGER_REASON_TOO_FAR_AHEAD, {FormatInstant(transaction.valid_until), FormatInstant(latest)}};
  if (const auto used = FindLiveId(view, transaction.party(), transaction.client_id, now))
    return Invalid{v1::LEDGER_REASON_ID_USED, {absl::StrCat(used->height), absl::StrCat(used->index)}};
  return CheckSignatures(registry, view, transaction, now, verified);
}

bool IsUrgent(const Registry& registry, const BlockContext& block, const state::StateView& view,
              const chain::Transaction& transaction) {
  for (int i = 0; i < transaction.body.operations_size(); ++i) {
    const v1::Operation& operation = transaction.body.operations(i);
    const Contract* contract = registry.Find(operation.kind_case());
    if (contract == nullptr) return false;
    const OperationContext context{
        &block,     transaction.id, static_cast<uint32_t>(i), transaction.party(), transaction.key_ids,
        &operation, nullptr};
    if (!Ask(false, [&] { return contract->DemandsOf(context, view).urgent; })) return false;
  }
  return true;
}

}  // namespace causeway::execution

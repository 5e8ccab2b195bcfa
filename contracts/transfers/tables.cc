// SPDX-License-Identifier: Apache-2.0
#include "contracts/transfers/tables.h"

#include "ledger/base/bytes.h"

namespace causeway::state {
namespace {

// Takes one amount off the front; nothing, and `in` unchanged, when there are fewer than 16 bytes.
std::optional<Amount> TakeAmount(absl::string_view& in) {
  const std::optional<absl::string_view> bytes = TakeBytes(in, Amount::kSize);
  return bytes ? Amount::FromBytes(*bytes) : std::nullopt;
}

}  // namespace

std::string RecordCodec<transfers::Balance>::Encode(const transfers::Balance& balance) {
  return balance.total.ToBytes() + balance.free.ToBytes() + balance.blocked.ToBytes() + balance.pledged.ToBytes() +
         balance.restricted.ToBytes();
}

std::optional<transfers::Balance> RecordCodec<transfers::Balance>::Decode(absl::string_view bytes) {
  if (bytes.size() != transfers::Balance::kSize) return std::nullopt;
  transfers::Balance balance;
  balance.total = *TakeAmount(bytes);
  balance.free = *TakeAmount(bytes);
  balance.blocked = *TakeAmount(bytes);
  balance.pledged = *TakeAmount(bytes);
  balance.restricted = *TakeAmount(bytes);
  return balance;
}

std::string RecordCodec<transfers::Supply>::Encode(const transfers::Supply& supply) {
  std::string bytes = supply.issued.ToBytes();
  AppendBigEndian64(bytes, supply.holders);
  return bytes;
}

std::optional<transfers::Supply> RecordCodec<transfers::Supply>::Decode(absl::string_view bytes) {
  if (bytes.size() != transfers::Supply::kSize) return std::nullopt;
  transfers::Supply supply;
  supply.issued = *TakeAmount(bytes);
  supply.holders = *TakeBigEndian64(bytes);
  return supply;
}

std::string RecordCodec<transfers::OwnerHolding>::Encode(const transfers::OwnerHolding& holding) {
  return holding.total.ToBytes();
}

std::optional<transfers::OwnerHolding> RecordCodec<transfers::OwnerHolding>::Decode(absl::string_view bytes) {
  const std::optional<Amount> total = Amount::FromBytes(bytes);
  if (!total) return std::nullopt;
  return transfers::OwnerHolding{*total};
}

}  // namespace causeway::state

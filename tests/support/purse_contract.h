// SPDX-License-Identifier: Apache-2.0
// A contract, and shared rules, small enough to be seen through: for tests of execution and audit that must not depend
// on the real ones.
//
// Purses hold whole numbers of an instrument. cash.issue fills a purse, cash.redeem empties it; the supply of an
// instrument is the sum of its purses, which is the contract's invariant. What a payment's reference says makes an
// operation misbehave in one way or use one feature of the contract interface, so that a test breaks one thing at a
// time:
//   "lose"             the purse changes and the supply does not: the invariant does not hold
//   "fail"             a CAUSEWAY_CHECK fails in Apply;  "fail-check": in Check;  "fail-demands": in DemandsOf
//   "logic"            an absent optional is read in Apply;  "logic-demands": in DemandsOf
//   "unwritable"       a reason with a parameter that has no canonical form
//   "host"             the store cannot answer
//   "urgent"           the operation is urgent
//   "four-eyes"        it demands two officers
//   "work:N"           it costs N work units (else 1)
//   "move"             it is a movement of value, which the policy judges (FakePolicy)
//   "due:S:N"          plans due work S seconds after block time that takes N units of work and fills the purse by N,
//   one a unit "due-fail:S"       plans due work that fails its check "undue:S"          withdraws what "due:S:…" of
//   the same purse planned for this block's time plus S "revoke:HEX"       revokes a key (FakeAuthority) "release" runs
//   the group that FakePolicy holds
// Reasons: CASH_REASON_NOT_ISSUERS_ACCOUNT where a purse has too little; CASH_REASON_REFERENCE_INVALID where there is
// no amount.
#ifndef CAUSEWAY_TESTS_SUPPORT_PURSE_CONTRACT_H_
#define CAUSEWAY_TESTS_SUPPORT_PURSE_CONTRACT_H_

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "causeway/v1/cash.pb.h"
#include "ledger/execution/contract.h"

namespace causeway::testing {

struct Purse {
  uint64_t content;
};

// (account, instrument).
inline constexpr state::Table<std::tuple<AccountId, InstrumentId>, Purse> kPurses{48, "purses"};
inline constexpr state::Table<InstrumentId, Purse> kSupplies{49, "supplies"};
inline constexpr state::Table<KeyId, Purse> kRevokedKeys{16, "revoked_keys"};
// Subject → 1.
inline constexpr state::Table<std::string, Purse> kPauses{160, "pauses"};
// "judgements", "records" → how many.
inline constexpr state::Table<std::string, Purse> kPolicyCounters{128, "policy_counters"};
// The one held group: "held" → a body with its party, keys and operations.
struct HeldGroup {
  std::string bytes;
};
inline constexpr state::Table<std::string, HeldGroup> kHeldGroups{129, "held_groups"};

// Keys by party; a key that the state calls revoked is not active.
using KeyRing = std::map<std::pair<std::string, KeyId>, crypto::PublicKey>;

// Movements of exactly this amount are denied or held; all others are allowed. A judgement counts itself, emits nothing
// and restricts a record where it is not kAllow.
inline constexpr uint64_t kDeniedAmount = 666;
inline constexpr uint64_t kHeldAmount = 555;
// Work units of a judgement: these for each movement.
inline constexpr uint64_t kJudgementWork = 10;

// The purses with the shared rules above. What can be left out makes the tests of the pipeline's own stages.
execution::Registry MakePurseRegistry(KeyRing keys);

// Operations.
v1::Operation Fill(const AccountId& purse, uint64_t amount, std::string reference = "",
                   absl::string_view instrument = "SGD.TEST");
v1::Operation Empty(const AccountId& purse, uint64_t amount, std::string reference = "",
                    absl::string_view instrument = "SGD.TEST");

AccountId PurseId(uint8_t number);

}  // namespace causeway::testing

namespace causeway::state {

template <>
struct RecordCodec<testing::Purse> {
  static std::string Encode(const testing::Purse& purse);
  static std::optional<testing::Purse> Decode(absl::string_view bytes);
};
template <>
struct RecordCodec<testing::HeldGroup> {
  static std::string Encode(const testing::HeldGroup& group) { return group.bytes; }
  static std::optional<testing::HeldGroup> Decode(absl::string_view bytes) {
    return testing::HeldGroup{std::string(bytes)};
  }
};

}  // namespace causeway::state

#endif  // CAUSEWAY_TESTS_SUPPORT_PURSE_CONTRACT_H_

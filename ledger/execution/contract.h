// SPDX-License-Identifier: Apache-2.0
//
// What a contract is to the ledger, and the rules that every operation passes before its own.
//
// An operation's way (ledger/execution/pipeline): authority → four eyes → pauses → the contract's Check → the policy
// gate, where the operation moves value → the contract's Apply. One reason stops the operation, and the reasons of all
// stages up to Check are collected, not the first only; but whoever has no authority is told that alone, or could read
// from the others what an account holds. What the policy gate records (counters, decisions, cases) survives the
// operation's refusal; nothing else does.
//
// Determinism: a contract is a pure function of the operation, the view and the block context. No clock, no floating
// point, no iteration over hash maps, no static mutable state. The same Check serves admission, dry run and execution.
// Failures: a rule that says no adds a Reason; a store that cannot answer throws state::HostFailure through the
// contract; a bug hits CAUSEWAY_CHECK, which inside these calls throws InvariantViolation. A contract catches none of
// them.

#ifndef CAUSEWAY_LEDGER_EXECUTION_CONTRACT_H_
#define CAUSEWAY_LEDGER_EXECUTION_CONTRACT_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "causeway/v1/genesis.pb.h"
#include "causeway/v1/operation.pb.h"
#include "causeway/v1/parties.pb.h"
#include "causeway/v1/receipt.pb.h"
#include "ledger/base/amount.h"
#include "ledger/base/identifiers.h"
#include "ledger/base/instant.h"
#include "ledger/base/reason.h"
#include "ledger/crypto/signature.h"
#include "ledger/execution/record_kind.h"
#include "ledger/state/view.h"

namespace causeway::execution {

// What every rule may know of the chain: fixed at genesis.
struct ChainParameters {
  Hash chain_id;
  v1::Genesis genesis;
  // 32 bytes; absent where this process was not given the key (then a bound model cannot be replayed, and replay says
  // so).
  std::optional<std::string> confidentiality_key;
};

// What every rule may know of the block that it runs in.
struct BlockContext {
  uint32_t protocol_version;
  Height height;
  Instant time;
  Hash parent_hash;
  const ChainParameters* chain;
};

// Runs a group of operations that a person has released from review: the same pipeline without the policy gate.
// Implemented by the pipeline.
class ReleasedGroupRunner;

// What every rule may know of the operation that it judges. `operation` outlives the call.
struct OperationContext {
  const BlockContext* block;
  // SHA-256 of the body; all zero for genesis.
  Hash transaction_id;
  // Position in the transaction.
  uint32_t index;
  // LEI of the submitting party; empty for genesis, where authority is not asked.
  std::string party;
  // The keys that signed, verified, ascending.
  std::vector<KeyId> signers;
  const v1::Operation* operation;
  // For the contract that decides cases; null in admission and dry run of anything else.
  ReleasedGroupRunner* released_groups;
  // Where a person released the operation from review: the block time at which it was held. A rule that asks when an
  // operation was received asks received().
  std::optional<Instant> held_since = std::nullopt;

  Instant now() const { return block->time; }
  Instant received() const { return held_since.value_or(block->time); }
  bool is_genesis() const { return party.empty(); }
};

// A movement of value that an operation asks for, as the policy gate judges it and locks it.
struct Movement {
  InstrumentId instrument;
  // Whose holding pays.
  AccountId from;
  // Who receives; absent where the instrument is cancelled or the receiver is not yet known.
  std::optional<AccountId> to;
  // Minor units, positive. For an order by units or percentage: the units; for one by amount: the cash.
  Amount amount;
};

// What the shared rules need to know of an operation. Filled by its contract; never refuses (an unknown account is
// Check's business).
struct Demands {
  // "dealing.subscribe": approval rules, delegations and bindings name it.
  std::string kind;
  // The party whose decision it is: the owner of the account, the keeper of the register, the administrator of the
  // fund. Absent: the submitter's own.
  std::optional<std::string> acting_for;
  // The role that a counted officer must hold.
  v1::OfficerRole role = v1::OFFICER_ROLE_TRADE;
  // Distinct officers, agents not counted, whatever the party's approval rule says; 2 is four eyes.
  uint32_t minimum_officers = 1;
  // Accounts that a delegation must cover.
  std::vector<AccountId> accounts;
  // Instruments whose pause stops the operation.
  std::vector<InstrumentId> instruments;
  // What the policy gate judges; empty: no movement of value, not judged.
  std::vector<Movement> movements;
  // Pauses and revocations: first in a block, and not stopped by a pause.
  bool urgent = false;
};

// A record that only compliance, supervisors and auditors may read. The receipt holds its salted hash; the node keeps
// the bytes outside the roots, and a replay computes them again.
struct RestrictedRecord {
  Hash salted_hash;
  // Canonical bytes of the message `type` (full protobuf name).
  std::string type;
  std::string bytes;
};

// What an operation leaves in its receipt. Order is kept.
class Effects {
 public:
  explicit Effects(const OperationContext& context) : salt_id_(context.transaction_id), context_(&context) {}
  // For due work, whose context names the transaction that scheduled it: `salt_id` stands for the transaction's id in
  // the salts.
  Effects(const OperationContext& context, const Hash& salt_id) : salt_id_(salt_id), context_(&context) {}
  void Emit(v1::Event event) { events_.push_back(std::move(event)); }
  // Salts with HMAC-SHA-256(confidentiality key, transaction id ‖ operation index ‖ sequence) and keeps the record.
  // Without the key the block cannot be executed: HostFailure, FAILED_PRECONDITION.
  void Restrict(const google::protobuf::Message& record);
  const std::vector<v1::Event>& events() const { return events_; }
  const std::vector<RestrictedRecord>& restricted() const { return restricted_; }

 private:
  Hash salt_id_;
  const OperationContext* context_;
  std::vector<v1::Event> events_;
  std::vector<RestrictedRecord> restricted_;
};

// A piece of work that a block does at its start once its time has come (valuation snapshot, close of a day, expiry).
struct DueItem {
  Instant due;
  // Orders work of one instant; chosen by the contract, unique in (due, contract).
  std::string id;
  // Field number of the contract in Operation.
  uint32_t contract;
  // The transaction that scheduled it.
  Hash cause;
  // The contract's own; canonical bytes of a message.
  std::string payload;
};

// Due work that a contract plans or withdraws; a table of the state, so it is under the state root
// (ledger/execution/due_work.cc). `due` in the past means the start of the next block.
void ScheduleDue(state::StateTransaction& state, const DueItem& item);
bool IsScheduled(const state::StateView& view, Instant due, uint32_t contract, absl::string_view id);
void CancelDue(state::StateTransaction& state, Instant due, uint32_t contract, absl::string_view id);

// Counts work units down; a piece of due work stops when it is empty and goes on in the next block.
class WorkBudget {
 public:
  explicit WorkBudget(uint64_t units) : left_(units) {}
  // True, and `units` fewer are left; false where fewer are left (then the item must stop here).
  bool Take(uint64_t units) {
    if (units > left_) return false;
    left_ -= units;
    return true;
  }
  uint64_t left() const { return left_; }

 private:
  uint64_t left_;
};

// An invariant that does not hold after a transaction: a bug of a rule, never a rejection.
struct Violation {
  // What does not hold, with the figures.
  std::string what;
  // The instrument to pause; absent: the contract is paused.
  std::optional<InstrumentId> instrument;
};

class Contract {
 public:
  virtual ~Contract() = default;
  // "dealing".
  virtual const char* name() const = 0;
  // Its member of Operation, Event.
  virtual v1::Operation::KindCase kind() const = 0;
  // Its numbered reasons (the enum <Contract>Reason).
  virtual const google::protobuf::EnumDescriptor* reasons() const = 0;
  virtual std::vector<state::TableInfo> tables() const = 0;

  // What the shared rules need to know. Reads only; never refuses.
  virtual Demands DemandsOf(const OperationContext& context, const state::StateView& view) const = 0;
  // Adds every reason against the operation. Writes nothing.
  virtual void Check(const OperationContext& context, const state::StateView& view, Reasons& reasons) const = 0;
  // Applies an operation that Check has let pass on the same view.
  virtual void Apply(const OperationContext& context, state::StateTransaction& state, Effects& effects) const = 0;

  // Work units of the operation, by the documented table in its README; at least 1.
  virtual uint64_t WorkOf(const OperationContext&, const state::StateView&) const { return 1; }

  // Does a piece of due work, or as much of it as the budget allows. Returns true when it is finished; false leaves the
  // item in place (the contract has recorded in the state how far it came) and ends the block's due work. It may raise
  // no reasons: what cannot be done is recorded by the contract.
  virtual bool RunDue(const OperationContext& context, const DueItem& item, state::StateTransaction& state,
                      Effects& effects, WorkBudget& budget) const;

  // Adds what does not hold. `after.changes()` is what the transaction (or piece of due work) changed, `after.parent()`
  // the view before it. Looks only at what changed.
  virtual void CheckInvariants(const state::StateTransaction& after, std::vector<Violation>& violations) const {
    (void)after;
    (void)violations;
  }

  // --- For readers; nothing of it takes part in execution ---

  // The kinds of records that can be read of its tables.
  virtual std::vector<RecordKind> kinds() const { return {}; }
  // Whom one of its events concerns. `before` and `after`: the state before and after the event's block. Without an
  // answer it is nobody but whoever may read the whole block.
  virtual Concerns ConcernsOf(const v1::Event& event, const state::StateView& before,
                              const state::StateView& after) const;
  // Recognizes the event that made the thing of which `event` tells, where neither state holds it because it came and
  // went within the block; null elsewhere. Whom the making concerned, its end concerns.
  virtual std::function<bool(const v1::Event&)> MakerOf(const v1::Event& event, const state::StateView& before,
                                                        const state::StateView& after) const;
  // Whom a restricted record of its own concerns (canonical bytes of the message `type`); nothing for another
  // contract's. compliance_only is added by who asks.
  virtual std::optional<Concerns> ConcernsOfRestricted(absl::string_view type, absl::string_view record,
                                                       const state::StateView& view) const;
};

// --- The shared rules. Each is implemented by the contract named, and given to the pipeline by the registry. ---

// contracts/parties: who may sign and who must.
class AuthorityRules {
 public:
  virtual ~AuthorityRules() = default;
  // The public key, where it is active at `now`, and belongs to the party or to its delegate; for block validity, on
  // the parent block's state.
  virtual std::optional<crypto::PublicKey> ResolveKey(const state::StateView& view, absl::string_view party,
                                                      const KeyId& key, Instant now) const = 0;
  // Authority: every signer is active now, holds a role, and the party may act for `demands.acting_for`.
  virtual void CheckAuthority(const OperationContext& context, const Demands& demands, const state::StateView& view,
                              Reasons& reasons) const = 0;
  // Four eyes and k of n: distinct officers with the role, from the signatures and from approvals bound to this
  // operation's hash.
  virtual void CheckFourEyes(const OperationContext& context, const Demands& demands, const state::StateView& view,
                             Reasons& reasons) const = 0;
  // Consumes the approvals that were counted.
  virtual void ConsumeApprovals(const OperationContext& context, const Demands& demands,
                                state::StateTransaction& state) const = 0;
};

// contracts/governance: what stands still.
class PauseRules {
 public:
  virtual ~PauseRules() = default;
  virtual void CheckPauses(const OperationContext& context, const Demands& demands, const state::StateView& view,
                           Reasons& reasons) const = 0;
  // After an invariant was violated: pauses the instrument, or the contract where none is named.
  virtual void PauseAfterViolation(const BlockContext& block, const Violation& violation, absl::string_view contract,
                                   state::StateTransaction& state) const = 0;
};

enum class PolicyOutcome { kAllow, kHold, kDeny };

// One operation of a group that the rules allow, before the group is applied.
struct JudgedOperation {
  const OperationContext* context;
  const Demands* demands;
};

// contracts/policy: a model's judgement on what the rules allow. It can only tighten.
class PolicyGate {
 public:
  virtual ~PolicyGate() = default;
  // Judges a group (a single operation or a linked group, scored on its sum) before the operations' own effects and
  // after earlier ones of the block. `state` is a layer that survives the group's refusal: counters, decisions, a case
  // with the assets locked. On kHold the gate has opened the case (it stores the group's operations, party and signers)
  // and the group is not applied now.
  virtual PolicyOutcome Judge(const std::vector<JudgedOperation>& group, state::StateTransaction& state,
                              Effects& effects) const = 0;
  // After the group was applied: what features of later movements count (windows, counterparties).
  virtual void Record(const std::vector<JudgedOperation>& group, state::StateTransaction& state) const = 0;
  // Work units that a judgement of these movements costs (nodes × references), before any scoring.
  virtual uint64_t WorkOf(const std::vector<JudgedOperation>& group, const state::StateView& view) const = 0;
};

// What the contract `policy` calls when two compliance officers release a case.
class ReleasedGroupRunner {
 public:
  virtual ~ReleasedGroupRunner() = default;
  struct StoredOperation {
    v1::Operation operation;
    uint32_t index;
    // The keys whose approvals were consumed when it was held.
    std::vector<KeyId> approving_keys = {};
  };
  // Runs the group as its submitter sent it (authority, four eyes, pauses and rules of now; no policy) on `state`, as
  // received at `held_since`. Whoever approved it counts, where the approving key still signs. Returns one result an
  // operation. On any refusal nothing of the group is applied.
  virtual std::vector<v1::OperationResult> RunReleased(const std::string& party, const std::vector<KeyId>& signers,
                                                       const Hash& transaction_id, Instant held_since,
                                                       const std::vector<StoredOperation>& group,
                                                       state::StateTransaction& state, Effects& effects) = 0;
};

// All contracts and the shared rules; made by contracts/registry.cc. Nothing here is mutable after construction.
struct Registry {
  std::vector<std::unique_ptr<Contract>> contracts;
  std::unique_ptr<AuthorityRules> authority;
  std::unique_ptr<PauseRules> pauses;
  // Null where no contract can bind a model: then no movement is judged.
  std::unique_ptr<PolicyGate> policy;

  const Contract* Find(v1::Operation::KindCase kind) const;
};

}  // namespace causeway::execution

#endif  // CAUSEWAY_LEDGER_EXECUTION_CONTRACT_H_

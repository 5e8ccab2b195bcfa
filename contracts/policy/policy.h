// SPDX-License-Identifier: Apache-2.0
//
// The contract `policy`: a model's judgement on movements that the rules allow, and the cases in which people decide.
//
// A binding joins an instrument, a kind of operation and a model. Before such an operation is applied, the gate
// computes the model's inputs from the state before it and the block's time, scores them in integers, and allows, holds
// or denies; it can only tighten. A held group of operations becomes a case: its assets are locked, and two compliance
// officers of the party that owns the instrument's rules (a share class's fund company, a cash token's issuer), neither
// of whom initiated it, release, refuse or freeze it. A case that expires never releases. What the model decided is a
// restricted record; a customer sees HELD_FOR_REVIEW or POLICY_DENIED only.
//
// A released group runs under the rules of now but for two: it is not judged again, and four eyes are not asked again,
// since its signers and approvers met them when it was received (approvals are consumed then).
//
// Where a model cannot judge (stage, validity, suspension, a missing input or supervisory record) the binding's fail
// mode decides, HOLD or DENY; below a limit per party and day, where the binding states one, the rules alone do.
//
// Invariants: a model's trees never change; a case's holds exist and are this contract's; the counts of open cases are
// those of the cases. Determinism: integers only, the view and the block's time.

#ifndef CAUSEWAY_CONTRACTS_POLICY_POLICY_H_
#define CAUSEWAY_CONTRACTS_POLICY_POLICY_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <tuple>

#include "causeway/v1/model.pb.h"
#include "causeway/v1/policy.pb.h"
#include "causeway/v1/transfers.pb.h"
#include "ledger/base/identifiers.h"
#include "ledger/execution/contract.h"
#include "ledger/state/view.h"

namespace causeway::policy {

// --- Tables 128 to 143. Others read; only this contract writes. ---

// Name, version.
using ModelKey = std::tuple<std::string, uint32_t>;
// Instrument, kind of operation.
using BindingKey = std::tuple<InstrumentId, std::string>;
// Instrument and kind of the binding, LEI of the payer's owner, instrument that moves.
using FallbackKey = std::tuple<InstrumentId, std::string, std::string, InstrumentId>;
// Instrument that moves, account.
using ProfileKey = std::tuple<InstrumentId, AccountId>;

inline constexpr state::Table<ModelKey, v1::ModelRecord> kModels{128, "models"};
inline constexpr state::Table<ModelKey, v1::Model> kModelTrees{129, "model_trees"};
inline constexpr state::Table<ModelKey, v1::ModelCounts> kModelCounts{130, "model_counts"};
inline constexpr state::Table<BindingKey, v1::Binding> kBindings{131, "policy_bindings"};
// Instruments with at least one binding.
inline constexpr state::Table<InstrumentId, v1::BindingCount> kWatched{132, "policy_watched"};
// One row, by 0.
inline constexpr state::Table<uint8_t, v1::BindingCount> kTotals{133, "policy_totals"};
// Name, version, LEI of the supervisor.
inline constexpr state::Table<std::tuple<std::string, uint32_t, std::string>, v1::SupervisoryRecord>
    kSupervisoryRecords{134, "supervisory_records"};
inline constexpr state::Table<FallbackKey, v1::FallbackUse> kFallbackUse{135, "policy_fallback"};
inline constexpr state::Table<ProfileKey, v1::MovementProfile> kProfiles{136, "policy_profiles"};
inline constexpr state::Table<CaseId, v1::Case> kCases{137, "cases"};
// Instrument and kind of the binding, LEI of the submitter; an empty LEI: all submitters.
inline constexpr state::Table<std::tuple<InstrumentId, std::string, std::string>, v1::CaseCount> kCaseCounts{
    138, "case_counts"};
// LEI of a party that decides, case.
inline constexpr state::Table<std::tuple<std::string, CaseId>, v1::IndexEntry> kCasesByOwner{139, "cases_by_owner"};
// LEI of who submitted what is held, case.
inline constexpr state::Table<std::tuple<std::string, CaseId>, v1::IndexEntry> kCasesByParty{140, "cases_by_party"};

// --- Reading ---

std::optional<v1::ModelRecord> FindModel(const state::StateView& view, const v1::ModelRef& model);
std::optional<v1::Binding> FindBinding(const state::StateView& view, const InstrumentId& instrument,
                                       const std::string& operation);
std::optional<v1::Case> FindCase(const state::StateView& view, const CaseId& id);
// LEI of the party that owns an instrument's rules: a share class's fund company, a cash token's issuer. Nothing for
// anything else.
std::optional<std::string> RuleOwnerOf(const state::StateView& view, const InstrumentId& instrument);

// The case of a group that begins at this position of the transaction.
CaseId CaseIdOf(const Hash& transaction_id, uint32_t index);

// --- For the registry ---

std::unique_ptr<execution::Contract> MakePolicyContract();
std::unique_ptr<execution::PolicyGate> MakePolicyGate();

}  // namespace causeway::policy

#endif  // CAUSEWAY_CONTRACTS_POLICY_POLICY_H_

// SPDX-License-Identifier: Apache-2.0
//
// Validators that signed two votes which exclude each other. The votes prove it, so the ledger takes nobody's word.

#include "absl/strings/str_cat.h"

#include "contracts/governance/rules.h"
#include "ledger/chain/evidence.h"
#include "ledger/chain/genesis.h"
#include "ledger/crypto/signature_scheme.h"

namespace causeway::governance {
namespace {

absl::StatusOr<chain::Conflict> Verify(const v1::Evidence& evidence, const execution::ChainParameters& chain) {
  // The validators of genesis are those of epoch 0, which is the only one so far.
  if (evidence.first().epoch() != 0)
    return absl::InvalidArgumentError(absl::StrCat("epoch ", evidence.first().epoch(), " has no validators"));
  const crypto::KeyedSignatureScheme scheme(chain::ValidatorKeys(chain::GenesisValidators(chain.genesis)), nullptr);
  return chain::VerifyEvidence(chain.chain_id, evidence, scheme);
}

std::tuple<uint64_t, uint32_t> KeyOf(const chain::Conflict& conflict) {
  return {conflict.epoch.value(), conflict.validator};
}

}  // namespace

void CheckReportConflict(const v1::ReportConflict& request, const execution::ChainParameters& chain,
                         const state::StateView& view, Reasons& reasons) {
  if (!request.has_evidence()) {
    reasons.Add(v1::GOVERNANCE_REASON_FIELD_MISSING, {"evidence"});
    return;
  }
  const absl::StatusOr<chain::Conflict> conflict = Verify(request.evidence(), chain);
  if (!conflict.ok()) {
    reasons.Add(v1::GOVERNANCE_REASON_EVIDENCE_INVALID, {std::string(conflict.status().message())});
  } else if (view.Has(kConflicts, KeyOf(*conflict))) {
    reasons.Add(v1::GOVERNANCE_REASON_CONFLICT_KNOWN,
                {absl::StrCat(conflict->epoch.value()), absl::StrCat(conflict->validator)});
  }
}

void ApplyReportConflict(const execution::OperationContext& context, const v1::ReportConflict& request,
                         state::StateTransaction& state, execution::Effects& effects) {
  const absl::StatusOr<chain::Conflict> conflict = Verify(request.evidence(), *context.block->chain);
  CAUSEWAY_CHECK(conflict.ok(), "checked before");
  const v1::Validator& validator = context.block->chain->genesis.validators(static_cast<int>(conflict->validator));
  v1::ConflictRecord record;
  record.set_operator_(validator.operator_());
  record.set_reporter(context.party);
  *record.mutable_evidence() = request.evidence();
  record.set_height(context.block->height.value());
  state.Put(kConflicts, KeyOf(*conflict), record);
  v1::GovernanceEvent event;
  v1::ConflictReported& reported = *event.mutable_conflict_reported();
  reported.set_epoch(conflict->epoch.value());
  reported.set_validator(conflict->validator);
  reported.set_view(conflict->view.value());
  reported.set_operator_(validator.operator_());
  reported.set_reporter(context.party);
  Emit(std::move(event), effects);
}

}  // namespace causeway::governance

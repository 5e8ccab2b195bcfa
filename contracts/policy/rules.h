// SPDX-License-Identifier: Apache-2.0
// The operations of this contract, inside it: for each what it demands of its submitter, what stands against it, and
// what it does. Overloads by the operation's message, so that contract.cc chooses by the oneof alone.

#ifndef CAUSEWAY_CONTRACTS_POLICY_RULES_H_
#define CAUSEWAY_CONTRACTS_POLICY_RULES_H_

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "google/protobuf/repeated_field.h"

#include "contracts/policy/policy.h"
#include "ledger/base/reason.h"

namespace causeway::policy {

using execution::Demands;
using execution::Effects;
using execution::OperationContext;
using state::StateTransaction;
using state::StateView;

inline constexpr size_t kNameBytesMax = 64;
inline constexpr size_t kTextBytesMax = 280;

// --- What several operations ask and tell (rules.cc) ---

// "structuring-gbt/3".
std::string TextOf(const v1::ModelRef& model);
ModelKey KeyOf(const v1::ModelRef& model);
// The record; else MODEL_UNKNOWN.
std::optional<v1::ModelRecord> AskModel(const StateView& view, const v1::ModelRef& model, Reasons& reasons);
// FIELD_INVALID unless the text has 1 to kTextBytesMax bytes.
void AskText(const std::string& text, const char* field, Reasons& reasons);
// FIELD_INVALID where the bytes are absent.
void AskPresent(const std::string& bytes, const char* field, Reasons& reasons);
// MODEL_EXPIRED.
void AskValid(const v1::ModelRef& model, const v1::ModelRecord& record, Instant now, Reasons& reasons);
// Officers who signed the operation or whose approval of it is alive, ascending; agents are none.
std::vector<v1::OfficerRef> OfficersBehind(const OperationContext& context, const StateView& view);
// The keys of the living approvals of the operation, ascending.
std::set<KeyId> ApprovingKeys(const OperationContext& context, const StateView& view);

bool Contains(const google::protobuf::RepeatedPtrField<v1::OfficerRef>& list, const v1::OfficerRef& officer);
bool Contains(const google::protobuf::RepeatedPtrField<std::string>& list, absl::string_view text);
void Emit(Effects& effects, v1::PolicyEvent event);

// --- models.cc ---
void Demand(const OperationContext& context, const v1::RegisterModel& request, const StateView& view, Demands& demands);
void Check(const OperationContext& context, const v1::RegisterModel& request, const StateView& view, Reasons& reasons);
void Apply(const OperationContext& context, const v1::RegisterModel& request, StateTransaction& state,
           Effects& effects);
void Demand(const OperationContext& context, const v1::ValidateModel& request, const StateView& view, Demands& demands);
void Check(const OperationContext& context, const v1::ValidateModel& request, const StateView& view, Reasons& reasons);
void Apply(const OperationContext& context, const v1::ValidateModel& request, StateTransaction& state,
           Effects& effects);
void Demand(const OperationContext& context, const v1::SetModelStage& request, const StateView& view, Demands& demands);
void Check(const OperationContext& context, const v1::SetModelStage& request, const StateView& view, Reasons& reasons);
void Apply(const OperationContext& context, const v1::SetModelStage& request, StateTransaction& state,
           Effects& effects);
void Demand(const OperationContext& context, const v1::SuspendModel& request, const StateView& view, Demands& demands);
void Check(const OperationContext& context, const v1::SuspendModel& request, const StateView& view, Reasons& reasons);
void Apply(const OperationContext& context, const v1::SuspendModel& request, StateTransaction& state, Effects& effects);
void Demand(const OperationContext& context, const v1::ResumeModel& request, const StateView& view, Demands& demands);
void Check(const OperationContext& context, const v1::ResumeModel& request, const StateView& view, Reasons& reasons);
void Apply(const OperationContext& context, const v1::ResumeModel& request, StateTransaction& state, Effects& effects);
void Demand(const OperationContext& context, const v1::RecordSupervision& request, const StateView& view,
            Demands& demands);
void Check(const OperationContext& context, const v1::RecordSupervision& request, const StateView& view,
           Reasons& reasons);
void Apply(const OperationContext& context, const v1::RecordSupervision& request, StateTransaction& state,
           Effects& effects);
// Work units of a registration: its golden vectors are run and its forms checked.
uint64_t RegistrationWork(const v1::RegisterModel& request);
// Whether the supervisor's record about the model counts at `now` and does not object.
bool SupervisorAgrees(const StateView& view, const v1::ModelRef& model, const std::string& supervisor, Instant now);

// --- bindings.cc ---
void Demand(const OperationContext& context, const v1::Bind& request, const StateView& view, Demands& demands);
void Check(const OperationContext& context, const v1::Bind& request, const StateView& view, Reasons& reasons);
void Apply(const OperationContext& context, const v1::Bind& request, StateTransaction& state, Effects& effects);
void Demand(const OperationContext& context, const v1::Unbind& request, const StateView& view, Demands& demands);
void Check(const OperationContext& context, const v1::Unbind& request, const StateView& view, Reasons& reasons);
void Apply(const OperationContext& context, const v1::Unbind& request, StateTransaction& state, Effects& effects);
void Demand(const OperationContext& context, const v1::SuspendBinding& request, const StateView& view,
            Demands& demands);
void Check(const OperationContext& context, const v1::SuspendBinding& request, const StateView& view, Reasons& reasons);
void Apply(const OperationContext& context, const v1::SuspendBinding& request, StateTransaction& state,
           Effects& effects);
void Demand(const OperationContext& context, const v1::ResumeBinding& request, const StateView& view, Demands& demands);
void Check(const OperationContext& context, const v1::ResumeBinding& request, const StateView& view, Reasons& reasons);
void Apply(const OperationContext& context, const v1::ResumeBinding& request, StateTransaction& state,
           Effects& effects);

// --- cases.cc ---
void Demand(const OperationContext& context, const v1::AssignCase& request, const StateView& view, Demands& demands);
void Check(const OperationContext& context, const v1::AssignCase& request, const StateView& view, Reasons& reasons);
void Apply(const OperationContext& context, const v1::AssignCase& request, StateTransaction& state, Effects& effects);
void Demand(const OperationContext& context, const v1::RecommendCase& request, const StateView& view, Demands& demands);
void Check(const OperationContext& context, const v1::RecommendCase& request, const StateView& view, Reasons& reasons);
void Apply(const OperationContext& context, const v1::RecommendCase& request, StateTransaction& state,
           Effects& effects);
void Demand(const OperationContext& context, const v1::DecideCase& request, const StateView& view, Demands& demands);
void Check(const OperationContext& context, const v1::DecideCase& request, const StateView& view, Reasons& reasons);
void Apply(const OperationContext& context, const v1::DecideCase& request, StateTransaction& state, Effects& effects);

}  // namespace causeway::policy

#endif  // CAUSEWAY_CONTRACTS_POLICY_RULES_H_

// SPDX-License-Identifier: Apache-2.0
#include "node/api/submission.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

#include "contracts/parties/parties.h"
#include "ledger/base/status.h"
#include "ledger/state/view.h"
#include "node/api/api_server.h"
#include "node/api/errors.h"
#include "node/api/redaction.h"
#include "node/ledger/admission.h"

namespace causeway::api {
namespace {

// How often a waiting call looks whether its client is gone.
constexpr absl::Duration kLook = absl::Milliseconds(500);
// A dry run of so many operations counts as one call more.
constexpr uint32_t kDryOperationsPerCall = 16;

Reader ReaderOf(const Caller& caller) {
  return {caller.party, caller.roles};
}

absl::Status MempoolFull(const absl::Status& status) {
  return RetryAfter(ApiError(absl::StatusCode::kResourceExhausted, v1::API_REASON_MEMPOOL_FULL,
                             absl::StrCat(std::string(status.message()), "; send the same bytes again later")),
                    absl::Seconds(1));
}

}  // namespace

bool Submission::IsOwn(const Caller& caller, const chain::Transaction& transaction,
                       const state::StateView& view) const {
  if (caller.party == transaction.party()) return true;
  return std::any_of(transaction.key_ids.begin(), transaction.key_ids.end(), [&](const KeyId& key) {
    const std::optional<parties::KeyHolder> holder = parties::HolderOf(view, key);
    return holder && holder->party == caller.party;
  });
}

absl::Status Submission::Refused(const Caller& caller, const std::string& envelope,
                                 const chain::Invalid& invalid) const {
  ErrorMetadata more;
  if (invalid.reason == v1::LEDGER_REASON_EXPIRED) {
    // Whether it took effect while it was valid is the first question then.
    const execution::ChainParameters& chain = parts_.ledger->chain();
    const auto transaction =
        chain::DecodeEnvelope(envelope, chain.chain_id, chain.genesis.limits(), chain.genesis.protocol_version());
    if (transaction.ok()) {
      CAUSEWAY_ASSIGN_OR_RETURN(const auto receipt, ReceiptOf(caller, (*transaction)->id));
      more.emplace_back("took_effect", receipt ? "true" : "unknown");
      if (receipt) more.emplace_back("height", absl::StrCat(receipt->receipt().height()));
    }
  }
  return RefusalOf(invalid, more);
}

absl::StatusOr<std::optional<v1::TransactionReceipt>> Submission::ReceiptOf(const Caller& caller,
                                                                            const Hash& id) const {
  const std::shared_ptr<const node_ledger::Head> head = parts_.ledger->head();
  const ReadRules rules(ReaderOf(caller), *head->view, parts_.ledger->chain());
  const absl::StatusOr<store::Place> place = parts_.ledger->store().FindTransaction(id);
  if (absl::IsNotFound(place.status())) return std::optional<v1::TransactionReceipt>();
  if (!place.ok()) return place.status();
  // Written, and not published to readers yet.
  if (place->height.value() > head->header.height()) return std::optional<v1::TransactionReceipt>();
  absl::StatusOr<ReceiptView> view = ReadReceipt(*parts_.ledger, rules, id);
  if (absl::IsNotFound(view.status())) return std::optional<v1::TransactionReceipt>();
  if (!view.ok()) return view.status();
  return std::optional<v1::TransactionReceipt>(std::move(view->receipt));
}

absl::Status Submission::ShutOut(const chain::Transaction& transaction) const {
  CAUSEWAY_ASSIGN_OR_RETURN(const std::optional<execution::ConsumedId> taker,
                            node_ledger::TakerOfId(*parts_.ledger, transaction, parts_.block_time_now()));
  if (!taker || taker->transaction_id == transaction.id) return absl::OkStatus();
  return RefusalOf({v1::LEDGER_REASON_ID_USED, {absl::StrCat(taker->height), absl::StrCat(taker->index)}});
}

absl::StatusOr<v1::SubmitTransactionResponse> Submission::Submit(const Caller& caller, const std::string& envelope) {
  node_ledger::NodeLedger& ledger = *parts_.ledger;
  const std::shared_ptr<const node_ledger::Head> head = ledger.head();
  const Instant now = node_ledger::AdmissionTime(parts_.block_time_now(), *head);
  CAUSEWAY_ASSIGN_OR_RETURN(const execution::Admission admission,
                            ledger.executor().Admit(*head->view, envelope, now, &ledger.signatures()));
  if (admission.invalid) return Refused(caller, envelope, *admission.invalid);
  const chain::Transaction& transaction = *admission.transaction;
  if (!IsOwn(caller, transaction, *head->view))
    return ApiError(absl::StatusCode::kPermissionDenied, v1::API_REASON_NOT_YOUR_TRANSACTION,
                    absl::StrCat("a transaction of ", transaction.party(), " that no key of ", caller.party,
                                 " signed is not for ", caller.party, " to submit"));
  v1::SubmitTransactionResponse response;
  response.set_transaction_id(transaction.id.ToString());
  if (!admission.used) {
    const absl::StatusOr<bool> added =
        node_ledger::AddAdmitted(ledger, *parts_.mempool, parts_.block_time_now(), admission.transaction, {});
    if (absl::IsAlreadyExists(added.status())) {
      CAUSEWAY_RETURN_IF_ERROR(ShutOut(transaction));
      return RefusalOf({v1::LEDGER_REASON_ID_USED, {}}, {{"waiting", "true"}});
    }
    if (absl::IsResourceExhausted(added.status())) return MempoolFull(added.status());
    if (!added.ok()) return added.status();
    if (*added && parts_.gossip) parts_.gossip({envelope});
  }
  CAUSEWAY_ASSIGN_OR_RETURN(std::optional<v1::TransactionReceipt> receipt, ReceiptOf(caller, transaction.id));
  response.set_state(receipt || admission.used ? v1::TRANSACTION_STATE_FINAL : v1::TRANSACTION_STATE_PENDING);
  if (receipt) *response.mutable_receipt() = *std::move(receipt);
  return response;
}

absl::StatusOr<v1::GetReceiptResponse> Submission::GetReceipt(const Caller& caller,
                                                              const v1::GetReceiptRequest& request,
                                                              const std::function<bool()>& is_cancelled) {
  const std::optional<Hash> id = Hash::FromBytes(request.transaction_id());
  if (!id) return FieldError("transaction_id", "takes 32 bytes, the SHA-256 of the body");
  if (request.wait_ms() > kReceiptWaitMsMax)
    return FieldError("wait_ms", absl::StrCat("takes at most ", kReceiptWaitMsMax));
  const absl::Time deadline = absl::Now() + absl::Milliseconds(request.wait_ms());
  std::optional<Finality::Place> place;
  // The caller's own, as it was last seen waiting.
  mempool::Mempool::TransactionPtr waited;
  v1::GetReceiptResponse response;
  for (;;) {
    // The height is read first, so that no block passes between the look and the wait; the mempool before the receipt,
    // since a transaction leaves it after its block is readable.
    const Height seen = parts_.finality->height();
    const mempool::Mempool::TransactionPtr waits = parts_.mempool->Find(*id);
    CAUSEWAY_ASSIGN_OR_RETURN(std::optional<v1::TransactionReceipt> receipt, ReceiptOf(caller, *id));
    response.set_state(receipt ? v1::TRANSACTION_STATE_FINAL
                               : (waits ? v1::TRANSACTION_STATE_PENDING : v1::TRANSACTION_STATE_UNKNOWN));
    if (receipt) *response.mutable_receipt() = *std::move(receipt);
    if (response.has_receipt()) return response;
    if (waits && IsOwn(caller, *waits, *parts_.ledger->head()->view)) waited = waits;
    // It can have no receipt any more, so waiting on is of no use.
    if (!waits && waited) CAUSEWAY_RETURN_IF_ERROR(ShutOut(*waited));
    if (absl::Now() >= deadline) return response;
    if (is_cancelled()) return absl::CancelledError("the caller has gone");
    if (parts_.finality->stopped())
      return ApiError(absl::StatusCode::kUnavailable, v1::API_REASON_STOPPING, "the node stops; ask another one");
    if (!place) {
      CAUSEWAY_ASSIGN_OR_RETURN(Finality::Place taken, parts_.finality->Take(caller.party));
      place.emplace(std::move(taken));
    }
    parts_.finality->WaitAbove(seen, std::min(deadline, absl::Now() + kLook));
  }
}

absl::StatusOr<v1::DryRunTransactionResponse> Submission::DryRun(const Caller& caller, const std::string& envelope) {
  node_ledger::NodeLedger& ledger = *parts_.ledger;
  const execution::ChainParameters& chain = ledger.chain();
  const auto decoded = chain::DecodeEnvelope(envelope, chain.chain_id, chain.genesis.limits(),
                                             chain.genesis.protocol_version(), chain::SignaturePresence::kOptional);
  if (!decoded.ok()) return RefusalOf(decoded.invalid());
  const chain::Transaction& transaction = **decoded;
  if (transaction.party() != caller.party)
    return ApiError(
        absl::StatusCode::kPermissionDenied, v1::API_REASON_NOT_YOUR_TRANSACTION,
        absl::StrCat("what a transaction of ", transaction.party(), " would do is not for ", caller.party, " to know"));
  if (absl::Status status = parts_.gate->Charge(caller, transaction.operation_count() / kDryOperationsPerCall);
      !status.ok())
    return status;
  const std::shared_ptr<const node_ledger::Head> head = ledger.head();
  CAUSEWAY_ASSIGN_OR_RETURN(const execution::DryRunResult dry,
                            ledger.executor().DryRun(head->AsParent(), transaction,
                                                     node_ledger::AdmissionTime(parts_.block_time_now(), *head)));
  if (dry.invalid) return RefusalOf(*dry.invalid);
  v1::DryRunTransactionResponse response;
  response.set_height(head->header.height());
  response.set_unsigned_(transaction.signatures.empty());
  const ReadRules rules(ReaderOf(caller), *head->view, chain);
  const BlockRedaction redaction(rules, ledger.registry(), ledger.store(), Height(head->header.height()), *head->view,
                                 *head->view);
  for (const v1::OperationResult& result : dry.results) {
    std::optional<BlockRedaction::Shown> shown = redaction.Redact(result, transaction.party());
    if (!shown) continue;
    // Nothing of it is stored, so its hash leads nowhere.
    shown->result.clear_restricted_hashes();
    *response.add_results() = std::move(shown->result);
  }
  return response;
}

}  // namespace causeway::api

// SPDX-License-Identifier: Apache-2.0
#include "node/api/caller.h"

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

#include "contracts/parties/parties.h"
#include "ledger/base/status.h"
#include "ledger/crypto/x509.h"

namespace causeway::api {

const std::vector<MethodRule>& MethodRules() {
  static const std::vector<MethodRule>* const kRules = new std::vector<MethodRule>{
      {"/causeway.v1.SubmissionService/SubmitTransaction", true, false},
      {"/causeway.v1.SubmissionService/GetReceipt", true, false},
      {"/causeway.v1.SubmissionService/DryRunTransaction", true, false},
      {"/causeway.v1.QueryService/GetRecord", true, false},
      {"/causeway.v1.QueryService/ListRecords", true, false},
      {"/causeway.v1.QueryService/WatchEvents", true, false},
      {"/causeway.v1.QueryService/GetBlock", true, false},
      {"/causeway.v1.NodeService/GetStatus", true, true},
      {"/causeway.v1.NodeService/GetGenesis", true, true},
      {"/causeway.v1.NodeService/SetClock", false, true},
  };
  return *kRules;
}

bool Gate::Allows(absl::string_view method, Listener listener) {
  for (const MethodRule& rule : MethodRules()) {
    if (method == rule.method) return listener == Listener::kClients ? rule.clients : rule.operators;
  }
  return false;
}

absl::StatusOr<Caller> Gate::Enter(const grpc::ServerContext& context, absl::string_view method, Listener listener) {
  if (!Allows(method, listener))
    return Deny(absl::PermissionDeniedError(listener == Listener::kClients
                                                ? "this method is for the machine's operators, on their own listener"
                                                : "this method is for the parties' clients, on their own listener"),
                method, context);
  if (listener == Listener::kOperators) return Caller{Listener::kOperators, "", KeyId::Zero(), {}};
  absl::StatusOr<Caller> caller = Identify(context);
  if (!caller.ok()) return Deny(caller.status(), method, context);
  if (const absl::Status taken = TakeCall(caller->party); !taken.ok()) return Deny(taken, method, context);
  return caller;
}

absl::StatusOr<Caller> Gate::Identify(const grpc::ServerContext& context) const {
  const std::shared_ptr<const grpc::AuthContext> auth = context.auth_context();
  if (!auth || !auth->IsPeerAuthenticated())
    return absl::UnauthenticatedError("a client shows a certificate that the network's authority has signed");
  const std::vector<grpc::string_ref> pem = auth->FindPropertyValues("x509_pem_cert");
  if (pem.empty()) return absl::UnauthenticatedError("the client's certificate cannot be read");
  const absl::StatusOr<crypto::CertificateInfo> certificate =
      crypto::ParseCertificate(absl::string_view(pem.front().data(), pem.front().size()));
  if (!certificate.ok()) return absl::UnauthenticatedError(certificate.status().message());
  const std::shared_ptr<const node_ledger::Head> head = ledger_.head();
  const std::optional<parties::KeyHolder> holder = parties::HolderOf(*head->view, certificate->key_id);
  if (!holder)
    return absl::UnauthenticatedError(
        absl::StrCat("the certificate's key ", certificate->key_id.ToHex(), " is registered for no party"));
  const Instant now = Instant::FromMicros(head->header.time_us());
  if (!ledger_.registry().authority->ResolveKey(*head->view, holder->party, certificate->key_id, now))
    return absl::UnauthenticatedError(absl::StrCat("the certificate's key ", certificate->key_id.ToHex(), " of ",
                                                   holder->party,
                                                   " does not sign now: revoked, not valid, or its party not active"));
  return Caller{Listener::kClients, holder->party, certificate->key_id, holder->roles};
}

absl::Status Gate::TakeCall(const std::string& party) {
  const int64_t now_us = absl::GetCurrentTimeNanos() / 1000;
  absl::MutexLock lock(&mutex_);
  Bucket& bucket = buckets_.try_emplace(party, Bucket{static_cast<double>(limit_.burst), now_us}).first->second;
  const double filled = static_cast<double>(std::max<int64_t>(now_us - bucket.filled_us, 0)) / 1e6;
  bucket.calls = std::min<double>(bucket.calls + filled * limit_.calls_per_second, limit_.burst);
  bucket.filled_us = now_us;
  if (bucket.calls < 1)
    return absl::ResourceExhaustedError(
        absl::StrCat("more than ", limit_.calls_per_second, " calls a second by ", party, ": wait and call again"));
  bucket.calls -= 1;
  return absl::OkStatus();
}

absl::Status Gate::Deny(absl::Status status, absl::string_view method, const grpc::ServerContext& context) const {
  if (log_) log_(absl::StrCat("denied: ", method, " to ", context.peer(), ": ", status.message()));
  return status;
}

}  // namespace causeway::api

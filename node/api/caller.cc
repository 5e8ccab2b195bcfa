// SPDX-License-Identifier: Apache-2.0
#include "node/api/caller.h"

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

#include "contracts/parties/parties.h"
#include "ledger/base/status.h"
#include "ledger/crypto/x509.h"
#include "ledger/state/view.h"
#include "node/api/errors.h"

namespace causeway::api {
namespace {

// More certificates than this at a time are read anew.
constexpr size_t kCertificatesMax = 4'096;

int64_t MachineMonotonicUs() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

}  // namespace

Gate::Gate(const node_ledger::NodeLedger& ledger, RateLimit limit, std::function<Instant()> block_time_now,
           std::function<void(const std::string&)> log, std::function<int64_t()> monotonic_us)
    : ledger_(ledger),
      limit_(limit),
      block_time_now_(std::move(block_time_now)),
      log_(std::move(log)),
      monotonic_us_(monotonic_us ? std::move(monotonic_us) : MachineMonotonicUs) {}

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
    return Deny(
        ApiError(absl::StatusCode::kPermissionDenied, v1::API_REASON_METHOD_DENIED,
                 listener == Listener::kClients ? "this method is for the machine's operators, on their own listener"
                                                : "this method is for the parties' clients, on their own listener"),
        method, context);
  if (listener == Listener::kOperators) return Caller{Listener::kOperators, "", KeyId::Zero(), {}};
  absl::StatusOr<Caller> caller = Identify(context);
  if (!caller.ok()) return Deny(caller.status(), method, context);
  if (const absl::Status taken = Charge(*caller, 1); !taken.ok()) return Deny(taken, method, context);
  return caller;
}

absl::StatusOr<KeyId> Gate::KeyOf(const std::string& certificate) {
  {
    absl::MutexLock lock(&mutex_);
    if (const auto found = keys_.find(certificate); found != keys_.end()) return found->second;
  }
  const absl::StatusOr<crypto::CertificateInfo> info = crypto::ParseCertificate(certificate);
  if (!info.ok())
    return ApiError(
        absl::StatusCode::kUnauthenticated, v1::API_REASON_NO_CERTIFICATE,
        absl::StrCat("the client's certificate is over no Ed25519 or P-256 key: ", info.status().message()));
  absl::MutexLock lock(&mutex_);
  if (keys_.size() >= kCertificatesMax) keys_.clear();
  keys_.emplace(certificate, info->key_id);
  return info->key_id;
}

absl::StatusOr<Caller> Gate::Identify(const grpc::ServerContext& context) try {
  const std::shared_ptr<const grpc::AuthContext> auth = context.auth_context();
  std::vector<grpc::string_ref> pem;
  if (auth && auth->IsPeerAuthenticated()) pem = auth->FindPropertyValues("x509_pem_cert");
  if (pem.empty())
    return ApiError(absl::StatusCode::kUnauthenticated, v1::API_REASON_NO_CERTIFICATE,
                    "a client shows a certificate that the network's authority has signed");
  CAUSEWAY_ASSIGN_OR_RETURN(const KeyId key, KeyOf(std::string(pem.front().data(), pem.front().size())));
  const std::shared_ptr<const node_ledger::Head> head = ledger_.head();
  const std::optional<parties::KeyHolder> holder = parties::HolderOf(*head->view, key);
  const ErrorMetadata metadata = {{"key", key.ToHex()}};
  if (!holder)
    return ApiError(absl::StatusCode::kUnauthenticated, v1::API_REASON_KEY_UNKNOWN,
                    absl::StrCat("the certificate's key ", key.ToHex(), " is registered for no party"), metadata);
  const std::optional<v1::Party> party = parties::FindParty(*head->view, holder->party);
  if (!party || party->status() != v1::PARTY_STATUS_ACTIVE)
    return ApiError(absl::StatusCode::kPermissionDenied, v1::API_REASON_PARTY_NOT_ACTIVE,
                    absl::StrCat(holder->party, " does not take part now"), metadata);
  const Instant now = std::max(block_time_now_(), Instant::FromMicros(head->header.time_us()));
  if (!ledger_.registry().authority->ResolveKey(*head->view, holder->party, key, now) || holder->roles.empty())
    return ApiError(absl::StatusCode::kUnauthenticated, v1::API_REASON_KEY_NOT_ACTIVE,
                    absl::StrCat("the certificate's key ", key.ToHex(), " of ", holder->party,
                                 " does not sign now: revoked, not in its time, or its holder has no role"),
                    metadata);
  return Caller{Listener::kClients, holder->party, key, holder->roles};
} catch (const state::HostFailure& failure) {
  return failure.status();
}

Gate::Bucket& Gate::BucketOf(const std::string& party) {
  const int64_t now_us = monotonic_us_();
  Bucket& bucket = buckets_.try_emplace(party, Bucket{static_cast<double>(limit_.burst), now_us}).first->second;
  const double filled = static_cast<double>(std::max<int64_t>(now_us - bucket.filled_us, 0)) / 1e6;
  bucket.calls = std::min<double>(bucket.calls + filled * limit_.calls_per_second, limit_.burst);
  bucket.filled_us = std::max(bucket.filled_us, now_us);
  return bucket;
}

absl::Status Gate::Charge(const Caller& caller, uint32_t calls) {
  if (caller.listener == Listener::kOperators) return absl::OkStatus();
  const double wanted = std::min(calls, limit_.burst);
  absl::MutexLock lock(&mutex_);
  Bucket& bucket = BucketOf(caller.party);
  if (bucket.calls < wanted)
    return RetryAfter(ApiError(absl::StatusCode::kResourceExhausted, v1::API_REASON_RATE_LIMIT,
                               absl::StrCat("more than ", limit_.calls_per_second, " calls a second by ", caller.party,
                                            ": wait and call again")),
                      absl::Seconds((wanted - bucket.calls) / limit_.calls_per_second));
  bucket.calls -= wanted;
  return absl::OkStatus();
}

void Gate::Owe(const std::string& party, uint64_t calls) {
  absl::MutexLock lock(&mutex_);
  Bucket& bucket = BucketOf(party);
  bucket.calls = std::max(bucket.calls - static_cast<double>(calls), -static_cast<double>(limit_.burst));
}

absl::Status Gate::Deny(absl::Status status, absl::string_view method, const grpc::ServerContext& context) const {
  if (log_) log_(absl::StrCat("denied: ", method, " to ", context.peer(), ": ", MessageOf(status)));
  return status;
}

}  // namespace causeway::api

// SPDX-License-Identifier: Apache-2.0
#include "node/api/call_counter.h"

#include <grpcpp/grpcpp.h>
#include <grpcpp/support/server_interceptor.h>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "node/api/caller.h"

namespace causeway::api {
namespace {

using OnHandled = std::function<void(const std::string&, const std::string&, const std::string&)>;
using grpc::experimental::InterceptionHookPoints;

class Counter final : public grpc::experimental::Interceptor {
 public:
  Counter(const OnHandled& on_handled, std::string service, std::string method)
      : on_handled_(on_handled), service_(std::move(service)), method_(std::move(method)) {}

  void Intercept(grpc::experimental::InterceptorBatchMethods* methods) override {
    if (methods->QueryInterceptionHookPoint(InterceptionHookPoints::PRE_SEND_STATUS))
      on_handled_(service_, method_, NameOfCode(methods->GetSendStatus().error_code()));
    methods->Proceed();
  }

 private:
  const OnHandled& on_handled_;
  const std::string service_;
  const std::string method_;
};

class CounterFactory final : public grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  explicit CounterFactory(OnHandled on_handled) : on_handled_(std::move(on_handled)) {}

  grpc::experimental::Interceptor* CreateServerInterceptor(grpc::experimental::ServerRpcInfo* info) override {
    // "/causeway.v1.QueryService/GetRecord".
    const std::string path = info->method() == nullptr ? "" : info->method();
    const size_t slash = path.rfind('/');
    // Names that a caller made up must not become labels.
    const bool known = path == "/grpc.health.v1.Health/Check" || path == "/grpc.health.v1.Health/Watch" ||
                       std::any_of(MethodRules().begin(), MethodRules().end(),
                                   [&](const MethodRule& rule) { return path == rule.method; });
    if (!known) return new Counter(on_handled_, "unknown", "unknown");
    return new Counter(on_handled_, path.substr(1, slash - 1), path.substr(slash + 1));
  }

 private:
  const OnHandled on_handled_;
};

}  // namespace

std::string NameOfCode(int code) {
  static const std::vector<std::string>* const kNames = new std::vector<std::string>{
      "OK",        "CANCELLED",      "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
      "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
      "ABORTED",   "OUT_OF_RANGE",   "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",
      "DATA_LOSS", "UNAUTHENTICATED"};
  return code >= 0 && static_cast<size_t>(code) < kNames->size() ? (*kNames)[static_cast<size_t>(code)] : "UNKNOWN";
}

void CountCalls(grpc::ServerBuilder& builder, OnHandled on_handled) {
  std::vector<std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>> factories;
  factories.push_back(std::make_unique<CounterFactory>(std::move(on_handled)));
  builder.experimental().SetInterceptorCreators(std::move(factories));
}

}  // namespace causeway::api

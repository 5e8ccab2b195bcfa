// SPDX-License-Identifier: Apache-2.0
// Tells of every call that a server has answered, whatever came of it.
#ifndef CAUSEWAY_NODE_API_CALL_COUNTER_H_
#define CAUSEWAY_NODE_API_CALL_COUNTER_H_

#include <functional>
#include <string>

#include "absl/strings/string_view.h"

namespace grpc {
class ServerBuilder;
}

namespace causeway::api {

// "NOT_FOUND" of 5; "UNKNOWN" of what is none.
std::string NameOfCode(int code);

// `on_handled`: of the schema's methods and health's; called on threads of the server, until it has ended.
void CountCalls(
    grpc::ServerBuilder& builder,
    std::function<void(const std::string& service, const std::string& method, const std::string& code)> on_handled);

}  // namespace causeway::api

#endif  // CAUSEWAY_NODE_API_CALL_COUNTER_H_

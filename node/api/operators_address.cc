// SPDX-License-Identifier: Apache-2.0
#include "node/api/operators_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <cstdint>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace causeway::api {

absl::Status CheckOperatorsAddress(const std::string& address) {
  if (absl::StartsWith(address, "unix:/")) return absl::OkStatus();
  const size_t colon = address.rfind(':');
  uint32_t port = 0;
  bool own = false;
  if (colon != std::string::npos && absl::SimpleAtoi(address.substr(colon + 1), &port) && port <= 65'535) {
    const std::string host = address.substr(0, colon);
    in_addr v4{};
    own = host == "[::1]" || (inet_pton(AF_INET, host.c_str(), &v4) == 1 && (ntohl(v4.s_addr) >> 24) == 127);
  }
  if (own) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("operators' address \"", address,
                   "\": takes 127.0.0.1:PORT, [::1]:PORT or unix:/PATH, since whoever reaches it commands the node"));
}

}  // namespace causeway::api

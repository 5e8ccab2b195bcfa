// SPDX-License-Identifier: Apache-2.0
#include "node/layout/ports.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <random>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"

namespace causeway::layout {
namespace {

constexpr uint16_t kLowest = 10'000;
constexpr uint16_t kUsualEphemeral = 32'768;

// The first port that the system gives to outgoing connections.
uint16_t FirstEphemeral() {
  std::ifstream range("/proc/sys/net/ipv4/ip_local_port_range");
  uint32_t first = 0;
  if (!(range >> first) || first <= kLowest + 1'000u || first > 65'535u) return kUsualEphemeral;
  return static_cast<uint16_t>(first);
}

// A socket that holds the port; -1 where it is taken.
int Hold(uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_ANY);
  address.sin_port = htons(port);
  if (fd >= 0 && bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0) return fd;
  if (fd >= 0) close(fd);
  return -1;
}

}  // namespace

absl::StatusOr<std::vector<uint16_t>> FreePorts(size_t count) {
  std::random_device device;
  std::mt19937 random(device());
  std::uniform_int_distribution<uint32_t> pick(kLowest, FirstEphemeral() - 1u);
  std::vector<uint16_t> ports;
  std::vector<int> held;
  const absl::Cleanup closing = [&held] {
    for (const int fd : held) close(fd);
  };
  for (size_t tries = 0; ports.size() < count && tries < 200 + 20 * count; ++tries) {
    const uint16_t port = static_cast<uint16_t>(pick(random));
    if (const int fd = Hold(port); fd >= 0) {
      held.push_back(fd);
      ports.push_back(port);
    }
  }
  if (ports.size() < count)
    return absl::UnavailableError(absl::StrCat("found only ", ports.size(), " of ", count, " free TCP ports"));
  return ports;
}

}  // namespace causeway::layout

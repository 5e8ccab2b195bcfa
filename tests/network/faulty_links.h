// SPDX-License-Identifier: Apache-2.0
// What lies between the nodes of a network, and can go wrong: each ordered pair of nodes has a port of its own, and
// what goes through is delayed, held back, cut or reset as the test says. A validator sends to a peer over connections
// that it opened itself, so a link is one direction of the protocol.
//
// TLS goes through unread. Thread safety: any thread; one of its own moves the bytes.
#ifndef CAUSEWAY_TESTS_NETWORK_FAULTY_LINKS_H_
#define CAUSEWAY_TESTS_NETWORK_FAULTY_LINKS_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace causeway::testing {

class FaultyLinks {
 public:
  // Where each node listens for its peers, "127.0.0.1:port"; nodes are numbered from 1.
  explicit FaultyLinks(const std::vector<std::string>& nodes);
  ~FaultyLinks();
  FaultyLinks(const FaultyLinks&) = delete;
  FaultyLinks& operator=(const FaultyLinks&) = delete;

  // Where `from` reaches `to`.
  std::string AddressOf(uint32_t from, uint32_t to) const;

  // One way, on every link from now on.
  void Delay(absl::Duration one_way);
  // The link's connections are reset, and no further one comes to be.
  void Cut(uint32_t from, uint32_t to);
  // Both ways between each of these and each of the others.
  void CutOff(const std::vector<uint32_t>& nodes);
  // Connections stay, and nothing arrives until they are healed.
  void Stall(uint32_t from, uint32_t to);
  // Open connections are reset; further ones are as before.
  void ResetAll();
  // Nothing is cut or stalled any more. The delay stays.
  void Heal();

  // Bytes that have arrived, on all links.
  uint64_t bytes() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace causeway::testing

#endif  // CAUSEWAY_TESTS_NETWORK_FAULTY_LINKS_H_

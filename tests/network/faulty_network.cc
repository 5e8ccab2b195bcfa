// SPDX-License-Identifier: Apache-2.0
#include "tests/network/faulty_network.h"

#include <algorithm>
#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"

namespace causeway::testing {

const std::vector<Partition>& Partitions() {
  const auto every = [](void (FaultyLinks::*fault)(uint32_t, uint32_t), bool from, uint32_t node) {
    return [=](FaultyLinks& links) {
      for (uint32_t other = 1; other <= 4; ++other) {
        if (other != node) (links.*fault)(from ? node : other, from ? other : node);
      }
    };
  };
  static const std::vector<Partition> kPartitions = {
      {"one cut off", true, [](FaultyLinks& links) { links.CutOff({2}); }},
      {"two halves", false,
       [](FaultyLinks& links) {
         links.CutOff({1, 3});
       }},
      {"one that hears nobody", true, every(&FaultyLinks::Cut, false, 3)},
      {"one that reaches nobody", true, every(&FaultyLinks::Cut, true, 1)},
      {"two pairs that do not reach each other", true,
       [](FaultyLinks& links) {
         links.Cut(1, 3);
         links.Cut(3, 1);
         links.Cut(2, 4);
         links.Cut(4, 2);
       }},
      {"one whose links stall", true, every(&FaultyLinks::Stall, true, 4)},
      {"all links stalled", false,
       [every](FaultyLinks& links) {
         for (uint32_t node = 1; node <= 4; ++node) every(&FaultyLinks::Stall, true, node)(links);
       }},
  };
  return kPartitions;
}

void FaultyNetwork::StartBehindLinks() {
  LayOut(4);
  std::vector<std::string> peers;
  for (const layout::NodePlace& node : network_.nodes) peers.push_back(node.peers);
  links_ = std::make_unique<FaultyLinks>(peers);
  for (uint32_t from = 1; from <= size(); ++from) {
    std::ostringstream text;
    text << std::ifstream(network_.nodes[from - 1].config_file).rdbuf();
    std::string config = text.str();
    for (uint32_t to = 1; to <= size(); ++to) {
      if (to != from) EXPECT_EQ(absl::StrReplaceAll({{peers[to - 1], links_->AddressOf(from, to)}}, &config), 1);
    }
    std::ofstream(network_.nodes[from - 1].config_file, std::ios::trunc) << config;
  }
  StartAll();
  ASSERT_TRUE(UntilAllReady(1));
}

void FaultyNetwork::ExpectAllGoOn(const std::string& fault) {
  const absl::Time healed = absl::Now();
  uint64_t reached = 0;
  for (uint32_t node = 1; node <= size(); ++node) {
    const absl::StatusOr<v1::GetStatusResponse> status = StatusOf(node);
    if (status.ok()) reached = std::max(reached, status->final_height());
  }
  ASSERT_TRUE(UntilMore(1)) << fault;
  ASSERT_TRUE(UntilAllReady(reached + 1)) << fault;
  const int64_t took_ms = absl::ToInt64Milliseconds(absl::Now() - healed);
  printf("after %s: all are final above height %llu within %lld ms\n", fault.c_str(),
         static_cast<unsigned long long>(reached), static_cast<long long>(took_ms));
  RecordProperty("ms_after_" + absl::StrReplaceAll(fault, {{" ", "_"}}), static_cast<int>(took_ms));
}

}  // namespace causeway::testing

// SPDX-License-Identifier: Apache-2.0
// Every reason of every contract is produced by a test: the tests of all contracts run here once more and note what
// operations were refused for (tests/support/contract_fixture.h).

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

#include "contracts/registry.h"
#include "ledger/codec/json.h"

namespace causeway {
namespace {

std::vector<std::string> Programs() {
  return absl::StrSplit(CAUSEWAY_CONTRACT_TESTS, ' ', absl::SkipEmpty());
}

// What the tests of all contracts were refused for.
std::set<int> ProducedReasons() {
  const std::string file = absl::StrCat(::testing::TempDir(), "/causeway-reasons-", getpid());
  for (const std::string& program : Programs()) {
    const int status = std::system(
        absl::StrCat("CAUSEWAY_REASONS_FILE='", file, "' '", program, "' --gtest_brief=1 >/dev/null 2>&1").c_str());
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << program << " does not pass";
  }
  std::set<int> produced;
  std::ifstream in(file);
  for (int code = 0; in >> code;) produced.insert(code);
  std::remove(file.c_str());
  return produced;
}

TEST(Reasons, EveryContractIsAmongThoseAsked) {
  const std::vector<std::string> programs = Programs();
  const auto registry = MakeRegistry();
  for (const auto& contract : registry->contracts) {
    const std::string program = absl::StrCat("contracts_", contract->name(), "_test");
    EXPECT_THAT(programs, ::testing::Contains(::testing::EndsWith(program)));
  }
}

TEST(Reasons, EveryReasonIsProducedByATest) {
  const std::set<int> produced = ProducedReasons();
  const auto registry = MakeRegistry();
  std::vector<std::string> missing;
  for (const auto& contract : registry->contracts) {
    const google::protobuf::EnumDescriptor& reasons = *contract->reasons();
    for (int i = 0; i < reasons.value_count(); ++i) {
      const int number = reasons.value(i)->number();
      if (number != 0 && !produced.contains(number)) {
        missing.push_back(absl::StrCat(contract->name(), " ", number, " ", codec::ShortEnumName(reasons, number)));
      }
    }
  }
  EXPECT_TRUE(missing.empty()) << "no test produces:\n" << absl::StrJoin(missing, "\n");
}

}  // namespace
}  // namespace causeway

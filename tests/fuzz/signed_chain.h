// SPDX-License-Identifier: Apache-2.0
// One chain of purses, the same in every run, against which what verifies is judged. Its keys are known to no fuzzer,
// so whatever verifies and is not of this chain is a forgery.
#ifndef CAUSEWAY_TESTS_FUZZ_SIGNED_CHAIN_H_
#define CAUSEWAY_TESTS_FUZZ_SIGNED_CHAIN_H_

#include <cstdint>
#include <string>
#include <vector>

#include "tests/support/test_chain.h"

namespace causeway::testing {

// Six blocks after genesis, with refusals and due work.
inline const TestChain& SignedChain() {
  static const TestChain* const chain = [] {
    auto* made = new TestChain();
    for (int i = 0; i < 6; ++i) {
      std::vector<std::string> envelopes{
          made->Envelope({Fill(PurseId(1), 100 + static_cast<uint64_t>(i)), Empty(PurseId(2), 7'000)})};
      if (i % 3 == 0) envelopes.push_back(made->Envelope({Fill(PurseId(3), 5, "due:90:3")}));
      made->Append(envelopes, made->now_us() + 120'000'000);
    }
    return made;
  }();
  return *chain;
}

}  // namespace causeway::testing

#endif  // CAUSEWAY_TESTS_FUZZ_SIGNED_CHAIN_H_

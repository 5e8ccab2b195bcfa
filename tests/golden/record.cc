// SPDX-License-Identifier: Apache-2.0
// causeway_record_golden FILE: writes two dealing days of the ledger's test world.
#include <fstream>
#include <iostream>

#include "ledger/chain/block.h"
#include "ledger/chain/genesis.h"
#include "tests/golden/golden_file.h"
#include "tests/support/ledger_world.h"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "Example: causeway_record_golden tests/vectors/golden/protocol-1.chain\n";
    return 2;
  }
  causeway::testing::LedgerWorld world;
  world.LiveTwoDays(12);
  causeway::testing::GoldenChain chain{
      causeway::chain::EncodeGenesis(world.genesis()), world.confidentiality_key(), {}};
  for (size_t height = 1; height < world.blocks().size(); ++height)
    chain.blocks.push_back(causeway::chain::EncodeBlock(world.blocks()[height]->block));
  const std::string bytes = causeway::testing::EncodeGolden(chain);
  std::ofstream out(argv[1], std::ios::binary);
  out << bytes;
  if (!out.flush()) {
    std::cerr << "cannot write " << argv[1] << "\n";
    return 2;
  }
  std::cout << argv[1] << ": " << chain.blocks.size() << " blocks, " << world.applied() << " operations applied, "
            << world.refused() << " refused, " << world.due() << " pieces of due work, " << world.Decisions().size()
            << " decisions, " << bytes.size() << " bytes\n";
  return 0;
}

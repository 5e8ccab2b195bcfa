// SPDX-License-Identifier: Apache-2.0
// `causeway`: the command line.
#include <unistd.h>

#include <iostream>
#include <string>
#include <vector>

#include "node/cli/session.h"

int main(int argc, char** argv) {
  causeway::cli::Session session{
      .in = std::cin,
      .out = std::cout,
      .err = std::cerr,
      .err_is_terminal = isatty(STDERR_FILENO) == 1,
      .program = argc > 0 ? argv[0] : "causeway",
  };
  const int code =
      causeway::cli::RunCauseway(session, std::vector<std::string>(argv + (argc > 0 ? 1 : 0), argv + argc));
  std::cout.flush();
  // An answer that could not be written whole is no success. All of ours is closed here; gRPC ends its own threads
  // behind our back, and must not meet statics that are gone already: that would change how this ends.
  _exit(code == causeway::cli::kSuccess && !std::cout ? causeway::cli::kUsage : code);
}

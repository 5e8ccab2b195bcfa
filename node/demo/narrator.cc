// SPDX-License-Identifier: Apache-2.0
#include "node/demo/narrator.h"

#include <unistd.h>

#include <cstdio>

namespace causeway::demo {

Narrator::Narrator(bool step) : step_(step && isatty(STDIN_FILENO) != 0), terminal_(isatty(STDERR_FILENO) != 0) {}

void Narrator::Chapter(const std::string& title) {
  if (step_ && chapter_ > 0) {
    std::fprintf(stderr, "\n   return: go on ");
    for (int c = std::getchar(); c != '\n' && c != EOF; c = std::getchar()) {
    }
  }
  std::fprintf(stderr, "\n%2d  %s\n", ++chapter_, title.c_str());
}

void Narrator::Say(const std::string& line) {
  std::fprintf(stderr, "    %s\n", line.c_str());
}

void Narrator::Progress(const std::string& what, uint64_t done, uint64_t all) {
  if (!terminal_) return;
  std::fprintf(stderr, "\r    %s: %llu of %llu", what.c_str(), static_cast<unsigned long long>(done),
               static_cast<unsigned long long>(all));
  if (done >= all) std::fprintf(stderr, "\r\x1b[K");
  std::fflush(stderr);
}

}  // namespace causeway::demo

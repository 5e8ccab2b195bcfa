// SPDX-License-Identifier: Apache-2.0
// Tells the demo's story on standard error as it goes: chapters, what happened in them, and a progress line. Standard
// output is left to the summary.
#ifndef CAUSEWAY_NODE_DEMO_NARRATOR_H_
#define CAUSEWAY_NODE_DEMO_NARRATOR_H_

#include <cstdint>
#include <string>

namespace causeway::demo {

class Narrator {
 public:
  // `step`: wait for the return key before each chapter but the first.
  explicit Narrator(bool step);

  // "4  The cut-off": numbered by itself.
  void Chapter(const std::string& title);
  // One line of the chapter.
  void Say(const std::string& line);
  // Rewrites one line on a terminal; silent elsewhere. `done` of `all` ends the line.
  void Progress(const std::string& what, uint64_t done, uint64_t all);

 private:
  const bool step_;
  const bool terminal_;
  int chapter_ = 0;
};

}  // namespace causeway::demo

#endif  // CAUSEWAY_NODE_DEMO_NARRATOR_H_

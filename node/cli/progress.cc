// SPDX-License-Identifier: Apache-2.0
#include "node/cli/progress.h"

#include "absl/strings/str_cat.h"

#include "node/cli/table.h"

namespace causeway::cli {
namespace {

constexpr uint64_t kBarWidth = 20;

// `part` of `done` in `all`, without overflow for what can be counted.
uint64_t Share(uint64_t done, uint64_t all, uint64_t part) {
  if (all == 0 || done >= all) return part;
  return static_cast<uint64_t>(static_cast<double>(done) / static_cast<double>(all) * static_cast<double>(part));
}

}  // namespace

std::string ProgressLine(uint64_t done, uint64_t all, absl::string_view what) {
  const uint64_t filled = Share(done, all, kBarWidth);
  const std::string percent = absl::StrCat(Share(done, all, 100));
  return absl::StrCat("[", std::string(filled, '#'), std::string(kBarWidth - filled, '.'), "] ",
                      std::string(3 - percent.size(), ' '), percent, " %  ", what, " ", WithThousands(done), " of ",
                      WithThousands(all));
}

void ProgressBar::Show(uint64_t done, uint64_t all, absl::string_view what) {
  if (!session_.err_is_terminal) return;
  std::string line = ProgressLine(done, all, what);
  if (line == line_) return;
  const std::string rest(line_.size() > line.size() ? line_.size() - line.size() : 0, ' ');
  session_.err << "\r" << line << rest << std::flush;
  line_ = std::move(line);
}

void ProgressBar::Clear() {
  if (line_.empty()) return;
  session_.err << "\r" << std::string(line_.size(), ' ') << "\r" << std::flush;
  line_.clear();
}

}  // namespace causeway::cli

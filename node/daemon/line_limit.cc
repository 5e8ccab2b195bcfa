// SPDX-License-Identifier: Apache-2.0
#include "node/daemon/line_limit.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace causeway::daemon {
namespace {

constexpr int64_t kSecondUs = 1'000'000;

}  // namespace

std::optional<std::string> LineLimit::Pass(int64_t now_us, const std::string& text) {
  if (now_us >= counted_us_ + kSecondUs) {
    allowed_ = std::min(kBurst, allowed_ + static_cast<uint64_t>((now_us - counted_us_) / kSecondUs));
    counted_us_ = now_us;
  }
  if (allowed_ == 0) {
    ++left_out_;
    return std::nullopt;
  }
  --allowed_;
  const uint64_t left_out = std::exchange(left_out_, 0);
  return left_out == 0 ? text : absl::StrCat(text, " (", left_out, " lines of this kind were left out before)");
}

}  // namespace causeway::daemon

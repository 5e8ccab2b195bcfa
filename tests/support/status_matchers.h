// SPDX-License-Identifier: Apache-2.0
// Matchers for absl::Status and absl::StatusOr, for EXPECT_THAT:
//
//   EXPECT_THAT(store.Sync(), IsOk());
//   EXPECT_THAT(ParseDecimal("1.", 2), StatusIs(absl::StatusCode::kInvalidArgument, "not canonical"));
#ifndef CAUSEWAY_TESTS_SUPPORT_STATUS_MATCHERS_H_
#define CAUSEWAY_TESTS_SUPPORT_STATUS_MATCHERS_H_

#include <ostream>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"

namespace causeway {
namespace internal {

inline const absl::Status& StatusOf(const absl::Status& status) {
  return status;
}
template <typename T>
const absl::Status& StatusOf(const absl::StatusOr<T>& status_or) {
  return status_or.status();
}

class IsOkMatcher {
 public:
  using is_gtest_matcher = void;
  template <typename T>
  bool MatchAndExplain(const T& value, ::testing::MatchResultListener* listener) const {
    *listener << "which is " << StatusOf(value).ToString();
    return StatusOf(value).ok();
  }
  void DescribeTo(std::ostream* out) const { *out << "is OK"; }
  void DescribeNegationTo(std::ostream* out) const { *out << "is not OK"; }
};

class StatusIsMatcher {
 public:
  using is_gtest_matcher = void;
  StatusIsMatcher(absl::StatusCode code, std::string part) : code_(code), part_(std::move(part)) {}
  template <typename T>
  bool MatchAndExplain(const T& value, ::testing::MatchResultListener* listener) const {
    const absl::Status& status = StatusOf(value);
    *listener << "which is " << status.ToString();
    return status.code() == code_ && absl::StrContains(status.message(), part_);
  }
  void DescribeTo(std::ostream* out) const {
    *out << "is " << absl::StatusCodeToString(code_) << " with a message that contains \"" << part_ << '"';
  }
  void DescribeNegationTo(std::ostream* out) const {
    *out << "is not " << absl::StatusCodeToString(code_) << " with a message that contains \"" << part_ << '"';
  }

 private:
  absl::StatusCode code_;
  std::string part_;
};

}  // namespace internal

inline internal::IsOkMatcher IsOk() {
  return {};
}

// The code, and a part of the message (any message when empty).
inline internal::StatusIsMatcher StatusIs(absl::StatusCode code, std::string part = "") {
  return {code, std::move(part)};
}

}  // namespace causeway

#define CAUSEWAY_EXPECT_OK(expression) EXPECT_THAT((expression), ::causeway::IsOk())
#define CAUSEWAY_ASSERT_OK(expression) ASSERT_THAT((expression), ::causeway::IsOk())

#endif  // CAUSEWAY_TESTS_SUPPORT_STATUS_MATCHERS_H_

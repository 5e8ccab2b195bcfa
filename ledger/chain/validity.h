// SPDX-License-Identifier: Apache-2.0
//
// Why a transaction or a block is not valid at all: a number of the catalogue (causeway/v1/ledger_reason.proto) and the
// texts that a person needs. Such a verdict is the same on every node; it is neither a rejection with a receipt nor a
// host failure.

#ifndef CAUSEWAY_LEDGER_CHAIN_VALIDITY_H_
#define CAUSEWAY_LEDGER_CHAIN_VALIDITY_H_

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "causeway/v1/ledger_reason.pb.h"
#include "ledger/base/check.h"

namespace causeway::chain {

struct Invalid {
  v1::LedgerReason reason;
  // In the order that the catalogue states.
  std::vector<std::string> parameters;

  // "BAD_SIGNATURE (3b6a27bc…)": the reason's name without its prefix, and the parameters.
  std::string ToString() const;
};

// A value, or why there is none.
template <class T>
class [[nodiscard]] OrInvalid {
 public:
  OrInvalid(T value) : content_(std::move(value)) {}            // NOLINT: reads as a return value
  OrInvalid(Invalid invalid) : content_(std::move(invalid)) {}  // NOLINT
  bool ok() const { return content_.index() == 0; }
  // Checked.
  const T& value() const& {
    CAUSEWAY_CHECK(ok());
    return std::get<0>(content_);
  }
  T&& value() && {
    CAUSEWAY_CHECK(ok());
    return std::get<0>(std::move(content_));
  }
  const Invalid& invalid() const {
    CAUSEWAY_CHECK(!ok());
    return std::get<1>(content_);
  }
  const T* operator->() const { return &value(); }
  const T& operator*() const& { return value(); }

 private:
  std::variant<T, Invalid> content_;
};

}  // namespace causeway::chain

#endif  // CAUSEWAY_LEDGER_CHAIN_VALIDITY_H_

// SPDX-License-Identifier: Apache-2.0
// The two macros that absl::Status needs to read plainly. Debian 12's abseil has none; these are the only ones in the
// project.
//
//   CAUSEWAY_RETURN_IF_ERROR(store.Sync());
//   CAUSEWAY_ASSIGN_OR_RETURN(const Amount amount, ParseDecimal(text, 2));
//
// Both work in functions that return absl::Status or absl::StatusOr<T>. A type with a comma in it is written in
// parentheses or by `auto`.
#ifndef CAUSEWAY_LEDGER_BASE_STATUS_H_
#define CAUSEWAY_LEDGER_BASE_STATUS_H_

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace causeway {

// The same code with "context: " before the message; OK stays OK. For saying which file, field or peer an error is
// about.
absl::Status Annotate(const absl::Status& status, absl::string_view context);

}  // namespace causeway

#define CAUSEWAY_STATUS_CONCAT_INNER(a, b) a##b
#define CAUSEWAY_STATUS_CONCAT(a, b) CAUSEWAY_STATUS_CONCAT_INNER(a, b)

// Returns the status of `expression` from the enclosing function unless it is OK.
#define CAUSEWAY_RETURN_IF_ERROR(expression)             \
  do {                                                   \
    ::absl::Status causeway_status_ = (expression);      \
    if (!causeway_status_.ok()) return causeway_status_; \
  } while (false)

// Evaluates `expression`, an absl::StatusOr<T>; assigns its value to `target` (which may be a declaration) or returns
// its status.
#define CAUSEWAY_ASSIGN_OR_RETURN(target, expression) \
  CAUSEWAY_ASSIGN_OR_RETURN_INNER(CAUSEWAY_STATUS_CONCAT(causeway_status_or_, __LINE__), target, expression)
#define CAUSEWAY_ASSIGN_OR_RETURN_INNER(holder, target, expression) \
  auto holder = (expression);                                       \
  if (!holder.ok()) return std::move(holder).status();              \
  target = *std::move(holder)

#endif  // CAUSEWAY_LEDGER_BASE_STATUS_H_

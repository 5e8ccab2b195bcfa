// SPDX-License-Identifier: Apache-2.0
// Reason: why a rule said no. A number that is never reused (the <Contract>Reason enums of proto/causeway/v1) and the
// texts that a person needs to act on it: the limit, the amount, the code of the message. Reasons are recorded on the
// ledger, so their order is fixed.
//
// The numbers are grouped: ledger 1-99, parties 100, instruments 200, cash 300, transfers 400, dealing 500, settlement
// 600, distributions 700, policy 800, mandates 900, governance 1000. Their names come from the enums' descriptors
// (ledger/execution).
#ifndef CAUSEWAY_LEDGER_BASE_REASON_H_
#define CAUSEWAY_LEDGER_BASE_REASON_H_

#include <compare>
#include <cstdint>
#include <iosfwd>
#include <string>
#include <utility>
#include <vector>

namespace causeway {

struct Reason {
  uint32_t code;
  std::vector<std::string> parameters;

  // By code, then by parameters in order, as bytes.
  friend auto operator<=>(const Reason&, const Reason&) = default;
};

std::ostream& operator<<(std::ostream& out, const Reason& reason);

// What a check has to say: nothing (the operation is allowed), or every reason against it. Reads out sorted and without
// repetitions, whatever the order in which rules were asked.
class Reasons {
 public:
  Reasons() = default;

  // `code` is a value of a <Contract>Reason enum or its number; not zero (checked).
  void Add(uint32_t code, std::vector<std::string> parameters = {});
  template <typename Enum, typename = std::enable_if_t<std::is_enum_v<Enum>>>
  void Add(Enum code, std::vector<std::string> parameters = {}) {
    Add(static_cast<uint32_t>(code), std::move(parameters));
  }
  void Add(Reason reason);
  void AddAll(const Reasons& other);

  bool empty() const { return reasons_.empty(); }
  size_t size() const { return reasons_.size(); }
  bool Contains(uint32_t code) const;
  // Ascending by (code, parameters), unique.
  const std::vector<Reason>& sorted() const { return reasons_; }
  std::vector<Reason>::const_iterator begin() const { return reasons_.begin(); }
  std::vector<Reason>::const_iterator end() const { return reasons_.end(); }

  friend bool operator==(const Reasons&, const Reasons&) = default;

 private:
  std::vector<Reason> reasons_;  // kept sorted and unique
};

std::ostream& operator<<(std::ostream& out, const Reasons& reasons);

}  // namespace causeway

#endif  // CAUSEWAY_LEDGER_BASE_REASON_H_

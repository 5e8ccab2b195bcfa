// SPDX-License-Identifier: Apache-2.0
// Who reads what: the one rule for reading, listing, watching, receipts and proofs. What is not allowed here is denied.
//
//   every active party        reference data: parties, funds, classes, tokens, calendars, prices in force, pauses
//   a party                   what names it: its officers, keys, accounts, holdings, orders, bundles, receipts
//   who manages, administers  what concerns its classes; the issuer of a cash token likewise its token
//   or keeps a class
//   an operator               proposals, votes and grants, beside its own
//   a supervisor, an auditor  by its row of `grants`: its instruments (a fund covers its classes, an umbrella its
//                             funds), parties of its jurisdictions, within its heights; who is granted every instrument
//                             that there is reads blocks as they are, and so everything
//
// What is for compliance only is read by officers with the role COMPLY of a party that it names, and by supervisors and
// auditors. Rights are those of now, whatever height is read: who keeps a register today reads its past too.
//
// Thread safety: one object is one thread's. It holds references to the state given to it.
#ifndef CAUSEWAY_NODE_API_READ_RULES_H_
#define CAUSEWAY_NODE_API_READ_RULES_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

#include "causeway/v1/governance.pb.h"
#include "causeway/v1/parties.pb.h"
#include "ledger/base/identifiers.h"
#include "ledger/execution/contract.h"
#include "ledger/execution/record_kind.h"
#include "ledger/state/view.h"

namespace causeway::api {

// Who reads.
struct Reader {
  // LEI.
  std::string party;
  // What the officer who holds the certificate's key may sign for.
  std::vector<v1::OfficerRole> roles;
};

class ReadRules {
 public:
  // `now`: the newest final state; it must outlive the object.
  ReadRules(Reader reader, const state::StateView& now, const execution::ChainParameters& chain);

  // Whether the reader may see what concerns these, as at or in the block of a height.
  bool MayRead(const execution::Concerns& concerns, Height at) const;
  // Whether the reader's grant covers every instrument that there is, so that it reads blocks as they are.
  bool MayReadBlock(Height at) const;
  // Whether the reader is a party that takes part.
  bool is_active() const { return active_; }
  const Reader& reader() const { return reader_; }

 private:
  bool IsGranted(const execution::Concerns& concerns, Height at) const;
  bool IsWithinGrant(Height at) const;
  bool GrantCoversAll() const;
  bool GrantCovers(const std::string& instrument) const;
  bool GrantCoversParty(const std::string& lei) const;
  // Whether the party manages, administers, keeps or issues it.
  bool Serves(const std::string& instrument) const;

  const Reader reader_;
  const state::StateView& now_;
  bool active_ = false;
  bool operator_ = false;
  bool complies_ = false;
  std::optional<v1::Grant> grant_;
  // What was found out; the state does not change.
  mutable std::map<std::string, bool> served_;
  mutable std::map<std::string, bool> covered_;
  mutable std::map<std::string, bool> covered_parties_;
  mutable std::optional<bool> covers_all_;
};

}  // namespace causeway::api

#endif  // CAUSEWAY_NODE_API_READ_RULES_H_

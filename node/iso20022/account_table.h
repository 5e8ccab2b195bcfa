// SPDX-License-Identifier: Apache-2.0
// AccountTable: what an institution calls an account outside the ledger (a scheme's id, an IBAN) and what the ledger
// calls it. The table is the institution's own file and never leaves it: on the ledger an account is a pseudonym.
//
//   {"accounts": [{"external_id": "ORCHID-OMNIBUS", "account": "9c48…", "owner": "ORCHIDWEALTH00000024",
//                  "cash_accounts": [{"currency": "SGD", "account": "4c3e…", "token": "SGD.MERIDIAN", "external_id":
//                  "SG12…"}]}]}
//
// Invariants: external ids are 1 to 35 characters, unique among the accounts, and so are the accounts' own ids; those
// of one account's cash accounts are unique among them.
#ifndef CAUSEWAY_NODE_ISO20022_ACCOUNT_TABLE_H_
#define CAUSEWAY_NODE_ISO20022_ACCOUNT_TABLE_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "ledger/base/identifiers.h"

namespace causeway::iso20022 {

// A cash account that pays for an investment account, and is paid.
struct CashAccount {
  CurrencyCode currency;
  AccountId account;
  // The cash token that it holds.
  InstrumentId token;
  // Empty: known by its currency alone.
  std::string external_id;
};

struct InvestmentAccount {
  std::string external_id;
  AccountId account;
  Lei owner;
  std::vector<CashAccount> cash_accounts;
};

class AccountTable {
 public:
  // InvalidArgument with everything that is wrong, one a line, each with its place: `accounts[3].owner: …`.
  static absl::StatusOr<AccountTable> FromJson(absl::string_view json);
  // The same with the file's name; NotFound where it cannot be read.
  static absl::StatusOr<AccountTable> FromFile(const std::string& path);

  // Nothing where the table has no such account. Lives as long as the table.
  const InvestmentAccount* Find(absl::string_view external_id) const;
  const InvestmentAccount* Find(const AccountId& account) const;
  const std::vector<InvestmentAccount>& accounts() const { return accounts_; }

 private:
  explicit AccountTable(std::vector<InvestmentAccount> accounts);

  std::vector<InvestmentAccount> accounts_;
  std::map<std::string, size_t, std::less<>> by_external_id_;
  std::map<AccountId, size_t> by_account_;
};

}  // namespace causeway::iso20022

#endif  // CAUSEWAY_NODE_ISO20022_ACCOUNT_TABLE_H_

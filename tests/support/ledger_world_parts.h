// SPDX-License-Identifier: Apache-2.0
// What the two files of LedgerWorld share.
#ifndef CAUSEWAY_TESTS_SUPPORT_LEDGER_WORLD_PARTS_H_
#define CAUSEWAY_TESTS_SUPPORT_LEDGER_WORLD_PARTS_H_

#include <string>

#include "tests/support/contract_fixture.h"

namespace causeway::testing {

// What ContractFixture knows of its world, without running anything in it.
class FixtureWorld : public ContractFixture {
 public:
  using ContractFixture::ClassAccount;
  using ContractFixture::DealingDayOn;
  using ContractFixture::FundOf;
  using ContractFixture::kAdministrator;
  using ContractFixture::kAuditor;
  using ContractFixture::kBank;
  using ContractFixture::kFmco;
  using ContractFixture::kIntermediary;
  using ContractFixture::kInvestor;
  using ContractFixture::kInvestorAbroad;
  using ContractFixture::kOperators;
  using ContractFixture::kSupervisor;
  using ContractFixture::kTransferAgent;
  using ContractFixture::Officer;
  using ContractFixture::PartyRequest;
  using ContractFixture::PrivateKeyFor;
  using ContractFixture::ShareClassOf;
};

// The cash token.
inline constexpr char kWorldToken[] = "SGD.MERIDIAN";

inline AccountId WorldAccount(absl::string_view label) {
  return IdFor<AccountId>(label);
}

inline v1::Operation TransferBetween(absl::string_view from, absl::string_view to, const std::string& instrument,
                                     const std::string& amount) {
  v1::Operation operation;
  v1::Transfer* request = operation.mutable_transfers()->mutable_transfer();
  request->set_from(WorldAccount(from).ToString());
  request->set_to(WorldAccount(to).ToString());
  request->set_instrument(instrument);
  request->set_amount(amount);
  request->set_reference("between accounts");
  return operation;
}

}  // namespace causeway::testing

#endif  // CAUSEWAY_TESTS_SUPPORT_LEDGER_WORLD_PARTS_H_

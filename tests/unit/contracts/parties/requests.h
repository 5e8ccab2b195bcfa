// SPDX-License-Identifier: Apache-2.0
// Valid requests to the contract `parties`, for tests that break one thing each.

#ifndef CAUSEWAY_TESTS_UNIT_CONTRACTS_PARTIES_REQUESTS_H_
#define CAUSEWAY_TESTS_UNIT_CONTRACTS_PARTIES_REQUESTS_H_

#include <algorithm>
#include <string>
#include <vector>

#include "causeway/v1/operation.pb.h"
#include "contracts/parties/parties.h"
#include "tests/support/contract_fixture.h"

namespace causeway::testing {

class PartiesFixture : public ContractFixture {
 protected:
  static v1::Operation BindOfficerKey(const OfficerId& officer, const v1::NewKey& key) {
    v1::Operation operation;
    operation.mutable_parties()->mutable_bind_key()->set_officer_id(officer.ToString());
    *operation.mutable_parties()->mutable_bind_key()->mutable_key() = key;
    return operation;
  }
  static v1::Operation BindAgentKey(const v1::NewKey& key) {
    v1::Operation operation;
    operation.mutable_parties()->mutable_bind_key()->set_agent_id(IdFor<OfficerId>("robot").ToString());
    *operation.mutable_parties()->mutable_bind_key()->mutable_key() = key;
    return operation;
  }
  static v1::Operation RotateKey(const KeyId& old, const v1::NewKey& key, uint64_t old_valid_until_us = 0) {
    v1::Operation operation;
    v1::RotateKey* request = operation.mutable_parties()->mutable_rotate_key();
    request->set_key_id(old.ToString());
    request->set_old_valid_until_us(old_valid_until_us);
    *request->mutable_key() = key;
    return operation;
  }
  static v1::Operation RevokeKey(const KeyId& key) {
    v1::Operation operation;
    operation.mutable_parties()->mutable_revoke_key()->set_key_id(key.ToString());
    return operation;
  }
  static v1::Operation SetOfficer(const OfficerId& officer, const std::vector<v1::OfficerRole>& roles) {
    v1::Operation operation;
    operation.mutable_parties()->mutable_set_officer()->set_officer_id(officer.ToString());
    for (const v1::OfficerRole role : roles) operation.mutable_parties()->mutable_set_officer()->add_roles(role);
    return operation;
  }
  static v1::Operation SetRule(const std::string& kind, uint32_t required, const std::vector<OfficerId>& among = {}) {
    v1::Operation operation;
    v1::SetApprovalRule* request = operation.mutable_parties()->mutable_set_approval_rule();
    request->set_operation_kind(kind);
    request->set_required(required);
    for (const OfficerId& officer : among) request->add_officer_ids(officer.ToString());
    return operation;
  }
  v1::Operation Approve(const v1::Operation& approved, uint64_t hours = 1) const {
    v1::Operation operation;
    operation.mutable_parties()->mutable_approve()->set_operation_hash(parties::OperationHash(approved).ToString());
    operation.mutable_parties()->mutable_approve()->set_valid_until_us(
        AddSaturating(now(), Duration::Hours(hours)).micros());
    return operation;
  }
  static v1::Operation Withdraw(const v1::Operation& approved) {
    v1::Operation operation;
    operation.mutable_parties()->mutable_withdraw_approval()->set_operation_hash(
        parties::OperationHash(approved).ToString());
    return operation;
  }
  v1::Operation Delegate(const std::string& delegate, const std::vector<std::string>& kinds,
                         std::vector<AccountId> accounts = {}, absl::string_view id = "delegation",
                         uint64_t hours = 1) const {
    v1::Operation operation;
    v1::GrantDelegation* request = operation.mutable_parties()->mutable_grant_delegation();
    request->set_delegation_id(IdFor<parties::DelegationId>(id).ToString());
    request->set_delegate(delegate);
    std::sort(accounts.begin(), accounts.end());
    for (const AccountId& account : accounts) request->add_account_ids(account.ToString());
    for (const std::string& kind : kinds) request->add_operation_kinds(kind);
    request->set_valid_until_us(AddSaturating(now(), Duration::Hours(hours)).micros());
    return operation;
  }
  static v1::Operation EndDelegation(absl::string_view id = "delegation") {
    v1::Operation operation;
    operation.mutable_parties()->mutable_revoke_delegation()->set_delegation_id(
        IdFor<parties::DelegationId>(id).ToString());
    return operation;
  }
};

}  // namespace causeway::testing

#endif  // CAUSEWAY_TESTS_UNIT_CONTRACTS_PARTIES_REQUESTS_H_

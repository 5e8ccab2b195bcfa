// SPDX-License-Identifier: Apache-2.0
// What holds of every contract, whichever they are.

#include "contracts/registry.h"

#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

#include "ledger/execution/reason_catalogue.h"
#include "tests/support/contract_fixture.h"

namespace causeway::testing {
namespace {

// An operation with one member of one contract's requests set, and nothing in it.
struct EmptyRequest {
  std::string kind;
  v1::Operation operation;
};

std::vector<EmptyRequest> EmptyRequestsOf(const execution::Contract& contract) {
  std::vector<EmptyRequest> requests;
  const auto* member = v1::Operation::descriptor()->FindFieldByNumber(contract.kind());
  const google::protobuf::Descriptor& type = *member->message_type();
  for (int i = 0; i < type.field_count(); ++i) {
    EmptyRequest request;
    request.kind = absl::StrCat(contract.name(), ".", type.field(i)->name());
    google::protobuf::Message* asked = request.operation.GetReflection()->MutableMessage(&request.operation, member);
    asked->GetReflection()->MutableMessage(asked, type.field(i));
    requests.push_back(std::move(request));
  }
  return requests;
}

class EveryContract : public ContractFixture {};

TEST_F(EveryContract, HasTheNameOfItsMemberInOperationAndEvent) {
  for (const auto& contract : registry().contracts) {
    EXPECT_EQ(v1::Operation::descriptor()->FindFieldByNumber(contract->kind())->name(), contract->name());
    EXPECT_EQ(v1::Event::descriptor()->FindFieldByNumber(contract->kind())->name(), contract->name());
  }
}

TEST_F(EveryContract, IsInTheRegistry) {
  // A contract whose schema has no requests yet is none yet.
  const google::protobuf::OneofDescriptor& kinds = *v1::Operation::descriptor()->FindOneofByName("kind");
  std::set<std::string> with_requests;
  for (int i = 0; i < kinds.field_count(); ++i) {
    if (kinds.field(i)->message_type()->field_count() > 0) with_requests.insert(kinds.field(i)->name());
  }
  std::set<std::string> registered;
  for (const auto& contract : registry().contracts) registered.insert(contract->name());
  EXPECT_EQ(registered, with_requests);
}

// Approval rules, delegations and bindings name operations so.
TEST_F(EveryContract, CallsAnOperationByItsContractAndItsName) {
  const execution::BlockContext in = block();
  for (const auto& contract : registry().contracts) {
    for (const EmptyRequest& request : EmptyRequestsOf(*contract)) {
      const execution::OperationContext context{&in, Hash::Zero(), 0, kBank, Two(kBank), &request.operation, nullptr};
      EXPECT_EQ(contract->DemandsOf(context, view()).kind, request.kind);
    }
  }
}

TEST_F(EveryContract, RefusesAnEmptyRequestWithAReasonAndIsNotUpset) {
  for (const auto& contract : registry().contracts) {
    for (const EmptyRequest& request : EmptyRequestsOf(*contract)) {
      for (const std::string& party : {kBank, kFmco, kOperators[0]}) {
        const v1::OperationResult result = Run(party, Two(party), request.operation);
        EXPECT_EQ(result.status(), v1::OPERATION_STATUS_REFUSED) << request.kind;
        EXPECT_FALSE(result.reasons().empty()) << request.kind;
        EXPECT_TRUE(violations().empty()) << request.kind;
      }
    }
  }
}

TEST_F(EveryContract, RefusesAnEmptyRequestInGenesisOrAppliesItWithoutBeingUpset) {
  for (const auto& contract : registry().contracts) {
    for (const EmptyRequest& request : EmptyRequestsOf(*contract)) {
      RunGenesis(request.operation);
      EXPECT_TRUE(violations().empty()) << request.kind;
    }
  }
}

TEST_F(EveryContract, CountsAtLeastOneUnitOfWorkAnOperation) {
  const execution::BlockContext in = block();
  for (const auto& contract : registry().contracts) {
    for (const EmptyRequest& request : EmptyRequestsOf(*contract)) {
      const execution::OperationContext context{&in, Hash::Zero(), 0, kBank, Two(kBank), &request.operation, nullptr};
      EXPECT_GE(contract->WorkOf(context, view()), 1u) << request.kind;
    }
  }
}

TEST_F(EveryContract, HasSixteenTableIdsToItself) {
  std::map<int, std::string> owners = {{0, "ledger"}};
  std::set<state::TableId> ids;
  std::set<std::string> names;
  for (const auto& contract : registry().contracts) {
    EXPECT_FALSE(contract->tables().empty()) << contract->name();
    for (const state::TableInfo& table : contract->tables()) {
      const std::string& owner = owners.emplace(table.id / 16, contract->name()).first->second;
      EXPECT_EQ(owner, contract->name()) << table.name;
      EXPECT_TRUE(ids.insert(table.id).second) << table.name;
      EXPECT_TRUE(names.insert(table.name).second) << table.name;
    }
  }
}

TEST_F(EveryContract, HasAHundredReasonsToItself) {
  const execution::ReasonCatalogue catalogue(registry());  // checks it
  EXPECT_EQ(catalogue.NameOf(v1::PARTIES_REASON_KEY_REVOKED), "KEY_REVOKED");
}

}  // namespace
}  // namespace causeway::testing

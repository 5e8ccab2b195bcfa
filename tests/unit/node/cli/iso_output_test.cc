// SPDX-License-Identifier: Apache-2.0
// An order as the message that tells of it, in every status.
#include "node/cli/iso_output.h"

#include <cstdlib>
#include <set>

#include <gmock/gmock.h>

#include "ledger/base/bytes.h"
#include "node/iso20022/schema.h"
#include "tests/support/status_matchers.h"

namespace causeway::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;

class IsoOutput : public ::testing::Test {
 protected:
  IsoOutput() {
    surroundings_.share_class.set_name("Causeway Asian Income");
    surroundings_.share_class.set_currency("SGD");
    surroundings_.fund.set_fmco("CAUSEWAYFUNDMGMT0007");
    surroundings_.fund.set_transfer_agent("CAUSEWAYFUNDMGMT0007");
    surroundings_.now = *ParseInstant("2026-03-03T09:00:00Z");
    order_.set_order_id(*HexToBytes("000102030405060708090a0b0c0d0e0f"));
    order_.set_side(v1::ORDER_SIDE_SUBSCRIPTION);
    order_.set_owner("ORCHIDWEALTH00000024");
    order_.set_isin("SGXCINCOM006");
    order_.set_account(std::string(16, 'a'));
    order_.set_amount("1000000");
    order_.set_order_reference("260302-000006");
    order_.set_dealing_date("2026-03-02");
    order_.set_received_us(ParseInstant("2026-03-02T10:00:00Z")->micros());
  }
  void Reach(v1::OrderStatus status) { order_.add_history()->set_status(status); }
  void Price() {
    v1::Execution& execution = *order_.mutable_execution();
    execution.set_price("1.2514");
    execution.set_gross_amount("1000000");
    execution.set_fee_amount("10000");
    execution.set_net_amount("990000");
    execution.set_units("791113.9523");
    execution.set_residual_amount("0");
    execution.set_residue("0");
  }
  // Valid, where the schemas are at hand.
  std::string Message() const {
    const absl::StatusOr<std::string> message = Told();
    EXPECT_THAT(message, IsOk());
    if (!message.ok()) return "";
    if (const char* const schemas = std::getenv("CAUSEWAY_ISO20022_SCHEMAS")) {
      EXPECT_THAT(iso20022::ValidateAgainstSchema(*message, schemas), IsOk()) << *message;
    }
    return *message;
  }
  absl::StatusOr<std::string> Told() const {
    return OrderToIso(order_, surroundings_, *iso20022::AccountTable::FromJson("{\"accounts\": []}"));
  }
  static std::string IdOf(const std::string& message) {
    const size_t begin = message.find("<MsgId>");
    const size_t id = message.find("<Id>", begin) + 4;
    return message.substr(id, message.find("</Id>", id) - id);
  }

  v1::Order order_;
  OrderSurroundings surroundings_;
};

TEST_F(IsoOutput, AnOrderRejectedAtItsPriceIsToldAsRejected) {
  Reach(v1::ORDER_STATUS_RECE);
  Reach(v1::ORDER_STATUS_PACK);
  Reach(v1::ORDER_STATUS_REJECTED);
  EXPECT_THAT(Message(), HasSubstr("<AddtlInf>rejected when it was priced"));
  // And not confirmed, whatever it was priced at.
  Price();
  EXPECT_THAT(Message(), HasSubstr("<Rjctd>"));
  EXPECT_THAT(Message(), Not(HasSubstr("SbcptOrdrConf")));
}

TEST_F(IsoOutput, EveryMessageHasAnIdOfItsOwnAndTheSameOneWhenItIsWrittenAgain) {
  std::set<std::string> ids;
  for (const v1::OrderStatus status :
       {v1::ORDER_STATUS_RECE, v1::ORDER_STATUS_PACK, v1::ORDER_STATUS_COSE, v1::ORDER_STATUS_SETT}) {
    Reach(status);
    if (status == v1::ORDER_STATUS_COSE) Price();
    const std::string message = Message();
    EXPECT_EQ(Message(), message);
    EXPECT_THAT(IdOf(message), MatchesRegex("(SR|CN)-[0-9a-f]+"));
    EXPECT_EQ(IdOf(message).size(), 35u);
    ids.insert(IdOf(message));
    surroundings_.now = AddSaturating(surroundings_.now, Duration::Minutes(1));
    ids.insert(IdOf(Message()));
  }
  // A settled order's contract note is that of the confirmed one, to the letter where it is of the same moment.
  EXPECT_EQ(ids.size(), 7u);
}

TEST_F(IsoOutput, AnOrderWithoutAStatusIsRefused) {
  EXPECT_THAT(Told(), StatusIs(absl::StatusCode::kDataLoss, "has no status"));
  Reach(v1::ORDER_STATUS_UNSPECIFIED);
  EXPECT_THAT(Told(), StatusIs(absl::StatusCode::kDataLoss, "has no status"));
}

}  // namespace
}  // namespace causeway::cli

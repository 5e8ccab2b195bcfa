// SPDX-License-Identifier: Apache-2.0
#include "tests/crash/story.h"

#include <utility>

#include "absl/strings/str_cat.h"

#include "ledger/base/bytes.h"
#include "ledger/base/check.h"
#include "ledger/chain/genesis.h"
#include "ledger/chain/transaction_builder.h"
#include "tests/support/contract_fixture.h"
#include "tests/support/ledger_world.h"

namespace causeway::crash {
namespace {

constexpr char kToken[] = "SGD.MERIDIAN";
constexpr int kTransfersPerBlock = 3;

// What ContractFixture knows of its world, without running anything in it.
class World : public testing::ContractFixture {
 public:
  using ContractFixture::kBank;
  using ContractFixture::kInvestor;
  using ContractFixture::kInvestorAbroad;
  using ContractFixture::PrivateKeyFor;
};

AccountId Account(absl::string_view label) {
  return testing::IdFor<AccountId>(label);
}

v1::Operation OpenAccount(absl::string_view label, const std::string& owner) {
  v1::Operation operation;
  v1::OpenAccount* request = operation.mutable_transfers()->mutable_open_account();
  request->set_account(Account(label).ToString());
  request->set_owner(owner);
  request->set_kind(v1::ACCOUNT_KIND_OWN);
  return operation;
}

v1::Operation IssueCash(absl::string_view to, const std::string& amount) {
  v1::Operation operation;
  v1::IssueCash* request = operation.mutable_cash()->mutable_issue();
  request->set_instrument(kToken);
  request->set_to(Account(to).ToString());
  request->set_amount(amount);
  request->set_payment_reference(absl::StrCat("PAY-", to));
  return operation;
}

v1::Operation Transfer(absl::string_view from, absl::string_view to, const std::string& amount) {
  v1::Operation operation;
  v1::Transfer* request = operation.mutable_transfers()->mutable_transfer();
  request->set_from(Account(from).ToString());
  request->set_to(Account(to).ToString());
  request->set_instrument(kToken);
  request->set_amount(amount);
  request->set_reference("between accounts");
  return operation;
}

v1::Operation PlaceHold(const std::string& hold, Instant expires) {
  v1::Operation operation;
  v1::PlaceHold* request = operation.mutable_transfers()->mutable_place_hold();
  request->set_hold(testing::IdFor<HoldId>(hold).ToString());
  request->set_account(Account("investor").ToString());
  request->set_instrument(kToken);
  request->set_amount("7");
  request->set_beneficiary(Account("abroad").ToString());
  request->set_expires_us(expires.micros());
  return operation;
}

}  // namespace

Story::Story(uint64_t blocks)
    : chain_id_(Hash::Zero()),
      validator_(crypto::MakeSigner(World::PrivateKeyFor("validator 0"))),
      clock_(Instant::Epoch()),
      transactions_(1) {
  const testing::LedgerWorld world;
  confidentiality_key_ = world.confidentiality_key();
  genesis_ = world.genesis();
  while (genesis_.validators_size() > 1) genesis_.mutable_validators()->RemoveLast();
  const std::vector<std::string> errors = chain::GenesisErrors(genesis_);
  CAUSEWAY_CHECK(errors.empty(), errors.empty() ? "" : errors.front());
  CAUSEWAY_CHECK(genesis_.validators(0).public_key() == validator_->public_key().bytes);
  chain_id_ = chain::ChainIdOf(genesis_);
  clock_ = Instant::FromMicros(genesis_.time_us() + 1'000'000);

  v1::Operation token;
  v1::SetCashToken* set_token = token.mutable_instruments()->mutable_set_cash_token();
  set_token->set_instrument_id(kToken);
  set_token->mutable_cash_token()->set_issuer(World::kBank);
  set_token->mutable_cash_token()->set_currency("SGD");
  set_token->mutable_cash_token()->set_name("Cash of the bank");
  set_token->mutable_cash_token()->set_status(v1::INSTRUMENT_STATUS_ACTIVE);
  Add({{World::kBank, {token}}});
  Add({{World::kInvestor, {OpenAccount("investor", World::kInvestor)}},
       {World::kInvestorAbroad, {OpenAccount("abroad", World::kInvestorAbroad)}}});
  Add({{World::kBank, {IssueCash("investor", "500000"), IssueCash("abroad", "250000.75")}}});
  while (this->blocks() < blocks) {
    const uint64_t height = this->blocks() + 1;
    std::vector<std::pair<std::string, std::vector<v1::Operation>>> envelopes;
    for (int i = 0; i < kTransfersPerBlock; ++i) {
      const std::string amount = absl::StrCat(height, ".", 11 + i);
      envelopes.push_back({World::kInvestor, {Transfer("investor", "abroad", amount)}});
    }
    // A key that comes and goes, and a refusal.
    const Instant expires = Instant::FromMicros(clock_.micros() + height + 2);
    envelopes.push_back(
        {World::kInvestor,
         {PlaceHold(absl::StrCat("hold ", height), expires), Transfer("investor", "abroad", "99999999")}});
    Add(envelopes);
  }
}

void Story::Add(const std::vector<std::pair<std::string, std::vector<v1::Operation>>>& signed_by_two) {
  std::vector<std::shared_ptr<const chain::Transaction>> block;
  for (const auto& [party, operations] : signed_by_two) {
    std::string id(8, '\0');
    AppendBigEndian64(id, next_id_++);
    chain::TransactionBuilder builder(chain_id_, party);
    builder.set_id(*ClientTransactionId::FromBytes(id)).set_valid_until(AddSaturating(clock_, Duration::Minutes(10)));
    for (const int officer : {1, 2})
      builder.AddSigner(crypto::MakeSigner(World::PrivateKeyFor(absl::StrCat(party, "/officer-", officer))));
    for (const v1::Operation& operation : operations) builder.Add(operation);
    const auto signed_transaction = builder.Sign();
    CAUSEWAY_CHECK(signed_transaction.ok(), signed_transaction.status().ToString());
    auto decoded =
        chain::DecodeEnvelope(signed_transaction->envelope, chain_id_, genesis_.limits(), chain::kProtocolVersion);
    CAUSEWAY_CHECK(decoded.ok());
    block.push_back(std::move(decoded).value());
  }
  transactions_.push_back(std::move(block));
}

std::vector<std::shared_ptr<const chain::Transaction>> Story::TransactionsAt(uint64_t height) const {
  if (height >= transactions_.size()) return {};
  return transactions_[height];
}

}  // namespace causeway::crash

// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/node/api/api_world.h"

#include "absl/strings/str_cat.h"

#include "ledger/chain/certificate.h"
#include "ledger/chain/genesis.h"
#include "ledger/chain/transaction.h"
#include "ledger/chain/transaction_builder.h"
#include "ledger/codec/encode.h"
#include "node/consensus/messages.h"

namespace causeway::testing {
namespace {

constexpr uint32_t kValidators = 4;

std::string ValidatorLabel(uint32_t i) {
  return absl::StrCat("validator-", i);
}

}  // namespace

const std::string ApiWorld::kOtherFmco = LeiFor("OTHERFMCO");
const std::string ApiWorld::kOtherAdministrator = LeiFor("OTHERADMIN");
const std::string ApiWorld::kOtherTransferAgent = LeiFor("OTHERTRAG");
const std::string ApiWorld::kAuthorityOfIreland = LeiFor("AUTHORITYIE");

ApiWorld::ApiWorld() {
  MakeGenesis();
  absl::StatusOr<std::unique_ptr<node_ledger::NodeLedger>> ledger =
      node_ledger::NodeLedger::Open({directory_.Path("db"), genesis_, std::string(32, 'k')});
  CAUSEWAY_CHECK(ledger.ok(), ledger.status().ToString());
  ledger_ = *std::move(ledger);
  ledger_->SetMempool(&mempool_);
  time_us_ = genesis_.time_us();
  std::vector<v1::Operation> operations;
  for (const AccountId& account : {cash_, other_cash_}) {
    v1::IssueCash& issue = *operations.emplace_back().mutable_cash()->mutable_issue();
    issue.set_instrument(token_.ToString());
    issue.set_to(account.ToString());
    issue.set_amount("1000000");
    issue.set_payment_reference("PAY-" + account.ToHex().substr(0, 8));
  }
  Do(kBank, operations);
}

ApiWorld::~ApiWorld() = default;

void ApiWorld::MakeGenesis() {
  genesis_.set_protocol_version(1);
  genesis_.set_name("a small market");
  genesis_.set_time_us(At("2026-03-02T08:00:00Z").micros());
  *genesis_.mutable_limits() = chain::DefaultLimits();
  *genesis_.mutable_drift() = chain::DefaultDrift();
  genesis_.set_confidentiality_key_hash(crypto::Sha256(std::string(32, 'k')).ToString());
  for (uint32_t i = 0; i < kValidators; ++i) {
    v1::Validator& validator = *genesis_.add_validators();
    validator.set_name(ValidatorLabel(i));
    validator.set_operator_(kOperators[i]);
    validator.set_public_key(PrivateKeyFor(ValidatorLabel(i)).public_key().bytes);
  }
  const auto party = [&](absl::string_view label, const std::vector<v1::PartyRole>& roles,
                         absl::string_view jurisdiction = "SG") {
    *genesis_.add_operations()->mutable_parties()->mutable_register_party() = PartyRequest(label, roles, jurisdiction);
  };
  for (const char* house : {"FUNDCOMPANY", "OTHERFMCO"}) party(house, {v1::PARTY_ROLE_FMCO});
  for (const char* house : {"ADMINISTRATOR", "OTHERADMIN"}) party(house, {v1::PARTY_ROLE_ADMINISTRATOR});
  for (const char* house : {"TRANSFERAGENT", "OTHERTRAG"}) party(house, {v1::PARTY_ROLE_TRAG});
  party("BANK", {v1::PARTY_ROLE_BANK, v1::PARTY_ROLE_ISSUER});
  party("INTERMEDIARY", {v1::PARTY_ROLE_INTR, v1::PARTY_ROLE_INVESTOR});
  party("INVESTOR", {v1::PARTY_ROLE_INVESTOR});
  party("INVESTORABROAD", {v1::PARTY_ROLE_INVESTOR}, "IE");
  party("SUPERVISOR", {v1::PARTY_ROLE_SUPERVISOR});
  party("AUTHORITYIE", {v1::PARTY_ROLE_SUPERVISOR}, "IE");
  party("AUDITOR", {v1::PARTY_ROLE_AUDITOR});
  for (const std::string& lei : kOperators) party(lei.substr(0, 9), {v1::PARTY_ROLE_BANK, v1::PARTY_ROLE_OPERATOR});

  v1::SetCashToken& token = *genesis_.add_operations()->mutable_instruments()->mutable_set_cash_token();
  token.set_instrument_id(token_.ToString());
  token.mutable_cash_token()->set_issuer(kBank);
  token.mutable_cash_token()->set_currency("SGD");
  token.mutable_cash_token()->set_name("Meridian dollar");
  token.mutable_cash_token()->set_status(v1::INSTRUMENT_STATUS_ACTIVE);
  const auto fund = [&](const InstrumentId& id, const InstrumentId& isin, const std::string& fmco,
                        const std::string& administrator, const std::string& transfer_agent) {
    v1::SetFund& set_fund = *genesis_.add_operations()->mutable_instruments()->mutable_set_fund();
    set_fund.set_fund_id(id.ToString());
    *set_fund.mutable_fund() = FundOf();
    set_fund.mutable_fund()->set_fmco(fmco);
    set_fund.mutable_fund()->set_administrator(administrator);
    set_fund.mutable_fund()->set_transfer_agent(transfer_agent);
    v1::SetShareClass& set_class = *genesis_.add_operations()->mutable_instruments()->mutable_set_share_class();
    set_class.set_isin(isin.ToString());
    *set_class.mutable_share_class() = ShareClassOf(id, {token_}, isin.text());
    v1::SetDealingDays& days = *genesis_.add_operations()->mutable_instruments()->mutable_set_dealing_days();
    days.set_fund_id(id.ToString());
    for (const char* date : {kToday, "2026-03-03", "2026-03-04"}) *days.add_days() = DealingDayOn(date);
    for (const char* purpose : {"cash", "issuance", "residual", "fees"}) {
      v1::Operation& open = *genesis_.add_operations();
      open = OpenAccountOf(absl::StrCat(isin.text(), "/", purpose), fmco);
      const std::string name = purpose;
      open.mutable_transfers()->mutable_open_account()->set_kind(name == "residual" ? v1::ACCOUNT_KIND_RESIDUAL
                                                                 : name == "fees"   ? v1::ACCOUNT_KIND_OWN
                                                                                    : v1::ACCOUNT_KIND_ISSUANCE);
    }
  };
  fund(fund_, isin_, kFmco, kAdministrator, kTransferAgent);
  fund(other_fund_, other_isin_, kOtherFmco, kOtherAdministrator, kOtherTransferAgent);
  *genesis_.add_operations() = OpenAccountOf("units", kInvestor);
  *genesis_.add_operations() = OpenAccountOf("cash", kInvestor);
  *genesis_.add_operations() = OpenAccountOf("other units", kIntermediary);
  *genesis_.add_operations() = OpenAccountOf("other cash", kIntermediary);
  *genesis_.add_operations() = OpenAccountOf("abroad", kInvestorAbroad);

  const auto grant = [&](const std::string& reader) {
    v1::SetGrant& set_grant = *genesis_.add_operations()->mutable_governance()->mutable_set_grant();
    set_grant.set_reader(reader);
    return set_grant.mutable_grant();
  };
  grant(kSupervisor)->add_instruments(fund_.ToString());
  grant(kAuthorityOfIreland)->add_jurisdictions("IE");
  v1::Grant& all = *grant(kAuditor);
  for (const InstrumentId& id : {fund_, other_fund_, token_}) all.add_instruments(id.ToString());
}

Hash ApiWorld::Submit(const std::string& party, const std::vector<v1::Operation>& operations) {
  chain::TransactionBuilder builder(ledger_->chain().chain_id, party);
  builder.set_id(IdFor<ClientTransactionId>(absl::StrCat("transaction ", ++transactions_)))
      .set_valid_until(Instant::FromMicros(time_us_ + Duration::Minutes(30).micros()));
  for (const v1::Operation& operation : operations) builder.Add(operation);
  for (int n = 1; n <= 2; ++n) {
    builder.AddSigner(std::make_shared<crypto::Ed25519Signer>(PrivateKeyFor(absl::StrCat(party, "/officer-", n))));
  }
  const absl::StatusOr<chain::SignedTransaction> transaction = builder.Sign();
  CAUSEWAY_CHECK(transaction.ok(), transaction.status().ToString());
  CAUSEWAY_CHECK(mempool_.Add(Decoded(transaction->envelope), mempool::Source{}).ok());
  return transaction->id;
}

mempool::Mempool::TransactionPtr ApiWorld::Decoded(const std::string& envelope) const {
  auto decoded = chain::DecodeEnvelope(envelope, ledger_->chain().chain_id, genesis_.limits(), 1);
  CAUSEWAY_CHECK(decoded.ok());
  return *decoded;
}

uint64_t ApiWorld::Block(uint64_t seconds) {
  time_us_ += Duration::Seconds(seconds).micros();
  return Commit(Build());
}

uint64_t ApiWorld::BlockOfAnother(const std::vector<std::string>& envelopes) {
  mempool::Mempool other{mempool::MempoolOptions{}};
  for (const std::string& envelope : envelopes) CAUSEWAY_CHECK(other.Add(Decoded(envelope), mempool::Source{}).ok());
  time_us_ += Duration::Seconds(1).micros();
  ledger_->SetMempool(&other);
  const consensus::BlockInfo block = Build();
  ledger_->SetMempool(&mempool_);
  return Commit(block);
}

consensus::BlockInfo ApiWorld::Build() {
  const std::shared_ptr<const node_ledger::Head> head = ledger_->head();
  const uint64_t next = head->header.height() + 1;
  const absl::StatusOr<std::optional<consensus::BlockInfo>> built =
      ledger_->Build({View(next), Epoch(0), static_cast<uint32_t>(next % kValidators), head->hash,
                      Instant::FromMicros(time_us_), 0, true});
  CAUSEWAY_CHECK(built.ok() && built->has_value(), built.status().ToString());
  return **built;
}

uint64_t ApiWorld::Commit(const consensus::BlockInfo& block) {
  const uint64_t next = block.height.value();
  v1::Certificate certificate;
  certificate.set_kind(v1::VOTE_KIND_FINALIZE);
  certificate.set_view(next);
  certificate.set_parent_view(next - 1);
  certificate.set_block_hash(block.hash.ToString());
  const std::string preimage = chain::VotePreimage(ledger_->chain().chain_id, *chain::SubjectOf(certificate));
  for (uint32_t i = 0; i < chain::Quorum(kValidators); ++i) {
    certificate.add_signers(i);
    crypto::Ed25519Signer signer(PrivateKeyFor(ValidatorLabel(i)));
    certificate.mutable_signatures()->append(*signer.Sign(preimage));
  }
  absl::StatusOr<consensus::Certificate> finalization =
      consensus::DecodeCertificate(codec::SerializeCanonical(certificate));
  CAUSEWAY_CHECK(finalization.ok(), finalization.status().ToString());
  const absl::Status committed =
      ledger_->Commit(block, std::make_shared<const consensus::Certificate>(*std::move(finalization)));
  CAUSEWAY_CHECK(committed.ok(), committed.ToString());
  return next;
}

void ApiWorld::BlocksAt(absl::string_view time) {
  const uint64_t at = At(time).micros();
  CAUSEWAY_CHECK(at > time_us_);
  Block((at - time_us_) / 1'000'000);
  for (int i = 0; i < 100; ++i) {
    const uint64_t made = Block();
    if (ledger_->store().GetReceipts(Height(made), store::Lane::kDueWork)->empty()) return;
  }
  FAIL() << "due work without an end";
}

std::vector<v1::OperationResult> ApiWorld::ResultsOf(const Hash& transaction_id) const {
  std::vector<v1::OperationResult> results;
  const absl::StatusOr<store::Place> place = ledger_->store().FindTransaction(transaction_id);
  CAUSEWAY_CHECK(place.ok(), place.status().ToString());
  const absl::StatusOr<std::vector<std::string>> stored = ledger_->store().GetResults(*place);
  CAUSEWAY_CHECK(stored.ok(), stored.status().ToString());
  for (const std::string& bytes : *stored) results.push_back(*codec::ParseTrusted<v1::OperationResult>(bytes));
  return results;
}

Hash ApiWorld::Do(const std::string& party, const std::vector<v1::Operation>& operations) {
  const Hash id = Submit(party, operations);
  Block();
  for (const v1::OperationResult& result : ResultsOf(id)) EXPECT_THAT(result, Applied());
  return id;
}

v1::Operation ApiWorld::OpenAccountOf(const std::string& label, const std::string& owner) const {
  v1::Operation operation;
  v1::OpenAccount& request = *operation.mutable_transfers()->mutable_open_account();
  request.set_account(IdFor<AccountId>(label).ToString());
  request.set_owner(owner);
  request.set_kind(v1::ACCOUNT_KIND_OWN);
  return operation;
}

v1::Operation ApiWorld::Subscribe(const std::string& label, const InstrumentId& isin, const std::string& owner,
                                  const std::string& amount) const {
  const bool investor = owner == kInvestor;
  v1::Operation operation;
  v1::Subscribe& request = *operation.mutable_dealing()->mutable_subscribe();
  request.set_order_id(IdFor<OrderId>(label).ToString());
  request.set_isin(isin.ToString());
  request.set_account((investor ? units_ : other_units_).ToString());
  request.set_cash_account((investor ? cash_ : other_cash_).ToString());
  request.set_cash_token(token_.ToString());
  request.set_order_reference("REF-" + label);
  request.set_amount(amount);
  return operation;
}

void ApiWorld::Deal(const InstrumentId& isin, const std::string& administrator, const std::string& price) {
  BlocksAt(absl::StrCat(kToday, "T16:00:00Z"));
  v1::Operation operation;
  v1::AttestPrice& request = *operation.mutable_dealing()->mutable_attest_price();
  request.set_isin(isin.ToString());
  request.set_dealing_date(kToday);
  request.set_net_assets("0");
  request.set_units("0");
  request.set_price(price);
  Do(administrator, {operation});
  BlocksAt(absl::StrCat(kToday, "T16:10:00Z"));
}

api::Reader ApiWorld::Officer(const std::string& party) {
  return {party,
          {v1::OFFICER_ROLE_TRADE, v1::OFFICER_ROLE_APPROVE, v1::OFFICER_ROLE_COMPLY, v1::OFFICER_ROLE_ADMINISTER}};
}

api::Reader ApiWorld::Trader(const std::string& party) {
  return {party, {v1::OFFICER_ROLE_TRADE}};
}

}  // namespace causeway::testing

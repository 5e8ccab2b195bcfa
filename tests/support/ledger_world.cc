// SPDX-License-Identifier: Apache-2.0
#include "tests/support/ledger_world.h"

#include <utility>

#include "absl/strings/str_cat.h"

#include "contracts/dealing/dealing.h"
#include "contracts/registry.h"
#include "contracts/settlement/settlement.h"
#include "ledger/base/bytes.h"
#include "ledger/base/check.h"
#include "ledger/base/decimal.h"
#include "ledger/chain/block.h"
#include "ledger/chain/genesis.h"
#include "ledger/chain/transaction_builder.h"
#include "ledger/crypto/sha256.h"
#include "tests/support/ledger_world_parts.h"

namespace causeway::testing {
namespace {

using World = FixtureWorld;

constexpr const char* kToken = kWorldToken;
constexpr char kFund[] = "FUND.ONE";
constexpr char kFirstDay[] = "2026-03-02";
constexpr char kSecondDay[] = "2026-03-03";

const std::string& Isin() {
  static const std::string* const kIsin = new std::string(IsinFor("SGLEDGER"));
  return *kIsin;
}

v1::Operation OpenAccount(absl::string_view label, const std::string& owner, v1::AccountKind kind) {
  v1::Operation operation;
  v1::OpenAccount* request = operation.mutable_transfers()->mutable_open_account();
  request->set_account(WorldAccount(label).ToString());
  request->set_owner(owner);
  request->set_kind(kind);
  return operation;
}

v1::Operation IssueCash(absl::string_view to, const std::string& amount) {
  v1::Operation operation;
  v1::IssueCash* request = operation.mutable_cash()->mutable_issue();
  request->set_instrument(kToken);
  request->set_to(WorldAccount(to).ToString());
  request->set_amount(amount);
  request->set_payment_reference(absl::StrCat("PAY-", to));
  return operation;
}

v1::Operation PlaceHold(absl::string_view hold, absl::string_view account, absl::string_view beneficiary,
                        const std::string& amount, Instant expires) {
  v1::Operation operation;
  v1::PlaceHold* request = operation.mutable_transfers()->mutable_place_hold();
  request->set_hold(IdFor<HoldId>(hold).ToString());
  request->set_account(WorldAccount(account).ToString());
  request->set_instrument(kToken);
  request->set_amount(amount);
  request->set_beneficiary(WorldAccount(beneficiary).ToString());
  request->set_expires_us(expires.micros());
  return operation;
}

template <class Request>
void FillOrder(const std::string& label, absl::string_view holder, Request& request) {
  request.set_order_id(IdFor<OrderId>(label).ToString());
  request.set_isin(Isin());
  request.set_account(WorldAccount(absl::StrCat(holder, "/units")).ToString());
  request.set_cash_account(WorldAccount(absl::StrCat(holder, "/cash")).ToString());
  request.set_cash_token(kToken);
  request.set_order_reference("REF-" + label);
}

v1::Operation Subscribe(const std::string& label, absl::string_view holder, const std::string& amount) {
  v1::Operation operation;
  v1::Subscribe* request = operation.mutable_dealing()->mutable_subscribe();
  FillOrder(label, holder, *request);
  request->set_amount(amount);
  return operation;
}

v1::Operation Redeem(const std::string& label, absl::string_view holder, const std::string& units) {
  v1::Operation operation;
  v1::Redeem* request = operation.mutable_dealing()->mutable_redeem();
  FillOrder(label, holder, *request);
  request->set_units(units);
  return operation;
}

v1::Operation CancelOrder(const std::string& label) {
  v1::Operation operation;
  operation.mutable_dealing()->mutable_cancel_order()->set_order_id(IdFor<OrderId>(label).ToString());
  return operation;
}

v1::Operation Attest(const std::string& date, const std::string& net_assets, const std::string& units,
                     const std::string& price) {
  v1::Operation operation;
  v1::AttestPrice* request = operation.mutable_dealing()->mutable_attest_price();
  request->set_isin(Isin());
  request->set_dealing_date(date);
  request->set_net_assets(net_assets);
  request->set_units(units);
  request->set_price(price);
  return operation;
}

v1::Operation OpenBundle(absl::string_view label, const std::string& party, Instant deadline) {
  v1::Operation operation;
  v1::OpenBundle* request = operation.mutable_settlement()->mutable_open();
  request->set_bundle(IdFor<InstructionId>(label).ToString());
  request->set_party(party);
  request->set_deadline_us(deadline.micros());
  const auto leg = [&](absl::string_view from, absl::string_view to, const std::string& instrument,
                       const std::string& amount) {
    v1::Leg* added = request->add_legs();
    added->set_kind(v1::LEG_KIND_TRANSFER);
    added->set_from(WorldAccount(from).ToString());
    added->set_to(WorldAccount(to).ToString());
    added->set_instrument(instrument);
    added->set_amount(amount);
  };
  leg("investor/units", "intermediary/units", Isin(), "100");
  leg("intermediary/cash", "investor/cash", kToken, "125.5");
  return operation;
}

v1::Operation Consent(const v1::Operation& open, const std::string& party) {
  v1::Operation operation;
  v1::ConsentBundle* request = operation.mutable_settlement()->mutable_consent();
  request->set_bundle(open.settlement().open().bundle());
  request->set_party(party);
  request->set_terms_hash(settlement::TermsHash(open.settlement().open()).ToString());
  return operation;
}

v1::Genesis MakeGenesis(const std::vector<std::shared_ptr<const crypto::Signer>>& validators,
                        absl::string_view confidentiality_key) {
  v1::Genesis genesis;
  genesis.set_protocol_version(chain::kProtocolVersion);
  genesis.set_name("ledger world");
  genesis.set_time_us(At("2026-03-02T08:00:00Z").micros());
  for (size_t i = 0; i < validators.size(); ++i) {
    v1::Validator* validator = genesis.add_validators();
    validator->set_name(absl::StrCat("node-", i + 1));
    validator->set_operator_(World::kOperators[i]);
    validator->set_public_key(validators[i]->public_key().bytes);
  }
  *genesis.mutable_limits() = chain::DefaultLimits();
  *genesis.mutable_drift() = chain::DefaultDrift();
  genesis.set_confidentiality_key_hash(crypto::Sha256(confidentiality_key).ToString());
  const auto party = [&](absl::string_view label, const std::vector<v1::PartyRole>& roles,
                         absl::string_view jurisdiction = "SG") {
    *genesis.add_operations()->mutable_parties()->mutable_register_party() =
        World::PartyRequest(label, roles, jurisdiction);
  };
  party("FUNDCOMPANY", {v1::PARTY_ROLE_FMCO});
  party("ADMINISTRATOR", {v1::PARTY_ROLE_ADMINISTRATOR});
  party("TRANSFERAGENT", {v1::PARTY_ROLE_TRAG});
  party("BANK", {v1::PARTY_ROLE_BANK, v1::PARTY_ROLE_ISSUER});
  party("INTERMEDIARY", {v1::PARTY_ROLE_INTR, v1::PARTY_ROLE_INVESTOR});
  party("INVESTOR", {v1::PARTY_ROLE_INVESTOR});
  party("INVESTORABROAD", {v1::PARTY_ROLE_INVESTOR}, "IE");
  party("SUPERVISOR", {v1::PARTY_ROLE_SUPERVISOR});
  party("AUDITOR", {v1::PARTY_ROLE_AUDITOR});
  for (const std::string& lei : World::kOperators)
    party(lei.substr(0, 9), {v1::PARTY_ROLE_BANK, v1::PARTY_ROLE_OPERATOR});
  return genesis;
}

}  // namespace

LedgerWorld::LedgerWorld()
    : registry_(MakeRegistry()),
      parameters_{Hash::Zero(), {}, std::string(32, 'k')},
      tip_{{}, Hash::Zero(), nullptr, {}, {}} {
  for (int i = 0; i < 4; ++i)
    validators_.push_back(crypto::MakeSigner(World::PrivateKeyFor(absl::StrCat("validator ", i))));
  parameters_.genesis = MakeGenesis(validators_, *parameters_.confidentiality_key);
  const std::vector<std::string> errors = chain::GenesisErrors(parameters_.genesis);
  CAUSEWAY_CHECK(errors.empty(), errors.empty() ? "" : errors.front());
  parameters_.chain_id = chain::ChainIdOf(parameters_.genesis);
  executor_ = std::make_unique<execution::Executor>(*registry_, parameters_);
  auto executed = executor_->ExecuteGenesis();
  CAUSEWAY_CHECK(executed.ok(), executed.status().ToString());
  Accept(*std::move(executed));
}

void LedgerWorld::Accept(std::shared_ptr<const execution::ExecutedBlock> executed) {
  CAUSEWAY_CHECK(executed->violations.empty());
  state_.Apply(*executed->changes);
  tip_ = executed->AsParent(&state_);
  if (executed->height() > Height(0)) {
    for (const execution::TransactionOutcome& outcome : executed->transactions) {
      for (const v1::OperationResult& result : outcome.results)
        ++(result.status() == v1::OPERATION_STATUS_APPLIED ? applied_ : refused_);
    }
  }
  due_ += executed->due_work.size();
  blocks_.push_back(std::move(executed));
}

std::string LedgerWorld::Envelope(const std::string& party, const std::vector<int>& officers,
                                  const std::vector<v1::Operation>& operations) {
  std::string id(8, '\0');
  AppendBigEndian64(id, next_id_++);
  chain::TransactionBuilder builder(chain_id(), party);
  builder.set_id(*ClientTransactionId::FromBytes(id)).set_valid_until(AddSaturating(now(), Duration::Hours(1)));
  for (const int officer : officers)
    builder.AddSigner(crypto::MakeSigner(World::PrivateKeyFor(absl::StrCat(party, "/officer-", officer))));
  for (const v1::Operation& operation : operations) builder.Add(operation);
  const auto signed_transaction = builder.Sign();
  CAUSEWAY_CHECK(signed_transaction.ok(), signed_transaction.status().ToString());
  return signed_transaction->envelope;
}

const execution::ExecutedBlock& LedgerWorld::Append(Instant time, const std::vector<std::string>& envelopes) {
  std::vector<std::shared_ptr<const chain::Transaction>> candidates;
  for (const std::string& envelope : envelopes) {
    auto decoded = chain::DecodeEnvelope(envelope, chain_id(), genesis().limits(), chain::kProtocolVersion);
    CAUSEWAY_CHECK(decoded.ok(), decoded.ok() ? "" : decoded.invalid().ToString());
    candidates.push_back(std::move(decoded).value());
  }
  const auto proposer = static_cast<uint32_t>(blocks_.size() % validators_.size());
  auto built =
      executor_->BuildBlock(tip_, candidates, time, execution::BuildLimits::Of(genesis().limits(), 0), proposer);
  CAUSEWAY_CHECK(built.ok(), built.status().ToString());
  for (const auto& [index, invalid] : built->refused) CAUSEWAY_CHECK(false, index, ": ", invalid.ToString());
  CAUSEWAY_CHECK(built->left_over.empty());
  Accept(std::move(built->executed));
  return *blocks_.back();
}

void LedgerWorld::WorkOff() {
  for (int i = 0; i < 100; ++i) {
    if (Append(AddSaturating(now(), Duration::Seconds(1)), {}).due_work.empty()) return;
  }
  CAUSEWAY_CHECK(false, "due work without an end");
}

void LedgerWorld::LiveTwoDays(int orders) {
  SetUp();
  FirstDay(orders);
  BetweenDays();
  SecondDay(orders);
}

void LedgerWorld::SetUp() {
  v1::Operation token;
  v1::SetCashToken* set_token = token.mutable_instruments()->mutable_set_cash_token();
  set_token->set_instrument_id(kToken);
  set_token->mutable_cash_token()->set_issuer(World::kBank);
  set_token->mutable_cash_token()->set_currency("SGD");
  set_token->mutable_cash_token()->set_name("Cash of the bank");
  set_token->mutable_cash_token()->set_status(v1::INSTRUMENT_STATUS_ACTIVE);
  v1::Operation fund;
  fund.mutable_instruments()->mutable_set_fund()->set_fund_id(kFund);
  *fund.mutable_instruments()->mutable_set_fund()->mutable_fund() = World::FundOf();
  Append(At("2026-03-02T08:10:00Z"), {Envelope(World::kBank, {1, 2}, {token}), Envelope(World::kFmco, {1, 2}, {fund})});

  v1::Operation share_class;
  share_class.mutable_instruments()->mutable_set_share_class()->set_isin(Isin());
  *share_class.mutable_instruments()->mutable_set_share_class()->mutable_share_class() =
      World::ShareClassOf(InstrumentFor(kFund), {InstrumentFor(kToken)}, Isin());
  v1::Operation days;
  days.mutable_instruments()->mutable_set_dealing_days()->set_fund_id(kFund);
  for (const char* date : {kFirstDay, kSecondDay, "2026-03-04"})
    *days.mutable_instruments()->mutable_set_dealing_days()->add_days() = World::DealingDayOn(date);
  Append(At("2026-03-02T08:11:00Z"),
         {Envelope(World::kFmco, {1, 2},
                   {share_class, days, OpenAccount(Isin() + "/cash", World::kFmco, v1::ACCOUNT_KIND_ISSUANCE),
                    OpenAccount(Isin() + "/issuance", World::kFmco, v1::ACCOUNT_KIND_ISSUANCE),
                    OpenAccount(Isin() + "/residual", World::kFmco, v1::ACCOUNT_KIND_RESIDUAL),
                    OpenAccount(Isin() + "/fees", World::kFmco, v1::ACCOUNT_KIND_OWN)})});

  std::vector<std::string> accounts;
  for (const auto& [holder, party] :
       std::vector<std::pair<std::string, std::string>>{{"investor", World::kInvestor},
                                                        {"abroad", World::kInvestorAbroad},
                                                        {"intermediary", World::kIntermediary}}) {
    accounts.push_back(Envelope(party, {1, 2},
                                {OpenAccount(holder + "/units", party, v1::ACCOUNT_KIND_OWN),
                                 OpenAccount(holder + "/cash", party, v1::ACCOUNT_KIND_OWN)}));
  }
  Append(At("2026-03-02T08:12:00Z"), accounts);
  Append(At("2026-03-02T08:13:00Z"),
         {Envelope(World::kBank, {1, 2},
                   {IssueCash("investor/cash", "500000"), IssueCash("abroad/cash", "250000.75"),
                    IssueCash("intermediary/cash", "100000")})});
  BindModel();
}

void LedgerWorld::FirstDay(int orders) {
  for (int i = 0; i < orders; ++i) {
    const Instant time = AddSaturating(At("2026-03-02T09:00:00Z"), Duration::Minutes(static_cast<uint64_t>(i)));
    const std::string n = std::to_string(i);
    Append(time,
           {Envelope(World::kInvestor, {1}, {Subscribe("first-a" + n, "investor", std::to_string(5000 + i))}),
            Envelope(World::kInvestorAbroad, {1}, {Subscribe("first-b" + n, "abroad", std::to_string(900 + i))})});
  }
  Append(At("2026-03-02T09:40:00Z"),
         {Envelope(World::kInvestor, {1}, {CancelOrder("first-a1"), CancelOrder("no such order")}),
          Envelope(World::kIntermediary, {1}, {Subscribe("first-c", "intermediary", "20000.5")}),
          Envelope(World::kInvestor, {1},
                   {TransferBetween("investor/cash", "abroad/cash", kToken, "12.34"),
                    TransferBetween("investor/cash", "abroad/cash", kToken, "99999999")}),
          Envelope(World::kInvestor, {1},
                   {PlaceHold("hold", "investor/cash", "abroad/cash", "77", At("2026-03-02T12:00:00Z"))})});
  JudgeFirstDay();
  // After the cut-off: rolls to the next day.
  Append(At("2026-03-02T10:30:00Z"), {Envelope(World::kInvestor, {1}, {Subscribe("late", "investor", "1234.56")})});
  Append(At("2026-03-02T16:00:01Z"), {});
  WorkOff();
  // One officer where two must sign: refused, and the id is consumed.
  Append(At("2026-03-02T16:29:00Z"), {Envelope(World::kAdministrator, {1}, {Attest(kFirstDay, "0", "0", "1.2514")})});
  Append(At("2026-03-02T16:30:00Z"),
         {Envelope(World::kAdministrator, {1, 2}, {Attest(kFirstDay, "0", "0", "1.2514")})});
  WorkOff();
}

void LedgerWorld::BetweenDays() {
  const Instant time = At("2026-03-02T17:00:00Z");
  const v1::Operation open = OpenBundle("bundle", World::kInvestor, AddSaturating(time, Duration::Hours(1)));
  Append(time, {Envelope(World::kInvestor, {1}, {open}),
                Envelope(World::kInvestor, {1}, {TransferBetween("investor/units", "abroad/units", Isin(), "250.5")})});
  Append(AddSaturating(time, Duration::Minutes(1)),
         {Envelope(World::kInvestor, {1}, {Consent(open, World::kInvestor)})});
  Append(AddSaturating(time, Duration::Minutes(2)),
         {Envelope(World::kIntermediary, {1}, {Consent(open, World::kIntermediary)})});
  // A bundle that nobody consents to: expires.
  const v1::Operation forgotten = OpenBundle("forgotten", World::kInvestor, AddSaturating(time, Duration::Hours(1)));
  Append(AddSaturating(time, Duration::Minutes(3)), {Envelope(World::kInvestor, {1}, {forgotten})});
}

void LedgerWorld::SecondDay(int orders) {
  Append(At("2026-03-03T08:59:00Z"), {});
  for (int i = 0; i < orders; i += 2) {
    const Instant time = AddSaturating(At("2026-03-03T09:00:00Z"), Duration::Minutes(static_cast<uint64_t>(i)));
    const std::string n = std::to_string(i);
    Append(time, {Envelope(World::kInvestor, {1},
                           {Redeem("second-a" + n, "investor", std::to_string(100 + i)),
                            Redeem("second-b" + n, "investor", "99999999")}),
                  Envelope(World::kInvestorAbroad, {1}, {Subscribe("second-c" + n, "abroad", "150.25")})});
  }
  JudgeSecondDay();
  Append(At("2026-03-03T16:00:01Z"), {});
  WorkOff();
  const std::optional<v1::ClassDay> day = dealing::FindClassDay(state_, InstrumentFor(Isin()), kSecondDay);
  CAUSEWAY_CHECK(day.has_value() && day->status() == v1::CLASS_DAY_STATUS_VALUED);
  const std::string& units = day->units_at_valuation();
  const std::optional<Amount> net_assets =
      Multiply({ParseDecimal(units, 4).value(), 4}, {ParseDecimal("1.2601", 4).value(), 4}, 2, Rounding::kHalfUp);
  Append(At("2026-03-03T16:30:00Z"), {Envelope(World::kAdministrator, {1, 2},
                                               {Attest(kSecondDay, FormatDecimal(*net_assets, 2), units, "1.2601")})});
  WorkOff();
  Append(At("2026-03-03T18:00:00Z"), {});
}

v1::Certificate LedgerWorld::FinalizeAs(uint64_t height, const Hash& block_hash,
                                        const std::vector<uint32_t>& signers) const {
  return CertifyAs(v1::VOTE_KIND_FINALIZE, 0, height, block_hash, signers);
}

v1::Certificate LedgerWorld::CertifyAs(v1::VoteKind kind, uint64_t epoch, uint64_t view, const Hash& block_hash,
                                       const std::vector<uint32_t>& signers) const {
  v1::Certificate certificate;
  certificate.set_kind(kind);
  certificate.set_epoch(epoch);
  certificate.set_view(view);
  certificate.set_parent_view(view == 0 ? 0 : view - 1);
  certificate.set_block_hash(block_hash.ToString());
  const std::string preimage =
      chain::VotePreimage(chain_id(), {kind, Epoch(epoch), View(view), View(certificate.parent_view()), block_hash});
  for (const uint32_t signer : signers) {
    certificate.add_signers(signer);
    certificate.mutable_signatures()->append(*validators_.at(signer)->Sign(preimage));
  }
  return certificate;
}

v1::Certificate LedgerWorld::Finalize(uint64_t height, uint32_t signers) const {
  std::vector<uint32_t> all;
  for (uint32_t i = 0; i < signers; ++i) all.push_back(i);
  return FinalizeAs(height, blocks_.at(height)->hash, all);
}

}  // namespace causeway::testing

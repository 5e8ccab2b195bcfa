// SPDX-License-Identifier: Apache-2.0

#include "tests/support/contract_fixture.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>

#include "absl/strings/str_cat.h"

#include "contracts/registry.h"
#include "ledger/codec/json.h"
#include "ledger/crypto/signature.h"
#include "ledger/execution/pipeline.h"
#include "ledger/execution/system_tables.h"
#include "ledger/state/memory_state.h"

namespace causeway::testing {
namespace {

constexpr int kOfficers = 4;

std::string OfficerLabel(absl::string_view lei, int n) {
  return absl::StrCat(lei, "/officer-", n);
}

std::vector<v1::OfficerRole> RolesOfOfficer(int n) {
  if (n == 3) return {v1::OFFICER_ROLE_TRADE};
  if (n == 4) return {v1::OFFICER_ROLE_APPROVE};
  return {v1::OFFICER_ROLE_TRADE, v1::OFFICER_ROLE_APPROVE, v1::OFFICER_ROLE_COMPLY, v1::OFFICER_ROLE_ADMINISTER};
}

v1::Genesis GenesisOf(const std::vector<std::string>& operators, Instant time, absl::string_view confidentiality_key) {
  v1::Genesis genesis;
  genesis.set_protocol_version(1);
  genesis.set_name("contract tests");
  genesis.set_time_us(time.micros());
  for (const std::string& lei : operators) {
    v1::Validator* validator = genesis.add_validators();
    validator->set_name(absl::StrCat("validator-", genesis.validators_size()));
    validator->set_operator_(lei);
  }
  v1::Limits* limits = genesis.mutable_limits();
  limits->set_transaction_bytes(3 << 20);
  limits->set_transaction_operations(8192);
  limits->set_transaction_work(100'000'000);
  limits->set_block_bytes(8 << 20);
  limits->set_block_operations(16384);
  limits->set_block_work(1'000'000'000);
  limits->set_due_work(1'000'000);
  limits->set_validity_us(Duration::Hours(1).micros());
  genesis.set_confidentiality_key_hash(crypto::Sha256(confidentiality_key).ToString());
  return genesis;
}

void AddFee(v1::FeeSide side, absl::string_view rate, const AccountId& recipient, v1::ShareClass& share_class) {
  v1::Fee* fee = share_class.add_fees();
  fee->set_side(side);
  fee->set_basis(v1::FEE_BASIS_GRAM);
  fee->set_rate(std::string(rate));
  fee->set_recipient_account_id(recipient.ToString());
}

}  // namespace

std::string LeiFor(absl::string_view label) {
  std::string text(label);
  text.resize(18, '0');
  const std::optional<std::string> digits = Lei::CheckDigits(text);
  CAUSEWAY_CHECK(digits.has_value(), "a label of an LEI is A-Z and 0-9: ", text);
  return text + *digits;
}

std::string IsinFor(absl::string_view label) {
  std::string text(label);
  text.resize(11, '0');
  const std::optional<char> digit = Isin::CheckDigit(text);
  CAUSEWAY_CHECK(digit.has_value(), "a label of an ISIN begins with two letters: ", text);
  return text + *digit;
}

InstrumentId InstrumentFor(absl::string_view text) {
  absl::StatusOr<InstrumentId> id = InstrumentId::Parse(text);
  CAUSEWAY_CHECK(id.ok(), id.status().ToString());
  return *id;
}

Instant At(absl::string_view text) {
  absl::StatusOr<Instant> instant = ParseInstant(text);
  CAUSEWAY_CHECK(instant.ok(), instant.status().ToString());
  return *instant;
}

v1::Operation OperationFrom(absl::string_view json) {
  v1::Operation operation;
  const absl::Status status = codec::JsonToMessage(json, &operation);
  CAUSEWAY_CHECK(status.ok(), status.ToString());
  return operation;
}

void NoteReason(uint32_t code) {
  const char* file = std::getenv("CAUSEWAY_REASONS_FILE");
  if (file != nullptr) std::ofstream(file, std::ios::app) << code << '\n';
}

const std::string ContractFixture::kFmco = LeiFor("FUNDCOMPANY");
const std::string ContractFixture::kAdministrator = LeiFor("ADMINISTRATOR");
const std::string ContractFixture::kTransferAgent = LeiFor("TRANSFERAGENT");
const std::string ContractFixture::kBank = LeiFor("BANK");
const std::string ContractFixture::kIntermediary = LeiFor("INTERMEDIARY");
const std::string ContractFixture::kInvestor = LeiFor("INVESTOR");
const std::string ContractFixture::kInvestorAbroad = LeiFor("INVESTORABROAD");
const std::string ContractFixture::kSupervisor = LeiFor("SUPERVISOR");
const std::string ContractFixture::kAuditor = LeiFor("AUDITOR");
const std::vector<std::string> ContractFixture::kOperators = {LeiFor("OPERATOR1"), LeiFor("OPERATOR2"),
                                                              LeiFor("OPERATOR3"), LeiFor("OPERATOR4")};

ContractFixture::ContractFixture()
    : registry_(MakeRegistry()),
      chain_{crypto::Sha256("chain of contract tests"), v1::Genesis(), std::string(32, 'k')},
      base_(std::make_unique<state::MemoryState>()),
      state_(std::make_unique<state::StateTransaction>(*base_)),
      now_(At("2026-03-02T09:00:00Z")) {
  chain_.genesis = GenesisOf(kOperators, now_, *chain_.confidentiality_key);
  for (v1::Validator& validator : *chain_.genesis.mutable_validators())
    validator.set_public_key(PublicKeyFor(validator.operator_()).bytes);
  AddParty("FUNDCOMPANY", {v1::PARTY_ROLE_FMCO});
  AddParty("ADMINISTRATOR", {v1::PARTY_ROLE_ADMINISTRATOR});
  AddParty("TRANSFERAGENT", {v1::PARTY_ROLE_TRAG});
  AddParty("BANK", {v1::PARTY_ROLE_BANK, v1::PARTY_ROLE_ISSUER});
  AddParty("INTERMEDIARY", {v1::PARTY_ROLE_INTR, v1::PARTY_ROLE_INVESTOR});
  AddParty("INVESTOR", {v1::PARTY_ROLE_INVESTOR});
  AddParty("INVESTORABROAD", {v1::PARTY_ROLE_INVESTOR}, "IE");
  AddParty("SUPERVISOR", {v1::PARTY_ROLE_SUPERVISOR});
  AddParty("AUDITOR", {v1::PARTY_ROLE_AUDITOR});
  for (const std::string& lei : kOperators) AddParty(lei.substr(0, 9), {v1::PARTY_ROLE_BANK, v1::PARTY_ROLE_OPERATOR});
}

ContractFixture::~ContractFixture() = default;

void ContractFixture::SetTime(Instant now) {
  CAUSEWAY_CHECK(now >= now_, "block time does not go back");
  now_ = now;
}

void ContractFixture::Advance(Duration duration) {
  SetTime(AddSaturating(now_, duration));
}

execution::BlockContext ContractFixture::block() const {
  return {chain_.genesis.protocol_version(), Height(height_), now_, crypto::Sha256(absl::StrCat("block ", height_)),
          &chain_};
}

OfficerId ContractFixture::Officer(absl::string_view lei, int n) {
  return IdFor<OfficerId>(OfficerLabel(lei, n));
}
KeyId ContractFixture::KeyOf(absl::string_view lei, int n) {
  return KeyIdFor(OfficerLabel(lei, n));
}
KeyId ContractFixture::AgentKeyOf(absl::string_view lei) {
  return KeyIdFor(absl::StrCat(lei, "/agent"));
}

crypto::PrivateKey ContractFixture::PrivateKeyFor(absl::string_view label) {
  absl::StatusOr<crypto::PrivateKey> key = crypto::PrivateKey::Ed25519FromSeed(crypto::Sha256(label).bytes());
  CAUSEWAY_CHECK(key.ok(), key.status().ToString());
  return *std::move(key);
}

// Each is asked for again and again, and memory for secrets is slow to get.
const crypto::PublicKey& ContractFixture::PublicKeyFor(absl::string_view label) {
  static thread_local std::map<std::string, crypto::PublicKey, std::less<>> keys;
  const auto known = keys.find(label);
  if (known != keys.end()) return known->second;
  return keys.emplace(label, PrivateKeyFor(label).public_key()).first->second;
}

v1::NewKey ContractFixture::NewKeyFor(absl::string_view label) {
  v1::NewKey key;
  key.mutable_material()->set_algorithm(v1::KEY_ALGORITHM_ED25519);
  key.mutable_material()->set_public_key(PublicKeyFor(label).bytes);
  return key;
}

KeyId ContractFixture::KeyIdFor(absl::string_view label) {
  return crypto::KeyIdOf(PublicKeyFor(label));
}

ContractFixture::Signers ContractFixture::Two(absl::string_view lei) {
  return Sorted({KeyOf(lei, 1), KeyOf(lei, 2)});
}

ContractFixture::Signers ContractFixture::Sorted(Signers signers) {
  std::sort(signers.begin(), signers.end());
  return signers;
}

v1::OperationResult ContractFixture::Run(const std::string& party, Signers signers, const v1::Operation& operation) {
  return RunTransaction(party, std::move(signers), {operation}).front();
}

std::vector<v1::OperationResult> ContractFixture::RunAll(const std::string& party, Signers signers,
                                                         const std::vector<v1::Operation>& operations) {
  return RunTransaction(party, std::move(signers), operations);
}

v1::OperationResult ContractFixture::RunGenesis(const v1::Operation& operation) {
  return RunTransaction("", {}, {operation}).front();
}

std::vector<v1::OperationResult> ContractFixture::RunTransaction(const std::string& party, Signers signers,
                                                                 const std::vector<v1::Operation>& operations) {
  if (!party.empty()) ++height_;
  transaction_id_ = party.empty() ? Hash::Zero() : crypto::Sha256(absl::StrCat("transaction ", height_));
  execution::PipelineInput input{
      transaction_id_, party, Sorted(std::move(signers)), {}, chain_.genesis.limits().transaction_work()};
  for (const v1::Operation& operation : operations) input.operations.push_back(&operation);
  const execution::BlockContext context = block();
  execution::PipelineResult result = execution::RunTransaction(*registry_, context, input, *state_);
  violations_ = result.violations;
  restricted_ = result.restricted;
  CheckViolations();
  for (const v1::OperationResult& one : result.results) {
    for (const v1::Reason& reason : one.reasons()) NoteReason(reason.code());
  }
  return std::move(result.results);
}

std::vector<v1::OperationResult> ContractFixture::RunDue(uint64_t work) {
  ++height_;
  violations_.clear();
  restricted_.clear();
  std::vector<execution::DueItem> items;
  state_->ForEach(execution::kDueWork, std::tuple<>(), [&](const auto& key, const execution::DueRecord& record) {
    const auto& [due, id, contract] = key;
    if (due > now_) return false;
    items.push_back({due, id, contract, record.cause, record.payload});
    return true;
  });
  std::vector<v1::OperationResult> results;
  execution::WorkBudget budget(work);
  const execution::BlockContext context = block();
  for (const execution::DueItem& item : items) {
    if (!state_->Has(execution::kDueWork, std::make_tuple(item.due, item.id, item.contract))) continue;
    bool finished = false;
    execution::PipelineResult result = execution::RunDueItem(
        *registry_, context, item, static_cast<uint32_t>(results.size()), budget, *state_, &finished);
    violations_.insert(violations_.end(), result.violations.begin(), result.violations.end());
    restricted_.insert(restricted_.end(), result.restricted.begin(), result.restricted.end());
    for (v1::OperationResult& one : result.results) {
      for (const v1::Reason& reason : one.reasons()) NoteReason(reason.code());
      results.push_back(std::move(one));
    }
    if (!finished) break;
  }
  CheckViolations();
  return results;
}

size_t ContractFixture::DueCount() const {
  size_t count = 0;
  state_->ForEach(execution::kDueWork, std::tuple<>(), [&](const auto&, const execution::DueRecord&) {
    ++count;
    return true;
  });
  return count;
}

void ContractFixture::CheckViolations() {
  if (violations_expected_) return;
  for (const execution::ViolationReport& report : violations_) ADD_FAILURE() << report.contract << ": " << report.what;
}

v1::RegisterParty ContractFixture::PartyRequest(absl::string_view label, const std::vector<v1::PartyRole>& roles,
                                                absl::string_view jurisdiction) {
  const std::string lei = LeiFor(label);
  v1::RegisterParty request;
  request.set_lei(lei);
  request.set_name(absl::StrCat("Party ", label));
  request.set_jurisdiction(std::string(jurisdiction));
  for (const v1::PartyRole role : roles) request.add_roles(role);
  for (int n = 1; n <= kOfficers; ++n) {
    v1::NewOfficer* officer = request.add_officers();
    officer->set_officer_id(Officer(lei, n).ToString());
    for (const v1::OfficerRole role : RolesOfOfficer(n)) officer->add_roles(role);
    *officer->add_keys() = NewKeyFor(OfficerLabel(lei, n));
  }
  return request;
}

std::string ContractFixture::AddParty(absl::string_view label, const std::vector<v1::PartyRole>& roles,
                                      absl::string_view jurisdiction) {
  const std::string lei = LeiFor(label);
  v1::Operation operation;
  *operation.mutable_parties()->mutable_register_party() = PartyRequest(label, roles, jurisdiction);
  EXPECT_THAT(RunGenesis(operation), Applied());
  v1::Operation bind;
  v1::BindKey* request = bind.mutable_parties()->mutable_bind_key();
  request->set_agent_id(IdFor<OfficerId>(absl::StrCat(lei, "/agent")).ToString());
  *request->mutable_key() = NewKeyFor(absl::StrCat(lei, "/agent"));
  request->mutable_key()->add_purposes(v1::OFFICER_ROLE_TRADE);
  EXPECT_THAT(Run(lei, Two(lei), bind), Applied());
  return lei;
}

InstrumentId ContractFixture::AddCashToken(absl::string_view id, const std::string& issuer) {
  v1::Operation operation;
  v1::SetCashToken* request = operation.mutable_instruments()->mutable_set_cash_token();
  request->set_instrument_id(std::string(id));
  v1::CashToken* token = request->mutable_cash_token();
  token->set_issuer(issuer);
  token->set_currency(std::string(id.substr(0, 3)));
  token->set_name(absl::StrCat("Cash ", id));
  token->set_status(v1::INSTRUMENT_STATUS_ACTIVE);
  EXPECT_THAT(Run(issuer, Two(issuer), operation), Applied());
  return InstrumentFor(id);
}

v1::Fund ContractFixture::FundOf(absl::string_view base_currency) {
  v1::Fund fund;
  fund.set_name("A fund");
  fund.set_base_currency(std::string(base_currency));
  fund.set_fmco(kFmco);
  fund.set_administrator(kAdministrator);
  fund.set_transfer_agent(kTransferAgent);
  fund.set_status(v1::INSTRUMENT_STATUS_ACTIVE);
  return fund;
}

InstrumentId ContractFixture::AddFund(absl::string_view id, absl::string_view base_currency) {
  v1::Operation operation;
  operation.mutable_instruments()->mutable_set_fund()->set_fund_id(std::string(id));
  *operation.mutable_instruments()->mutable_set_fund()->mutable_fund() = FundOf(base_currency);
  EXPECT_THAT(Run(kFmco, Two(kFmco), operation), Applied());
  return InstrumentFor(id);
}

AccountId ContractFixture::ClassAccount(const InstrumentId& isin, absl::string_view purpose) {
  return IdFor<AccountId>(absl::StrCat(isin.ToString(), "/", purpose));
}

v1::ShareClass ContractFixture::ShareClassOf(const InstrumentId& fund, const std::vector<InstrumentId>& cash_tokens,
                                             absl::string_view isin, absl::string_view currency) {
  const InstrumentId id = InstrumentFor(isin);
  v1::ShareClass share_class;
  share_class.set_fund(fund.ToString());
  share_class.set_name(absl::StrCat("Class ", isin));
  share_class.set_currency(std::string(currency));
  share_class.set_unit_decimals(4);
  share_class.set_price_decimals(4);
  v1::Roundings* roundings = share_class.mutable_roundings();
  roundings->set_price(v1::ROUNDING_MODE_HALF_UP);
  roundings->set_units_issued(v1::ROUNDING_MODE_DOWN);
  roundings->set_units_cancelled(v1::ROUNDING_MODE_UP);
  roundings->set_cash_received(v1::ROUNDING_MODE_UP);
  roundings->set_cash_paid(v1::ROUNDING_MODE_DOWN);
  roundings->set_fee(v1::ROUNDING_MODE_UP);
  share_class.set_income_policy(v1::INCOME_POLICY_ACCU);
  AddFee(v1::FEE_SIDE_ENTRY, "0.01", ClassAccount(id, "fees"), share_class);
  share_class.mutable_at_once();
  share_class.set_funding_model(v1::FUNDING_MODEL_PREFUNDED);
  for (const InstrumentId& token : cash_tokens) share_class.add_cash_tokens(token.ToString());
  share_class.set_register_form(v1::REGISTER_FORM_NATIVE);
  share_class.set_pricing(v1::PRICING_SINGLE);
  share_class.set_late_orders(v1::LATE_ORDER_POLICY_ROLL);
  share_class.set_remainder(v1::REMAINDER_POLICY_REFUSE);
  share_class.set_cash_account_id(ClassAccount(id, "cash").ToString());
  share_class.set_issuance_account_id(ClassAccount(id, "issuance").ToString());
  share_class.set_residual_account_id(ClassAccount(id, "residual").ToString());
  share_class.set_status(v1::INSTRUMENT_STATUS_ACTIVE);
  return share_class;
}

InstrumentId ContractFixture::AddShareClass(absl::string_view isin, const v1::ShareClass& share_class) {
  v1::Operation operation;
  operation.mutable_instruments()->mutable_set_share_class()->set_isin(std::string(isin));
  *operation.mutable_instruments()->mutable_set_share_class()->mutable_share_class() = share_class;
  EXPECT_THAT(Run(kFmco, Two(kFmco), operation), Applied());
  const InstrumentId id = InstrumentFor(isin);
  if (HasContract(v1::Operation::kTransfers)) {
    AddAccount(kFmco, v1::ACCOUNT_KIND_ISSUANCE, absl::StrCat(isin, "/cash"));
    AddAccount(kFmco, v1::ACCOUNT_KIND_ISSUANCE, absl::StrCat(isin, "/issuance"));
    AddAccount(kFmco, v1::ACCOUNT_KIND_RESIDUAL, absl::StrCat(isin, "/residual"));
    AddAccount(kFmco, v1::ACCOUNT_KIND_OWN, absl::StrCat(isin, "/fees"));
  }
  return id;
}

v1::DealingDay ContractFixture::DealingDayOn(absl::string_view date) {
  const Instant midnight = At(absl::StrCat(date, "T00:00:00Z"));
  v1::DealingDay day;
  day.set_date(std::string(date));
  day.set_cut_off_us(AddSaturating(midnight, Duration::Hours(10)).micros());
  day.set_grace_us(Duration::Minutes(5).micros());
  day.set_valuation_point_us(AddSaturating(midnight, Duration::Hours(16)).micros());
  for (uint64_t lag = 1; lag <= 3; ++lag)
    day.add_settlement_us(AddSaturating(midnight, Duration::Hours(24 * lag + 9)).micros());
  return day;
}

void ContractFixture::AddDealingDays(const InstrumentId& fund, const std::vector<std::string>& dates) {
  v1::Operation operation;
  v1::SetDealingDays* request = operation.mutable_instruments()->mutable_set_dealing_days();
  request->set_fund_id(fund.ToString());
  for (const std::string& date : dates) *request->add_days() = DealingDayOn(date);
  EXPECT_THAT(Run(kFmco, Two(kFmco), operation), Applied());
}

AccountId ContractFixture::AddAccount(const std::string& owner, v1::AccountKind kind, absl::string_view label) {
  const AccountId id =
      IdFor<AccountId>(label.empty() ? absl::StrCat(owner, "/account-", ++accounts_) : std::string(label));
  v1::Operation operation;
  v1::OpenAccount* request = operation.mutable_transfers()->mutable_open_account();
  request->set_account(id.ToString());
  request->set_owner(owner);
  request->set_kind(kind);
  EXPECT_THAT(Run(owner, Two(owner), operation), Applied());
  return id;
}

void ContractFixture::Attest(const AccountId& account, absl::string_view investor_class,
                             absl::string_view jurisdiction) {
  v1::Operation operation;
  v1::SetAttributes* request = operation.mutable_transfers()->mutable_set_attributes();
  request->set_account(account.ToString());
  request->set_attester(kTransferAgent);
  const auto add = [&](const char* name, absl::string_view value) {
    v1::AttributeChange* change = request->add_changes();
    change->set_name(name);
    change->set_value(std::string(value));
    change->set_expires_us(At("2036-01-01T00:00:00Z").micros());
  };
  if (!investor_class.empty()) add("investor_class", investor_class);
  if (!jurisdiction.empty()) add("jurisdiction", jurisdiction);
  EXPECT_THAT(Run(kTransferAgent, Two(kTransferAgent), operation), Applied());
}

}  // namespace causeway::testing

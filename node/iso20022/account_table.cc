// SPDX-License-Identifier: Apache-2.0
#include "node/iso20022/account_table.h"

#include <algorithm>
#include <fstream>
#include <initializer_list>
#include <set>
#include <sstream>
#include <utility>

#include <nlohmann/json.hpp>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "ledger/base/status.h"
#include "ledger/codec/canonical.h"

namespace causeway::iso20022 {
namespace {

using nlohmann::json;

constexpr size_t kExternalIdBytesMax = 35;

// A parsed document, or what is wrong with it as JSON. A key that occurs twice in one object is refused: one of the two
// would be lost.
absl::StatusOr<json> ParseJson(absl::string_view text) {
  std::vector<std::set<std::string>> open_objects;
  std::string twice;
  const json::parser_callback_t watch_keys = [&](int, json::parse_event_t event, json& parsed) {
    if (event == json::parse_event_t::object_start) open_objects.emplace_back();
    if (event == json::parse_event_t::object_end) open_objects.pop_back();
    if (event == json::parse_event_t::key && !open_objects.back().insert(parsed.get<std::string>()).second) {
      twice = parsed.get<std::string>();
    }
    return true;
  };
  try {
    json document = json::parse(text.begin(), text.end(), watch_keys);
    if (!twice.empty())
      return absl::InvalidArgumentError(absl::StrCat("the key \"", twice, "\" occurs twice in one object"));
    return document;
  } catch (const json::exception& error) {
    return absl::InvalidArgumentError(absl::StrCat("not JSON: ", error.what()));
  }
}

// Reads the table, collecting what is wrong.
class TableReader {
 public:
  std::vector<InvestmentAccount> Read(const json& document) {
    std::vector<InvestmentAccount> accounts;
    if (!HasOnly(document, "", {"accounts"})) return accounts;
    const json* list = List(document, "", "accounts");
    if (list == nullptr) return accounts;
    for (size_t i = 0; i < list->size(); ++i) {
      std::optional<InvestmentAccount> account = ReadAccount((*list)[i], absl::StrCat("accounts[", i, "]"));
      if (!account) continue;
      if (!external_ids_.insert(account->external_id).second) {
        Fail(absl::StrCat("accounts[", i, "].external_id"),
             absl::StrCat("\"", account->external_id, "\" occurs more than once"));
      }
      if (!ids_.insert(account->account).second) {
        Fail(absl::StrCat("accounts[", i, "].account"),
             absl::StrCat(account->account.ToHex(), " occurs more than once"));
      }
      accounts.push_back(*std::move(account));
    }
    return accounts;
  }

  absl::Status status() const {
    return errors_.empty() ? absl::OkStatus() : absl::InvalidArgumentError(absl::StrJoin(errors_, "\n"));
  }

 private:
  std::optional<InvestmentAccount> ReadAccount(const json& object, const std::string& where) {
    if (!HasOnly(object, where, {"external_id", "account", "owner", "cash_accounts"})) return std::nullopt;
    const std::string external_id = ReadExternalId(object, where, true);
    const std::optional<AccountId> account = ReadAccountId(object, where);
    const std::optional<Lei> owner = ReadCode<Lei>(object, where, "owner");
    std::vector<CashAccount> cash_accounts;
    std::set<std::string> seen;
    if (const json* list = List(object, where, "cash_accounts"); list != nullptr) {
      for (size_t i = 0; i < list->size(); ++i) {
        const std::string place = absl::StrCat(where, ".cash_accounts[", i, "]");
        std::optional<CashAccount> cash = ReadCashAccount((*list)[i], place);
        if (!cash) continue;
        if (!cash->external_id.empty() && !seen.insert(cash->external_id).second) {
          Fail(absl::StrCat(place, ".external_id"), "occurs more than once in this account");
        }
        cash_accounts.push_back(*std::move(cash));
      }
    }
    if (!account || !owner) return std::nullopt;
    return InvestmentAccount{external_id, *account, *owner, std::move(cash_accounts)};
  }

  std::optional<CashAccount> ReadCashAccount(const json& object, const std::string& where) {
    if (!HasOnly(object, where, {"currency", "account", "token", "external_id"})) return std::nullopt;
    const std::optional<CurrencyCode> currency = ReadCode<CurrencyCode>(object, where, "currency");
    const std::optional<AccountId> account = ReadAccountId(object, where);
    const std::optional<InstrumentId> token = ReadCode<InstrumentId>(object, where, "token");
    const std::string external_id = ReadExternalId(object, where, false);
    if (!currency || !account || !token) return std::nullopt;
    return CashAccount{*currency, *account, *token, external_id};
  }

  std::string ReadExternalId(const json& object, const std::string& where, bool required) {
    if (!required && !object.contains("external_id")) return "";
    const std::optional<std::string> text = Text(object, where, "external_id");
    if (!text) return "";
    if (text->empty() || text->size() > kExternalIdBytesMax) {
      Fail(absl::StrCat(where, ".external_id"), absl::StrCat("must have 1 to ", kExternalIdBytesMax, " bytes"));
    }
    if (const absl::Status status = codec::CheckText(*text); !status.ok()) {
      Fail(absl::StrCat(where, ".external_id"), status.message());
    }
    return *text;
  }

  std::optional<AccountId> ReadAccountId(const json& object, const std::string& where) {
    const std::optional<std::string> text = Text(object, where, "account");
    if (!text) return std::nullopt;
    std::optional<AccountId> account = AccountId::FromHex(*text);
    if (!account) Fail(absl::StrCat(where, ".account"), "must be 32 lower-case hexadecimal digits");
    return account;
  }

  template <typename Code>
  std::optional<Code> ReadCode(const json& object, const std::string& where, const char* key) {
    const std::optional<std::string> text = Text(object, where, key);
    if (!text) return std::nullopt;
    absl::StatusOr<Code> code = Code::Parse(*text);
    if (code.ok()) return *code;
    Fail(absl::StrCat(where, ".", key), code.status().message());
    return std::nullopt;
  }

  // Whether it is an object; reports the keys that it should not have.
  bool HasOnly(const json& value, const std::string& where, std::initializer_list<absl::string_view> keys) {
    if (!value.is_object()) {
      Fail(where.empty() ? "the document" : where, "must be an object");
      return false;
    }
    for (const auto& [key, unused] : value.items()) {
      if (std::find(keys.begin(), keys.end(), absl::string_view(key)) == keys.end()) {
        Fail(where.empty() ? key : absl::StrCat(where, ".", key),
             absl::StrCat("is not a key here; known are ", absl::StrJoin(keys, ", ")));
      }
    }
    return true;
  }

  const json* List(const json& object, const std::string& where, const char* key) {
    const auto found = object.find(key);
    if (found != object.end() && found->is_array()) return &*found;
    Fail(where.empty() ? key : absl::StrCat(where, ".", key), "must be a list");
    return nullptr;
  }

  std::optional<std::string> Text(const json& object, const std::string& where, const char* key) {
    const auto found = object.find(key);
    if (found != object.end() && found->is_string()) return found->get<std::string>();
    Fail(absl::StrCat(where, ".", key), "must be a text");
    return std::nullopt;
  }

  void Fail(absl::string_view where, absl::string_view what) { errors_.push_back(absl::StrCat(where, ": ", what)); }

  std::vector<std::string> errors_;
  std::set<std::string> external_ids_;
  std::set<AccountId> ids_;
};

}  // namespace

AccountTable::AccountTable(std::vector<InvestmentAccount> accounts) : accounts_(std::move(accounts)) {
  for (size_t i = 0; i < accounts_.size(); ++i) {
    by_external_id_.emplace(accounts_[i].external_id, i);
    by_account_.emplace(accounts_[i].account, i);
  }
}

absl::StatusOr<AccountTable> AccountTable::FromJson(absl::string_view text) {
  CAUSEWAY_ASSIGN_OR_RETURN(const json document, ParseJson(text));
  TableReader reader;
  std::vector<InvestmentAccount> accounts = reader.Read(document);
  CAUSEWAY_RETURN_IF_ERROR(reader.status());
  return AccountTable(std::move(accounts));
}

absl::StatusOr<AccountTable> AccountTable::FromFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (!file || !(text << file.rdbuf())) return absl::NotFoundError(absl::StrCat(path, ": cannot be read"));
  absl::StatusOr<AccountTable> table = FromJson(text.str());
  if (!table.ok()) return Annotate(table.status(), path);
  return table;
}

const InvestmentAccount* AccountTable::Find(absl::string_view external_id) const {
  const auto found = by_external_id_.find(std::string(external_id));
  return found == by_external_id_.end() ? nullptr : &accounts_[found->second];
}

const InvestmentAccount* AccountTable::Find(const AccountId& account) const {
  const auto found = by_account_.find(account);
  return found == by_account_.end() ? nullptr : &accounts_[found->second];
}

}  // namespace causeway::iso20022

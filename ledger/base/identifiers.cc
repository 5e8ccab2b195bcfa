// SPDX-License-Identifier: Apache-2.0
#include "ledger/base/identifiers.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

#include "ledger/base/bytes.h"

namespace causeway {
namespace {

bool IsUpper(char c) {
  return absl::ascii_isupper(static_cast<unsigned char>(c));
}
bool IsDigit(char c) {
  return absl::ascii_isdigit(static_cast<unsigned char>(c));
}
bool IsUpperOrDigit(char c) {
  return IsUpper(c) || IsDigit(c);
}

// 0-9 for digits, 10-35 for letters, as ISO 6166 and ISO 17442 have it.
int CharacterValue(char c) {
  return IsDigit(c) ? c - '0' : c - 'A' + 10;
}

absl::Status NotA(absl::string_view kind, absl::string_view text, absl::string_view problem) {
  return absl::InvalidArgumentError(absl::StrCat(Quoted(text), " is not ", kind, ": ", problem));
}

// The first character of `text` from `start` on that `allowed` refuses, as a message; empty when there is none.
std::string BadCharacter(absl::string_view text, size_t start, bool (*allowed)(char), absl::string_view what) {
  for (size_t i = start; i < text.size(); ++i) {
    if (!allowed(text[i])) return absl::StrCat("character ", i + 1, " is not ", what);
  }
  return "";
}

struct Currency {
  absl::string_view code;
  int decimals;
};

// ISO 4217, list one, as at 2026-01-01; sorted by code.
constexpr Currency kCurrencies[] = {
    {"AED", 2}, {"AFN", 2}, {"ALL", 2}, {"AMD", 2}, {"AOA", 2}, {"ARS", 2}, {"AUD", 2}, {"AWG", 2}, {"AZN", 2},
    {"BAM", 2}, {"BBD", 2}, {"BDT", 2}, {"BHD", 3}, {"BIF", 0}, {"BMD", 2}, {"BND", 2}, {"BOB", 2}, {"BOV", 2},
    {"BRL", 2}, {"BSD", 2}, {"BTN", 2}, {"BWP", 2}, {"BYN", 2}, {"BZD", 2}, {"CAD", 2}, {"CDF", 2}, {"CHE", 2},
    {"CHF", 2}, {"CHW", 2}, {"CLF", 4}, {"CLP", 0}, {"CNY", 2}, {"COP", 2}, {"COU", 2}, {"CRC", 2}, {"CUP", 2},
    {"CVE", 2}, {"CZK", 2}, {"DJF", 0}, {"DKK", 2}, {"DOP", 2}, {"DZD", 2}, {"EGP", 2}, {"ERN", 2}, {"ETB", 2},
    {"EUR", 2}, {"FJD", 2}, {"FKP", 2}, {"GBP", 2}, {"GEL", 2}, {"GHS", 2}, {"GIP", 2}, {"GMD", 2}, {"GNF", 0},
    {"GTQ", 2}, {"GYD", 2}, {"HKD", 2}, {"HNL", 2}, {"HTG", 2}, {"HUF", 2}, {"IDR", 2}, {"ILS", 2}, {"INR", 2},
    {"IQD", 3}, {"IRR", 2}, {"ISK", 0}, {"JMD", 2}, {"JOD", 3}, {"JPY", 0}, {"KES", 2}, {"KGS", 2}, {"KHR", 2},
    {"KMF", 0}, {"KPW", 2}, {"KRW", 0}, {"KWD", 3}, {"KYD", 2}, {"KZT", 2}, {"LAK", 2}, {"LBP", 2}, {"LKR", 2},
    {"LRD", 2}, {"LSL", 2}, {"LYD", 3}, {"MAD", 2}, {"MDL", 2}, {"MGA", 2}, {"MKD", 2}, {"MMK", 2}, {"MNT", 2},
    {"MOP", 2}, {"MRU", 2}, {"MUR", 2}, {"MVR", 2}, {"MWK", 2}, {"MXN", 2}, {"MXV", 2}, {"MYR", 2}, {"MZN", 2},
    {"NAD", 2}, {"NGN", 2}, {"NIO", 2}, {"NOK", 2}, {"NPR", 2}, {"NZD", 2}, {"OMR", 3}, {"PAB", 2}, {"PEN", 2},
    {"PGK", 2}, {"PHP", 2}, {"PKR", 2}, {"PLN", 2}, {"PYG", 0}, {"QAR", 2}, {"RON", 2}, {"RSD", 2}, {"RUB", 2},
    {"RWF", 0}, {"SAR", 2}, {"SBD", 2}, {"SCR", 2}, {"SDG", 2}, {"SEK", 2}, {"SGD", 2}, {"SHP", 2}, {"SLE", 2},
    {"SOS", 2}, {"SRD", 2}, {"SSP", 2}, {"STN", 2}, {"SVC", 2}, {"SYP", 2}, {"SZL", 2}, {"THB", 2}, {"TJS", 2},
    {"TMT", 2}, {"TND", 3}, {"TOP", 2}, {"TRY", 2}, {"TTD", 2}, {"TWD", 2}, {"TZS", 2}, {"UAH", 2}, {"UGX", 0},
    {"USD", 2}, {"USN", 2}, {"UYI", 0}, {"UYU", 2}, {"UYW", 4}, {"UZS", 2}, {"VED", 2}, {"VES", 2}, {"VND", 0},
    {"VUV", 0}, {"WST", 2}, {"XAF", 0}, {"XCD", 2}, {"XCG", 2}, {"XOF", 0}, {"XPF", 0}, {"YER", 2}, {"ZAR", 2},
    {"ZMW", 2}, {"ZWG", 2}};

// ISO 3166-1 alpha-2, as at 2026-01-01; sorted.
constexpr absl::string_view kCountries[] = {
    "AD", "AE", "AF", "AG", "AI", "AL", "AM", "AO", "AQ", "AR", "AS", "AT", "AU", "AW", "AX", "AZ", "BA", "BB",
    "BD", "BE", "BF", "BG", "BH", "BI", "BJ", "BL", "BM", "BN", "BO", "BQ", "BR", "BS", "BT", "BV", "BW", "BY",
    "BZ", "CA", "CC", "CD", "CF", "CG", "CH", "CI", "CK", "CL", "CM", "CN", "CO", "CR", "CU", "CV", "CW", "CX",
    "CY", "CZ", "DE", "DJ", "DK", "DM", "DO", "DZ", "EC", "EE", "EG", "EH", "ER", "ES", "ET", "FI", "FJ", "FK",
    "FM", "FO", "FR", "GA", "GB", "GD", "GE", "GF", "GG", "GH", "GI", "GL", "GM", "GN", "GP", "GQ", "GR", "GS",
    "GT", "GU", "GW", "GY", "HK", "HM", "HN", "HR", "HT", "HU", "ID", "IE", "IL", "IM", "IN", "IO", "IQ", "IR",
    "IS", "IT", "JE", "JM", "JO", "JP", "KE", "KG", "KH", "KI", "KM", "KN", "KP", "KR", "KW", "KY", "KZ", "LA",
    "LB", "LC", "LI", "LK", "LR", "LS", "LT", "LU", "LV", "LY", "MA", "MC", "MD", "ME", "MF", "MG", "MH", "MK",
    "ML", "MM", "MN", "MO", "MP", "MQ", "MR", "MS", "MT", "MU", "MV", "MW", "MX", "MY", "MZ", "NA", "NC", "NE",
    "NF", "NG", "NI", "NL", "NO", "NP", "NR", "NU", "NZ", "OM", "PA", "PE", "PF", "PG", "PH", "PK", "PL", "PM",
    "PN", "PR", "PS", "PT", "PW", "PY", "QA", "RE", "RO", "RS", "RU", "RW", "SA", "SB", "SC", "SD", "SE", "SG",
    "SH", "SI", "SJ", "SK", "SL", "SM", "SN", "SO", "SR", "SS", "ST", "SV", "SX", "SY", "SZ", "TC", "TD", "TF",
    "TG", "TH", "TJ", "TK", "TL", "TM", "TN", "TO", "TR", "TT", "TV", "TW", "TZ", "UA", "UG", "UM", "US", "UY",
    "UZ", "VA", "VC", "VE", "VG", "VI", "VN", "VU", "WF", "WS", "YE", "YT", "ZA", "ZM", "ZW"};

const Currency* FindCurrency(absl::string_view code) {
  const auto* found =
      std::lower_bound(std::begin(kCurrencies), std::end(kCurrencies), code,
                       [](const Currency& currency, absl::string_view key) { return currency.code < key; });
  return found != std::end(kCurrencies) && found->code == code ? found : nullptr;
}

}  // namespace

// Letters become two digits (A = 10); from the right, every second digit is doubled, beginning with the last; the
// digits of the results are added up, and the check digit brings the sum to a multiple of ten.
std::optional<char> Isin::CheckDigit(absl::string_view eleven) {
  if (eleven.size() != 11 || !IsUpper(eleven[0]) || !IsUpper(eleven[1])) return std::nullopt;
  int sum = 0;
  bool doubled = true;
  const auto add = [&](int digit) {
    const int value = doubled ? digit * 2 : digit;
    sum += value / 10 + value % 10;
    doubled = !doubled;
  };
  for (size_t i = eleven.size(); i-- > 0;) {
    if (!IsUpperOrDigit(eleven[i])) return std::nullopt;
    const int value = CharacterValue(eleven[i]);
    add(value % 10);
    if (value >= 10) add(value / 10);
  }
  return static_cast<char>('0' + (10 - sum % 10) % 10);
}

absl::StatusOr<Isin> Isin::Parse(absl::string_view text) {
  constexpr absl::string_view kKind = "an ISIN";
  if (text.size() != kSize) return NotA(kKind, text, absl::StrCat("it has ", text.size(), " characters instead of 12"));
  std::string problem = BadCharacter(text.substr(0, 2), 0, IsUpper, "an upper-case letter");
  if (problem.empty()) problem = BadCharacter(text.substr(0, 11), 2, IsUpperOrDigit, "an upper-case letter or a digit");
  if (problem.empty()) problem = BadCharacter(text, 11, IsDigit, "a digit");
  if (!problem.empty()) return NotA(kKind, text, problem);
  const char expected = *CheckDigit(text.substr(0, 11));
  if (text[11] != expected) {
    return NotA(kKind, text,
                absl::StrCat("the check digit is ", text.substr(11), " and ought to be ", std::string(1, expected)));
  }
  return Isin(text);
}

namespace {
// The text, letters replaced by their two digits, modulo 97.
int Modulo97(absl::string_view text) {
  int rest = 0;
  for (const char c : text) {
    const int value = CharacterValue(c);
    rest = (rest * (value >= 10 ? 100 : 10) + value) % 97;
  }
  return rest;
}
}  // namespace

std::optional<std::string> Lei::CheckDigits(absl::string_view eighteen) {
  if (eighteen.size() != 18 || !std::all_of(eighteen.begin(), eighteen.end(), IsUpperOrDigit)) return std::nullopt;
  const int check = 98 - Modulo97(absl::StrCat(eighteen, "00"));
  return absl::StrCat(check / 10, check % 10);
}

absl::StatusOr<Lei> Lei::Parse(absl::string_view text) {
  constexpr absl::string_view kKind = "an LEI";
  if (text.size() != kSize) return NotA(kKind, text, absl::StrCat("it has ", text.size(), " characters instead of 20"));
  std::string problem = BadCharacter(text.substr(0, 18), 0, IsUpperOrDigit, "an upper-case letter or a digit");
  if (problem.empty()) problem = BadCharacter(text, 18, IsDigit, "a digit");
  if (!problem.empty()) return NotA(kKind, text, problem);
  const std::string expected = *CheckDigits(text.substr(0, 18));
  if (text.substr(18) != expected) {
    return NotA(kKind, text, absl::StrCat("the check digits are ", text.substr(18), " and ought to be ", expected));
  }
  return Lei(text);
}

absl::StatusOr<CurrencyCode> CurrencyCode::Parse(absl::string_view text) {
  if (FindCurrency(text) == nullptr)
    return NotA("a currency", text, "no such active code in ISO 4217 with a minor unit");
  return CurrencyCode(text);
}

int CurrencyCode::decimals() const {
  return FindCurrency(text())->decimals;
}

absl::StatusOr<CountryCode> CountryCode::Parse(absl::string_view text) {
  if (!std::binary_search(std::begin(kCountries), std::end(kCountries), text)) {
    return NotA("a country", text, "no such code in ISO 3166-1 alpha-2");
  }
  return CountryCode(text);
}

absl::StatusOr<InstrumentId> InstrumentId::Parse(absl::string_view text) {
  constexpr absl::string_view kKind = "an instrument id";
  if (text.empty() || text.size() > kSize) {
    return NotA(kKind, text, absl::StrCat("it has ", text.size(), " characters instead of 1 to 12"));
  }
  const std::string problem = BadCharacter(
      text, 0, [](char c) { return IsUpperOrDigit(c) || c == '.'; }, "an upper-case letter, a digit or a point");
  if (!problem.empty()) return NotA(kKind, text, problem);
  std::array<char, kSize> bytes{};
  std::copy(text.begin(), text.end(), bytes.begin());
  return InstrumentId(bytes, text.size());
}

std::optional<InstrumentId> InstrumentId::FromPadded(absl::string_view bytes) {
  if (bytes.size() != kSize) return std::nullopt;
  const size_t length = std::min(bytes.find('\0'), kSize);
  if (bytes.find_first_not_of('\0', length) != absl::string_view::npos) return std::nullopt;
  const absl::StatusOr<InstrumentId> id = Parse(bytes.substr(0, length));
  if (!id.ok()) return std::nullopt;
  return *id;
}

}  // namespace causeway

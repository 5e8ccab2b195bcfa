// SPDX-License-Identifier: Apache-2.0
#include "ledger/base/decimal.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

#include "ledger/base/bytes.h"
#include "ledger/base/check.h"

namespace causeway {
namespace {

// What the scanner found: the parts of a canonical text, or what is wrong and where.
struct Scan {
  const char* problem = nullptr;  // null: the text is canonical
  size_t position = 0;            // of the problem, counted from 0
  bool negative = false;
  absl::string_view whole;
  absl::string_view fraction;
};

Scan Wrong(const char* problem, size_t position) {
  Scan scan;
  scan.problem = problem;
  scan.position = position;
  return scan;
}

Scan ScanDecimal(absl::string_view text) {
  Scan scan;
  size_t at = 0;
  if (text.empty()) return Wrong("no digits", 0);
  if (text[0] == '-') {
    scan.negative = true;
    ++at;
  }
  const size_t whole_start = at;
  while (at < text.size() && absl::ascii_isdigit(static_cast<unsigned char>(text[at]))) ++at;
  scan.whole = text.substr(whole_start, at - whole_start);
  if (scan.whole.empty()) return Wrong("a digit belongs here", at);
  if (scan.whole.size() > 1 && scan.whole[0] == '0') return Wrong("leading zero", whole_start);
  if (scan.whole.size() > kMaxWholeDigits) return Wrong("more than 39 digits before the point", whole_start);
  if (at < text.size()) {
    if (text[at] != '.') return Wrong("only digits and one point are allowed", at);
    const size_t fraction_start = ++at;
    while (at < text.size() && absl::ascii_isdigit(static_cast<unsigned char>(text[at]))) ++at;
    scan.fraction = text.substr(fraction_start, at - fraction_start);
    if (at < text.size()) return Wrong("only digits and one point are allowed", at);
    if (scan.fraction.empty()) return Wrong("a digit belongs after the point", at);
    if (scan.fraction.back() == '0') return Wrong("trailing zero after the point", at - 1);
    if (scan.fraction.size() > kMaxDecimals) return Wrong("more than 18 digits after the point", fraction_start);
  }
  if (scan.negative && scan.whole == "0" && scan.fraction.empty()) return Wrong("negative zero", 0);
  return scan;
}

absl::StatusOr<Scan> ScanOrExplain(absl::string_view text) {
  Scan scan = ScanDecimal(text);
  if (scan.problem != nullptr) {
    return absl::InvalidArgumentError(absl::StrCat("decimal text ", Quoted(text), " is not canonical: ", scan.problem,
                                                   " (at character ", scan.position + 1, ")"));
  }
  return scan;
}

// Appends the digits, and `padding` zeros, to `magnitude`. False on overflow.
bool AppendDigits(absl::string_view digits, int padding, absl::uint128& magnitude) {
  const absl::uint128 limit = absl::uint128(1) << 127;
  const auto append = [&](unsigned digit) {
    if (magnitude > (limit - digit) / 10) return false;
    magnitude = magnitude * 10 + digit;
    return true;
  };
  for (const char c : digits) {
    if (!append(static_cast<unsigned>(c - '0'))) return false;
  }
  for (int i = 0; i < padding; ++i) {
    if (!append(0)) return false;
  }
  return true;
}

absl::StatusOr<Amount> ToAmount(const Scan& scan, int decimals, absl::string_view text) {
  absl::uint128 magnitude = 0;
  const int padding = decimals - static_cast<int>(scan.fraction.size());
  const absl::uint128 sign_bit = absl::uint128(1) << 127;
  if (!AppendDigits(scan.whole, 0, magnitude) || !AppendDigits(scan.fraction, padding, magnitude) ||
      (magnitude == sign_bit && !scan.negative)) {
    return absl::OutOfRangeError(
        absl::StrCat("decimal text ", Quoted(text), " does not fit into 128 bits at ", decimals, " decimals"));
  }
  return Amount::FromMinor(static_cast<absl::int128>(scan.negative ? -magnitude : magnitude));
}

// 10 to the `exponent`, in the numerator when positive, in the denominator when negative.
struct Scale {
  Amount above;
  Amount below;
};
Scale ScaleOf(int exponent) {
  const Amount one = PowerOfTen(0);
  if (exponent >= 0) return {PowerOfTen(exponent), one};
  return {one, PowerOfTen(-exponent)};
}

void CheckDecimals(int decimals) {
  CAUSEWAY_CHECK(decimals >= 0 && decimals <= kMaxDecimals, "decimals out of range: ", decimals);
}

// The digits of |amount| with at least one before the last `decimals`, split there.
struct Digits {
  std::string whole;
  std::string fraction;
};
Digits SplitDigits(Amount amount, int decimals) {
  std::string digits = MinorText(amount);
  if (amount.IsNegative()) digits.erase(0, 1);
  const auto count = static_cast<size_t>(decimals);
  if (digits.size() <= count) digits.insert(0, count + 1 - digits.size(), '0');
  return {digits.substr(0, digits.size() - count), digits.substr(digits.size() - count)};
}

}  // namespace

bool IsCanonicalDecimal(absl::string_view text) {
  return ScanDecimal(text).problem == nullptr;
}

absl::StatusOr<Amount> ParseDecimal(absl::string_view text, int decimals) {
  CheckDecimals(decimals);
  const absl::StatusOr<Scan> scan = ScanOrExplain(text);
  if (!scan.ok()) return scan.status();
  if (scan->fraction.size() > static_cast<size_t>(decimals)) {
    return absl::InvalidArgumentError(absl::StrCat("decimal text ", Quoted(text), " has ", scan->fraction.size(),
                                                   " decimals where at most ", decimals, " are allowed"));
  }
  return ToAmount(*scan, decimals, text);
}

absl::StatusOr<Decimal> ParseDecimal(absl::string_view text) {
  const absl::StatusOr<Scan> scan = ScanOrExplain(text);
  if (!scan.ok()) return scan.status();
  const int decimals = static_cast<int>(scan->fraction.size());
  const absl::StatusOr<Amount> amount = ToAmount(*scan, decimals, text);
  if (!amount.ok()) return amount.status();
  return Decimal{*amount, decimals};
}

std::string FormatDecimal(Amount amount, int decimals) {
  CheckDecimals(decimals);
  Digits digits = SplitDigits(amount, decimals);
  while (!digits.fraction.empty() && digits.fraction.back() == '0') digits.fraction.pop_back();
  return absl::StrCat(amount.IsNegative() ? "-" : "", digits.whole, digits.fraction.empty() ? "" : ".",
                      digits.fraction);
}

std::string FormatDecimal(const Decimal& decimal) {
  return FormatDecimal(decimal.value, decimal.decimals);
}

std::string DisplayDecimal(Amount amount, int decimals) {
  CheckDecimals(decimals);
  Digits digits = SplitDigits(amount, decimals);
  for (size_t at = digits.whole.size(); at > 3; at -= 3) digits.whole.insert(at - 3, 1, ',');
  return absl::StrCat(amount.IsNegative() ? "-" : "", digits.whole, digits.fraction.empty() ? "" : ".",
                      digits.fraction);
}

std::optional<Amount> Round(const Decimal& decimal, int decimals, Rounding rounding) {
  return Rescale(decimal.value, decimal.decimals, decimals, rounding);
}

std::strong_ordering CompareDecimals(const Decimal& a, const Decimal& b) {
  return CompareQuotients(a.value, PowerOfTen(a.decimals), b.value, PowerOfTen(b.decimals));
}

std::optional<Amount> Multiply(const Decimal& a, const Decimal& b, int result_decimals, Rounding rounding) {
  const Scale scale = ScaleOf(result_decimals - a.decimals - b.decimals);
  return RoundQuotient({a.value, b.value, scale.above}, {scale.below}, rounding);
}

std::optional<Amount> Divide(const Decimal& a, const Decimal& b, int result_decimals, Rounding rounding) {
  const Scale scale = ScaleOf(result_decimals + b.decimals - a.decimals);
  return RoundQuotient({a.value, scale.above}, {b.value, scale.below}, rounding);
}

std::optional<Amount> MultiplyDivide(const Decimal& a, const Decimal& b, const Decimal& c, int result_decimals,
                                     Rounding rounding) {
  const Scale scale = ScaleOf(result_decimals + c.decimals - a.decimals - b.decimals);
  return RoundQuotient({a.value, b.value, scale.above}, {c.value, scale.below}, rounding);
}

}  // namespace causeway

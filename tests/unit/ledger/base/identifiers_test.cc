// SPDX-License-Identifier: Apache-2.0
#include "ledger/base/identifiers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "tests/support/status_matchers.h"

namespace causeway {
namespace {

using absl::StatusCode;

TEST(Isin, TakesPublishedOnes) {
  for (const char* text : {"US0378331005", "US5949181045", "DE000BAY0017", "GB0002634946", "LU0378449770",
                           "AU0000XVGZA3", "SG1T75931496", "IE00B4L5Y983"}) {
    ASSERT_THAT(Isin::Parse(text), IsOk()) << text;
    EXPECT_EQ(Isin::Parse(text)->text(), text);
  }
}

TEST(Isin, SaysWhatIsWrong) {
  const auto refuses = [](const char* text, const char* problem) {
    EXPECT_THAT(Isin::Parse(text), StatusIs(StatusCode::kInvalidArgument, problem)) << text;
  };
  refuses("US0378331006", "the check digit is 6 and ought to be 5");
  refuses("US037833100", "it has 11 characters instead of 12");
  refuses("U10378331005", "character 2 is not an upper-case letter");
  refuses("US03783a1005", "character 8 is not an upper-case letter or a digit");
  refuses("US037833100X", "character 12 is not a digit");
  refuses("us0378331005", "character 1 is not an upper-case letter");
}

TEST(Isin, OneChangedCharacterIsNoticed) {
  const std::string valid = "US0378331005";
  for (size_t i = 2; i < 11; ++i) {
    for (char digit = '0'; digit <= '9'; ++digit) {
      std::string changed = valid;
      changed[i] = digit;
      EXPECT_EQ(Isin::Parse(changed).ok(), changed == valid) << changed;
    }
  }
}

TEST(Lei, TakesPublishedOnes) {
  for (const char* text :
       {"5493001KJTIIGC8Y1R12", "529900T8BM49AURSDO55", "7LTWFZYICNSX8D621K86", "HWUPKR0MPOU8FGXBT394"}) {
    ASSERT_THAT(Lei::Parse(text), IsOk()) << text;
    EXPECT_EQ(Lei::Parse(text)->text(), text);
  }
}

TEST(Lei, SaysWhatIsWrong) {
  const auto refuses = [](const char* text, const char* problem) {
    EXPECT_THAT(Lei::Parse(text), StatusIs(StatusCode::kInvalidArgument, problem)) << text;
  };
  refuses("5493001KJTIIGC8Y1R13", "the check digits are 13 and ought to be 12");
  refuses("5493001KJTIIGC8Y1R1", "it has 19 characters instead of 20");
  refuses("5493001kJTIIGC8Y1R12", "character 8 is not an upper-case letter or a digit");
  refuses("5493001KJTIIGC8Y1R1X", "character 20 is not a digit");
}

// 00, 01 and 99 satisfy the congruence for some bodies and are not what the standard's procedure gives.
TEST(Lei, CheckDigitsLieBetween02And98) {
  EXPECT_TRUE(rc::check([] {
    const auto body = *rc::gen::container<std::string>(18, rc::gen::elementOf(std::string("ABCXYZ0123456789")));
    const std::string digits = *Lei::CheckDigits(body);
    RC_ASSERT(digits >= "02" && digits <= "98");
    RC_ASSERT(Lei::Parse(body + digits).ok());
    for (const char* other : {"00", "01", "99"}) RC_ASSERT(!Lei::Parse(body + other).ok());
  }));
}

TEST(CurrencyCode, KnowsTheMinorUnits) {
  EXPECT_EQ(CurrencyCode::Parse("EUR")->decimals(), 2);
  EXPECT_EQ(CurrencyCode::Parse("SGD")->decimals(), 2);
  EXPECT_EQ(CurrencyCode::Parse("JPY")->decimals(), 0);
  EXPECT_EQ(CurrencyCode::Parse("KWD")->decimals(), 3);
  EXPECT_EQ(CurrencyCode::Parse("CLF")->decimals(), 4);
  for (const char* text : {"", "eur", "EU", "EURO", "XXX", "XAU", "XTS", "DEM", "AAA", "ZZZ"}) {
    EXPECT_THAT(CurrencyCode::Parse(text), StatusIs(StatusCode::kInvalidArgument, "ISO 4217")) << text;
  }
}

TEST(CountryCode, KnowsTheAssignedCodes) {
  for (const char* text : {"SG", "LU", "GB", "AD", "ZW"}) EXPECT_THAT(CountryCode::Parse(text), IsOk()) << text;
  for (const char* text : {"", "UK", "sg", "EU", "XX", "SGP", "AA", "ZZ"}) {
    EXPECT_THAT(CountryCode::Parse(text), StatusIs(StatusCode::kInvalidArgument, "ISO 3166-1")) << text;
  }
}

TEST(InstrumentId, IsPaddedInKeysAndKeepsItsOrder) {
  const InstrumentId token = InstrumentId::Parse("SGD.MERIDIAN").value();
  EXPECT_EQ(token.padded(), "SGD.MERIDIAN");
  const InstrumentId shorter = InstrumentId::Parse("SGD.M").value();
  EXPECT_EQ(shorter.padded(), absl::string_view("SGD.M\0\0\0\0\0\0\0", 12));
  EXPECT_EQ(shorter.text(), "SGD.M");
  EXPECT_LT(shorter, token);
  EXPECT_EQ(InstrumentId::FromPadded(shorter.padded()), shorter);
  EXPECT_EQ(InstrumentId::FromPadded(token.padded()), token);
  EXPECT_EQ(InstrumentId::FromPadded(absl::string_view("SGD\0M\0\0\0\0\0\0\0", 12)), std::nullopt);
  EXPECT_EQ(InstrumentId::FromPadded(std::string(12, '\0')), std::nullopt);
  EXPECT_EQ(InstrumentId::FromPadded("SGD"), std::nullopt);
}

TEST(InstrumentId, SaysWhatIsWrong) {
  EXPECT_THAT(InstrumentId::Parse(""), StatusIs(StatusCode::kInvalidArgument, "0 characters instead of 1 to 12"));
  EXPECT_THAT(InstrumentId::Parse("SGD.MERIDIAN2"), StatusIs(StatusCode::kInvalidArgument, "13 characters"));
  EXPECT_THAT(InstrumentId::Parse("SGD-M"), StatusIs(StatusCode::kInvalidArgument, "character 4 is not"));
}

TEST(FixedBytes, ReadsItsOwnLengthOnly) {
  const std::string bytes = "0123456789abcdef";
  const AccountId id = AccountId::FromBytes(bytes).value();
  EXPECT_EQ(id.bytes(), bytes);
  EXPECT_EQ(id.ToHex(), "30313233343536373839616263646566");
  EXPECT_EQ(AccountId::FromHex(id.ToHex()), id);
  EXPECT_EQ(AccountId::FromBytes("short"), std::nullopt);
  EXPECT_EQ(AccountId::FromHex("3031"), std::nullopt);
  EXPECT_EQ(AccountId::FromHex("3031323334353637383961626364656G"), std::nullopt);
  EXPECT_TRUE(Hash::Zero().IsZero());
  EXPECT_FALSE(id.IsZero());
}

TEST(FixedBytes, IsOrderedAsUnsignedBytes) {
  EXPECT_LT(AccountId::FromHex("7f000000000000000000000000000000"),
            AccountId::FromHex("80000000000000000000000000000000"));
}

TEST(Height, CountsAndEndsWithoutWrappingAround) {
  EXPECT_EQ(Height(3).Next(), Height(4));
  EXPECT_EQ(Height(3).Previous(), Height(2));
  EXPECT_LT(Height(3), Height(4));
  EXPECT_DEATH(Height(0).Previous(), "nothing precedes zero");
  EXPECT_DEATH(Height(std::numeric_limits<uint64_t>::max()).Next(), "counter exhausted");
}

}  // namespace
}  // namespace causeway

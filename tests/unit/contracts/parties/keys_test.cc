// SPDX-License-Identifier: Apache-2.0
// Keys: bound under four eyes, rotated with an overlap, revoked at once.

#include "tests/unit/contracts/parties/requests.h"

namespace causeway::testing {
namespace {

class Keys : public PartiesFixture {
 protected:
  // What one officer of the bank may do alone, under any key.
  v1::OperationResult TryToSign(const KeyId& key) { return Run(kBank, {key}, Approve(RevokeKey(key))); }
};

TEST_F(Keys, ABoundKeySigns) {
  ASSERT_THAT(Run(kBank, Two(kBank), BindOfficerKey(Officer(kBank, 3), NewKeyFor("second"))), Applied());
  EXPECT_THAT(TryToSign(KeyIdFor("second")), Applied());
  EXPECT_EQ(parties::OfficerOf(view(), KeyIdFor("second")), Officer(kBank, 3));
}

TEST_F(Keys, BindingIsFourEyes) {
  EXPECT_THAT(Run(kBank, One(kBank), BindOfficerKey(Officer(kBank, 3), NewKeyFor("second"))),
              Refused(v1::PARTIES_REASON_OFFICERS_TOO_FEW));
}

TEST_F(Keys, TwoKeysOfOneOfficerAreOnePairOfEyes) {
  ASSERT_THAT(Run(kBank, Two(kBank), BindOfficerKey(Officer(kBank, 1), NewKeyFor("second"))), Applied());
  EXPECT_THAT(Run(kBank, {KeyOf(kBank, 1), KeyIdFor("second")}, BindOfficerKey(Officer(kBank, 3), NewKeyFor("third"))),
              Refused(v1::PARTIES_REASON_OFFICERS_TOO_FEW));
}

TEST_F(Keys, AKeyBelongsToOneHolderForEver) {
  v1::NewKey key = NewKeyFor("shared");
  ASSERT_THAT(Run(kBank, Two(kBank), BindOfficerKey(Officer(kBank, 3), key)), Applied());
  EXPECT_THAT(Run(kInvestor, Two(kInvestor), BindOfficerKey(Officer(kInvestor, 3), key)),
              Refused(v1::PARTIES_REASON_KEY_EXISTS));
  ASSERT_THAT(Run(kBank, Two(kBank), RevokeKey(KeyIdFor("shared"))), Applied());
  EXPECT_THAT(Run(kBank, Two(kBank), BindOfficerKey(Officer(kBank, 4), key)), Refused(v1::PARTIES_REASON_KEY_EXISTS));
}

TEST_F(Keys, AKeyThatCannotVerifyIsRefused) {
  v1::NewKey key = NewKeyFor("second");
  key.mutable_material()->set_public_key(std::string(32, '\0'));  // a point of small order
  EXPECT_THAT(Run(kBank, Two(kBank), BindOfficerKey(Officer(kBank, 3), key)), Refused(v1::PARTIES_REASON_KEY_INVALID));
  key.mutable_material()->clear_algorithm();
  EXPECT_THAT(Run(kBank, Two(kBank), BindOfficerKey(Officer(kBank, 3), key)), Refused(v1::PARTIES_REASON_KEY_INVALID));
}

TEST_F(Keys, ANewKeyNamesItsHolder) {
  v1::Operation operation = BindOfficerKey(Officer(kBank, 3), NewKeyFor("second"));
  operation.mutable_parties()->mutable_bind_key()->clear_officer_id();
  EXPECT_THAT(Run(kBank, Two(kBank), operation), Refused(v1::PARTIES_REASON_FIELD_MISSING));
  EXPECT_THAT(Run(kBank, Two(kBank), BindOfficerKey(Officer(kInvestor, 1), NewKeyFor("second"))),
              Refused(v1::PARTIES_REASON_OFFICER_UNKNOWN));
}

TEST_F(Keys, PurposesAreAmongTheHoldersRoles) {
  v1::NewKey key = NewKeyFor("second");
  key.add_purposes(v1::OFFICER_ROLE_COMPLY);
  EXPECT_THAT(Run(kBank, Two(kBank), BindOfficerKey(Officer(kBank, 3), key)),
              Refused(v1::PARTIES_REASON_KEY_PURPOSES_INVALID));
  EXPECT_THAT(Run(kBank, Two(kBank), BindOfficerKey(Officer(kBank, 1), key)), Applied());
  EXPECT_EQ(parties::HolderOf(view(), KeyIdFor("second"))->roles,
            std::vector<v1::OfficerRole>{v1::OFFICER_ROLE_COMPLY});
}

TEST_F(Keys, AnAgentsKeyIsForTradingAndSaysSo) {
  v1::NewKey key = NewKeyFor("second");
  EXPECT_THAT(Run(kBank, Two(kBank), BindAgentKey(key)), Refused(v1::PARTIES_REASON_KEY_PURPOSES_INVALID));
  key.add_purposes(v1::OFFICER_ROLE_ADMINISTER);
  EXPECT_THAT(Run(kBank, Two(kBank), BindAgentKey(key)), Refused(v1::PARTIES_REASON_KEY_PURPOSES_INVALID));
  key.set_purposes(0, v1::OFFICER_ROLE_TRADE);
  EXPECT_THAT(Run(kBank, Two(kBank), BindAgentKey(key)), Applied());
  EXPECT_TRUE(parties::AnyAgent(view(), {KeyOf(kBank, 1), KeyIdFor("second")}));
  EXPECT_FALSE(parties::AnyAgent(view(), {KeyOf(kBank, 1)}));
}

TEST_F(Keys, AKeySignsFromItsFirstInstantUntilItsLast) {
  v1::NewKey key = NewKeyFor("second");
  key.set_valid_from_us(At("2026-03-02T10:00:00Z").micros());
  key.set_valid_until_us(At("2026-03-02T11:00:00Z").micros());
  ASSERT_THAT(Run(kBank, Two(kBank), BindOfficerKey(Officer(kBank, 3), key)), Applied());
  SetTime("2026-03-02T09:59:59.999999Z");
  EXPECT_THAT(TryToSign(KeyIdFor("second")),
              RefusedWith(v1::PARTIES_REASON_KEY_NOT_VALID_NOW,
                          std::vector<std::string>{KeyIdFor("second").ToHex(), "2026-03-02T10:00:00Z",
                                                   "2026-03-02T11:00:00Z", "2026-03-02T09:59:59.999999Z"}));
  SetTime("2026-03-02T10:00:00Z");
  EXPECT_THAT(TryToSign(KeyIdFor("second")), Applied());
  SetTime("2026-03-02T11:00:00Z");
  EXPECT_THAT(Run(kBank, {KeyIdFor("second")}, RevokeKey(KeyIdFor("second"))),
              Refused(v1::PARTIES_REASON_KEY_NOT_VALID_NOW, v1::PARTIES_REASON_ROLE_MISSING));
}

TEST_F(Keys, AKeyThatWouldNeverSignIsRefused) {
  v1::NewKey key = NewKeyFor("second");
  key.set_valid_until_us(now().micros());
  EXPECT_THAT(Run(kBank, Two(kBank), BindOfficerKey(Officer(kBank, 3), key)),
              Refused(v1::PARTIES_REASON_KEY_VALIDITY_INVALID));
}

TEST_F(Keys, ARotatedKeySignsUntilTheOverlapEnds) {
  const uint64_t until = At("2026-03-02T10:00:00Z").micros();
  ASSERT_THAT(Run(kBank, Two(kBank), RotateKey(KeyOf(kBank, 3), NewKeyFor("next"), until)), Applied());
  EXPECT_EQ(parties::OfficerOf(view(), KeyIdFor("next")), Officer(kBank, 3));
  EXPECT_THAT(TryToSign(KeyIdFor("next")), Applied());
  const v1::Operation other = RevokeKey(KeyIdFor("other"));
  EXPECT_THAT(Run(kBank, {KeyOf(kBank, 3)}, Approve(other)), Applied());
  SetTime("2026-03-02T10:00:00Z");
  RunDue();
  EXPECT_THAT(Run(kBank, {KeyOf(kBank, 3)}, Approve(other)),
              Refused(v1::PARTIES_REASON_KEY_NOT_VALID_NOW, v1::PARTIES_REASON_ROLE_MISSING));
  EXPECT_TRUE(parties::PublicKeyOf(view(), KeyOf(kBank, 3)).has_value());  // what it signed stays verifiable
}

TEST_F(Keys, RotationKeepsPurposesAndHolder) {
  ASSERT_THAT(Run(kBank, Two(kBank), RotateKey(AgentKeyOf(kBank), NewKeyFor("next"))), Applied());
  const std::optional<parties::KeyHolder> holder = parties::HolderOf(view(), KeyIdFor("next"));
  ASSERT_TRUE(holder.has_value());
  EXPECT_TRUE(holder->is_agent());
  EXPECT_THAT(Run(kBank, Two(kBank), RotateKey(AgentKeyOf(kBank), NewKeyFor("after"))),
              Refused(v1::PARTIES_REASON_KEY_NOT_VALID_NOW));
}

TEST_F(Keys, RotationIsOfAnOwnKeyAndEndsItNoLaterThanItWould) {
  EXPECT_THAT(Run(kBank, Two(kBank), RotateKey(KeyIdFor("nobody's"), NewKeyFor("next"))),
              Refused(v1::PARTIES_REASON_KEY_UNKNOWN));
  EXPECT_THAT(Run(kBank, Two(kBank), RotateKey(KeyOf(kInvestor, 1), NewKeyFor("next"))),
              Refused(v1::PARTIES_REASON_KEY_FOREIGN));
  EXPECT_THAT(Run(kBank, Two(kBank), RotateKey(KeyOf(kBank, 3), NewKeyFor("next"), now().micros() - 1)),
              Refused(v1::PARTIES_REASON_KEY_VALIDITY_INVALID));
}

TEST_F(Keys, ARevokedKeySignsNoMoreFromItsBlockOn) {
  const v1::OperationResult result = Run(kBank, One(kBank), RevokeKey(KeyOf(kBank, 3)));
  ASSERT_THAT(result, Applied());
  EXPECT_EQ(result.events(0).parties().key_revoked().height(), block().height.value());
  EXPECT_THAT(TryToSign(KeyOf(kBank, 3)), Refused(v1::PARTIES_REASON_KEY_REVOKED, v1::PARTIES_REASON_ROLE_MISSING));
  EXPECT_THAT(Run(kBank, One(kBank), RevokeKey(KeyOf(kBank, 3))), Refused(v1::PARTIES_REASON_KEY_REVOKED));
  EXPECT_TRUE(parties::PublicKeyOf(view(), KeyOf(kBank, 3)).has_value());
}

TEST_F(Keys, RevocationWorksWithinItsOwnTransaction) {
  const auto results =
      RunAll(kBank, {KeyOf(kBank, 3)}, {RevokeKey(KeyOf(kBank, 3)), Approve(RevokeKey(KeyOf(kBank, 3)))});
  EXPECT_THAT(results[0], Applied());
  EXPECT_EQ(results[1].status(), v1::OPERATION_STATUS_REFUSED);
}

TEST_F(Keys, AHolderRevokesItsOwnKeyAndNobodyElsesWithoutBeingAdministrator) {
  EXPECT_THAT(Run(kBank, {KeyOf(kBank, 3)}, RevokeKey(KeyOf(kBank, 4))), Refused(v1::PARTIES_REASON_ROLE_MISSING));
  EXPECT_THAT(Run(kBank, {KeyOf(kBank, 3)}, RevokeKey(KeyOf(kBank, 3))), Applied());
  EXPECT_THAT(Run(kBank, One(kBank), RevokeKey(KeyOf(kInvestor, 3))), Refused(v1::PARTIES_REASON_KEY_FOREIGN));
}

TEST_F(Keys, AP256KeyIsBoundToo) {
  absl::StatusOr<crypto::PrivateKey> pair = crypto::PrivateKey::P256FromScalar(std::string(31, '\0') + '\7');
  ASSERT_TRUE(pair.ok());
  v1::NewKey key;
  key.mutable_material()->set_algorithm(v1::KEY_ALGORITHM_P256);
  key.mutable_material()->set_public_key(pair->public_key().bytes);
  ASSERT_THAT(Run(kBank, Two(kBank), BindOfficerKey(Officer(kBank, 3), key)), Applied());
  EXPECT_THAT(TryToSign(crypto::KeyIdOf(pair->public_key())), Applied());
}

TEST_F(Keys, BlockValidityResolvesActiveKeysOfThePartyOnly) {
  const auto resolve = [&](const std::string& party, const KeyId& key) {
    return registry().authority->ResolveKey(view(), party, key, now()).has_value();
  };
  EXPECT_TRUE(resolve(kBank, KeyOf(kBank, 3)));
  EXPECT_FALSE(resolve(kBank, KeyOf(kInvestor, 3)));
  EXPECT_FALSE(resolve(kBank, KeyIdFor("nobody's")));
  ASSERT_THAT(Run(kBank, One(kBank), RevokeKey(KeyOf(kBank, 3))), Applied());
  EXPECT_FALSE(resolve(kBank, KeyOf(kBank, 3)));
}

}  // namespace
}  // namespace causeway::testing

// SPDX-License-Identifier: Apache-2.0
// What a client signs with the keys that its context names.
#include "node/client/signing.h"

#include <algorithm>

#include <gmock/gmock.h>

#include "causeway/v1/transaction.pb.h"
#include "ledger/chain/genesis.h"
#include "ledger/chain/transaction.h"
#include "ledger/crypto/key_file.h"
#include "ledger/crypto/signature.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temporary_directory.h"

namespace causeway::client {
namespace {

class SigningTest : public ::testing::Test {
 protected:
  SigningTest() {
    party_.slug = "alpha";
    party_.lei = "529900T8BM49AURSDO55";
    party_.officers = {Officer("trader"), Officer("second")};
    v1::Operation operation;
    operation.mutable_parties()->mutable_approve()->set_operation_hash(std::string(32, 'h'));
    operation.mutable_parties()->mutable_approve()->set_valid_until_us(1);
    operations_ = {operation, operation};
  }

  ContextOfficer Officer(const std::string& slug, const std::string& passphrase = "") {
    crypto::PrivateKey key = crypto::PrivateKey::Generate(crypto::KeyAlgorithm::kEd25519).value();
    const std::string file = folder_.Path(slug + ".key");
    EXPECT_THAT(
        passphrase.empty() ? crypto::WritePlaintextKeyFile(file, key) : crypto::WriteKeyFile(file, key, passphrase),
        IsOk());
    return {slug, "", {"TRADE"}, file, crypto::KeyIdOf(key.public_key()).ToHex()};
  }

  SigningOptions Options(std::vector<std::string> officers) const {
    SigningOptions options{.officers = std::move(officers),
                           .id = *ClientTransactionId::FromBytes(std::string(16, 'i')),
                           .valid_until = Instant::FromMicros(1'772'438'400'000'000)};
    options.passphrase = "secret";
    return options;
  }
  auto Sign(const SigningOptions& options) const { return SignOperations(kChain, party_, operations_, options); }

  const Hash kChain = *Hash::FromBytes(std::string(32, 'c'));
  const testing::TemporaryDirectory folder_;
  ContextParty party_;
  std::vector<v1::Operation> operations_;
};

TEST_F(SigningTest, EveryNamedOfficerSignsWhatTheLedgerThenReads) {
  operations_[0].set_linked(true);
  const absl::StatusOr<chain::SignedTransaction> made = Sign(Options({"second", "trader"}));
  ASSERT_THAT(made, IsOk());
  const auto read = chain::DecodeEnvelope(made->envelope, kChain, chain::DefaultLimits(), chain::kProtocolVersion);
  ASSERT_TRUE(read.ok()) << read.invalid().ToString();
  const chain::Transaction& transaction = **read;
  EXPECT_EQ(transaction.id, made->id);
  EXPECT_EQ(transaction.party(), party_.lei);
  EXPECT_TRUE(transaction.body.operations(0).linked());
  ASSERT_EQ(transaction.key_ids.size(), 2u);
  for (size_t i = 0; i < 2; ++i) {
    const auto officer = std::find_if(party_.officers.begin(), party_.officers.end(), [&](const ContextOfficer& one) {
      return one.key_id == transaction.key_ids[i].ToHex();
    });
    ASSERT_NE(officer, party_.officers.end());
    const auto signer = OpenSigner(*officer, "secret");
    ASSERT_THAT(signer, IsOk());
    EXPECT_TRUE(crypto::Verify((*signer)->public_key(), transaction.SigningPreimage(), transaction.signatures[i]));
  }
}

TEST_F(SigningTest, OneIdGivesOneTransactionHoweverOftenItIsSigned) {
  EXPECT_EQ(Sign(Options({"trader"}))->envelope, Sign(Options({"trader"}))->envelope);
  SigningOptions other = Options({"trader"});
  other.id = FreshTransactionId();
  EXPECT_NE(Sign(Options({"trader"}))->id, Sign(other)->id);
  EXPECT_NE(FreshTransactionId(), FreshTransactionId());
}

TEST_F(SigningTest, AKeyThatTheContextDoesNotNameIsNotUsed) {
  party_.officers[0].key_id = party_.officers[1].key_id;
  const auto made = Sign(Options({"trader"}));
  EXPECT_THAT(made, StatusIs(absl::StatusCode::kFailedPrecondition, "trader.key holds the key"));
}

TEST_F(SigningTest, SaysWhatIsMissing) {
  EXPECT_THAT(Sign(Options({})), StatusIs(absl::StatusCode::kInvalidArgument, "no officer of alpha"));
  EXPECT_THAT(Sign(Options({"third"})), StatusIs(absl::StatusCode::kInvalidArgument, "there are trader, second"));
  party_.officers[0].key_file = folder_.Path("none.key");
  EXPECT_THAT(Sign(Options({"trader"})), StatusIs(absl::StatusCode::kNotFound, "none.key"));
}

TEST_F(SigningTest, AnEncryptedKeyOpensWithItsPassphraseAlone) {
  party_.officers = {Officer("locked", "secret")};
  EXPECT_THAT(Sign(Options({"locked"})), IsOk());
  SigningOptions wrong = Options({"locked"});
  wrong.passphrase = "guess";
  EXPECT_THAT(Sign(wrong), StatusIs(absl::StatusCode::kUnauthenticated, "locked.key"));
}

}  // namespace
}  // namespace causeway::client

// SPDX-License-Identifier: Apache-2.0
// A ceremony in which each bank makes its own keys.
#include "node/layout/ceremony.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "absl/strings/str_cat.h"

#include "ledger/chain/genesis.h"
#include "ledger/crypto/key_file.h"
#include "ledger/crypto/sha256.h"
#include "node/layout/certificates.h"
#include "node/layout/files.h"
#include "node/layout/plan.h"

namespace causeway::layout {
namespace {

using ::testing::HasSubstr;

class CeremonyTest : public ::testing::Test {
 protected:
  CeremonyTest()
      : directory_(absl::StrCat(::testing::TempDir(), "/causeway-ceremony-", getpid(), "-",
                                ::testing::UnitTest::GetInstance()->current_test_info()->name())) {
    std::filesystem::remove_all(directory_);
    std::filesystem::create_directories(directory_);
    parts_.name = "consortium";
    parts_.time = Instant::FromMicros(1'800'000'000'000'000);
    parts_.limits = chain::DefaultLimits();
    parts_.drift = chain::DefaultDrift();
    for (const PlannedParty& planned : DevnetPlan(2).parties) {
      v1::RegisterParty& party = parts_.parties.emplace_back();
      party.set_lei(planned.lei);
      party.set_name(planned.name);
      party.set_jurisdiction(planned.jurisdiction);
      for (const v1::PartyRole role : planned.roles) party.add_roles(role);
      for (const PlannedOfficer& one : planned.officers) {
        v1::NewOfficer& officer = *party.add_officers();
        officer.set_officer_id(OfficerIdFor(planned.lei, one.slug).ToString());
        for (const v1::OfficerRole role : one.roles) officer.add_roles(role);
        *officer.add_keys() = NewKeyOf(crypto::PrivateKey::Generate(crypto::KeyAlgorithm::kEd25519)->public_key());
      }
    }
    for (const char* name : {"first", "second"}) {
      const absl::StatusOr<crypto::PublicKey> key =
          GenerateKeyFile(Path(absl::StrCat(name, ".key")), crypto::KeyAlgorithm::kEd25519, "correct horse");
      EXPECT_TRUE(key.ok()) << key.status();
      v1::Validator& validator = parts_.validators.emplace_back();
      validator.set_name(name);
      validator.set_operator_(parts_.parties[parts_.validators.size() - 1].lei());
      validator.set_public_key(key->bytes);
    }
    const absl::StatusOr<Hash> hash = GenerateConfidentialityKeyFile(Path("confidentiality.key"));
    EXPECT_TRUE(hash.ok()) << hash.status();
    parts_.confidentiality_key_hash = *hash;
  }
  ~CeremonyTest() override { std::filesystem::remove_all(directory_); }

  std::string Path(const std::string& name) const { return directory_ + "/" + name; }
  std::string Refusal() const {
    const absl::StatusOr<v1::Genesis> genesis = AssembleGenesis(parts_);
    if (genesis.ok()) return "";
    EXPECT_EQ(genesis.status().code(), absl::StatusCode::kInvalidArgument) << genesis.status();
    return std::string(genesis.status().message());
  }

  const std::string directory_;
  GenesisParts parts_;
};

TEST_F(CeremonyTest, KeysAreEncryptedAndTheirOwnersAlone) {
  const std::string path = Path("first.key");
  struct stat info {};
  ASSERT_EQ(stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777u, 0600u);
  EXPECT_EQ(crypto::ReadKeyFile(path, "wrong horse").status().code(), absl::StatusCode::kUnauthenticated);
  const absl::StatusOr<crypto::PrivateKey> key = crypto::ReadKeyFile(path, "correct horse");
  ASSERT_TRUE(key.ok()) << key.status();
  EXPECT_EQ(key->public_key().bytes, parts_.validators[0].public_key());
  EXPECT_NE(parts_.validators[0].public_key(), parts_.validators[1].public_key());
  // A key that is there is never overwritten.
  EXPECT_EQ(GenerateKeyFile(path, crypto::KeyAlgorithm::kEd25519, "other").status().code(),
            absl::StatusCode::kAlreadyExists);
  const absl::StatusOr<crypto::Secret> confidentiality = crypto::ReadConfidentialityKey(Path("confidentiality.key"));
  ASSERT_TRUE(confidentiality.ok()) << confidentiality.status();
  EXPECT_EQ(crypto::Sha256(confidentiality->view()), parts_.confidentiality_key_hash);
}

TEST_F(CeremonyTest, AGenesisIsAssembledAndReadBackWithTheSameChainId) {
  const absl::StatusOr<v1::Genesis> genesis = AssembleGenesis(parts_);
  ASSERT_TRUE(genesis.ok()) << genesis.status();
  EXPECT_FALSE(genesis->has_devnet());
  EXPECT_EQ(static_cast<size_t>(genesis->operations_size()), parts_.parties.size());
  const absl::StatusOr<v1::Genesis> again = chain::ParseGenesis(*chain::GenesisToJson(*genesis));
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(chain::ChainIdOf(*again), chain::ChainIdOf(*genesis));
}

TEST_F(CeremonyTest, EveryErrorOfItsFieldsIsTold) {
  parts_.validators[1].set_public_key(parts_.validators[0].public_key());
  parts_.validators[0].set_operator_(parts_.parties.back().lei());
  parts_.limits.set_due_work(0);
  parts_.name.clear();
  const std::string refusal = Refusal();
  for (const char* part :
       {"validators[1].public_key: used twice", "validators[0].operator: ", "limits.due_work", "name: "})
    EXPECT_THAT(refusal, HasSubstr(part));
}

TEST_F(CeremonyTest, AnOperationThatTheRulesRefuseMakesNoGenesis) {
  parts_.parties[3].set_lei(parts_.parties[2].lei());
  EXPECT_THAT(Refusal(), HasSubstr("PARTY_EXISTS"));
}

TEST_F(CeremonyTest, APartyThatCouldNotKeepItsOwnDataMakesNoGenesis) {
  while (parts_.parties[2].officers_size() > 1) parts_.parties[2].mutable_officers()->RemoveLast();
  EXPECT_THAT(Refusal(), HasSubstr("ADMINISTRATORS_TOO_FEW"));
}

TEST_F(CeremonyTest, AVoteLogIsMadeOnce) {
  const KeyId key = KeyId::FromBytes(std::string(32, 'k')).value();
  ASSERT_TRUE(MakeVoteLog(Path("votes"), 24 << 20, 4, Hash::Zero(), key).ok());
  EXPECT_EQ(MakeVoteLog(Path("votes"), 24 << 20, 4, Hash::Zero(), key).code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(CeremonyTest, CertificatesNameTheirOwnersAndAreTheAuthoritys) {
  const absl::StatusOr<Authority> authority = Authority::Make("consortium peers", "consortium", 1000, 2000);
  const absl::StatusOr<Authority> other = Authority::Make("consortium clients", "consortium", 1000, 2000);
  ASSERT_TRUE(authority.ok() && other.ok()) << authority.status() << other.status();
  const crypto::PrivateKey key = crypto::PrivateKey::Generate(crypto::KeyAlgorithm::kP256).value();
  const std::string leaf = authority->SignValidator(2, key.public_key(), "10.0.0.7").value();
  EXPECT_TRUE(crypto::VerifyIssuedBy(leaf, authority->certificate(), 1500).ok());
  EXPECT_FALSE(crypto::VerifyIssuedBy(leaf, other->certificate(), 1500).ok());
  EXPECT_FALSE(crypto::VerifyIssuedBy(leaf, authority->certificate(), 2500).ok());
  const crypto::CertificateInfo info = crypto::ParseCertificate(leaf).value();
  EXPECT_THAT(info.subject.dns_names, ::testing::ElementsAre("validator-2.causeway"));
  EXPECT_THAT(info.subject.uris, ::testing::ElementsAre("causeway://validator/2"));
  EXPECT_THAT(info.subject.ip_addresses, ::testing::ElementsAre("10.0.0.7"));
  // A long name with characters of several bytes is cut between two of them.
  const std::string name = std::string(63, 'x') + "é and more";
  const crypto::CertificateInfo client =
      crypto::ParseCertificate(other->SignClient(parts_.parties[0].lei(), name, key.public_key()).value()).value();
  EXPECT_EQ(client.subject.common_name, std::string(63, 'x'));
  EXPECT_EQ(client.public_key, key.public_key());
}

TEST_F(CeremonyTest, AFolderAppearsWholeOrNotAtAll) {
  const std::string target = Path("network");
  EXPECT_EQ(MakeWhole(target,
                      [](const std::string& folder) {
                        EXPECT_TRUE(WritePrivateFile(folder + "/half", "x").ok());
                        return absl::UnavailableError("the disk left");
                      })
                .code(),
            absl::StatusCode::kUnavailable);
  for (const auto& entry : std::filesystem::directory_iterator(directory_))
    EXPECT_EQ(entry.path().filename().string().find("network"), std::string::npos) << entry.path();
  std::filesystem::create_directories(target);  // empty: may be taken
  ASSERT_TRUE(MakeWhole(target, [](const std::string& folder) { return WritePrivateFile(folder + "/a", "x"); }).ok());
  EXPECT_TRUE(std::filesystem::exists(target + "/a"));
  const absl::Status again = MakeWhole(target + "/", [](const std::string&) { return absl::OkStatus(); });
  EXPECT_EQ(again.code(), absl::StatusCode::kAlreadyExists) << again;
  EXPECT_TRUE(std::filesystem::exists(target + "/a"));
}

}  // namespace
}  // namespace causeway::layout

// SPDX-License-Identifier: Apache-2.0
#include "ledger/crypto/evp_key.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/param_build.h>

#include <array>

#include "absl/strings/str_cat.h"

#include "ledger/base/status.h"

namespace causeway::crypto::internal {
namespace {

using ParamBuildPtr = Owned<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free>;
using ParamsPtr = Owned<OSSL_PARAM, OSSL_PARAM_free>;

const uint8_t* Bytes(absl::string_view text) {
  return reinterpret_cast<const uint8_t*>(text.data());
}

bool IsP256(const EVP_PKEY* key) {
  std::array<char, 64> group;
  return EVP_PKEY_get_base_id(key) == EVP_PKEY_EC &&
         EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, group.data(), group.size(), nullptr) == 1 &&
         OBJ_txt2nid(group.data()) == NID_X9_62_prime256v1;
}

}  // namespace

absl::Status OpenSslError(absl::string_view what) {
  const unsigned long code = ERR_peek_last_error();
  ERR_clear_error();
  if (code == 0) return absl::InternalError(what);
  std::array<char, 256> words;
  ERR_error_string_n(code, words.data(), words.size());
  return absl::InternalError(absl::StrCat(what, ": ", words.data()));
}

void ClearOpenSslErrors() {
  ERR_clear_error();
}

absl::StatusOr<EvpKeyPtr> P256EvpKey(absl::string_view point, const BIGNUM* scalar) {
  ParamBuildPtr build(OSSL_PARAM_BLD_new());
  if (build == nullptr ||
      OSSL_PARAM_BLD_push_utf8_string(build.get(), OSSL_PKEY_PARAM_GROUP_NAME, SN_X9_62_prime256v1, 0) != 1 ||
      OSSL_PARAM_BLD_push_octet_string(build.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) != 1 ||
      (scalar != nullptr && OSSL_PARAM_BLD_push_BN(build.get(), OSSL_PKEY_PARAM_PRIV_KEY, scalar) != 1)) {
    return OpenSslError("cannot build a P-256 key");
  }
  ParamsPtr params(OSSL_PARAM_BLD_to_param(build.get()));
  EvpKeyContextPtr context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  EVP_PKEY* key = nullptr;
  if (params == nullptr || context == nullptr || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, scalar != nullptr ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY,
                        params.get()) != 1) {
    return OpenSslError("not a P-256 key");
  }
  return EvpKeyPtr(key);
}

absl::StatusOr<EvpKeyPtr> ToEvpKey(const PublicKey& key) {
  CAUSEWAY_RETURN_IF_ERROR(ValidatePublicKey(key));
  if (key.algorithm == KeyAlgorithm::kP256) return P256EvpKey(key.bytes, nullptr);
  EvpKeyPtr evp(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, Bytes(key.bytes), key.bytes.size()));
  if (evp == nullptr) return OpenSslError("cannot build an Ed25519 key");
  return evp;
}

absl::StatusOr<EvpKeyPtr> ToEvpKey(const PrivateKey& key) {
  const Secret& secret = key.secret();
  if (key.public_key().algorithm == KeyAlgorithm::kP256) {
    BigNumPtr scalar(BN_secure_new());
    if (scalar == nullptr || BN_bin2bn(secret.data(), static_cast<int>(secret.size()), scalar.get()) == nullptr) {
      return OpenSslError("cannot read a P-256 scalar");
    }
    return P256EvpKey(key.public_key().bytes, scalar.get());
  }
  EvpKeyPtr evp(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, secret.data(), secret.size()));
  if (evp == nullptr) return OpenSslError("cannot build an Ed25519 key");
  return evp;
}

absl::StatusOr<PublicKey> PublicKeyOf(const EVP_PKEY* key) {
  if (EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519) {
    std::string bytes(kEd25519PublicKeySize, '\0');
    size_t size = bytes.size();
    if (EVP_PKEY_get_raw_public_key(key, reinterpret_cast<uint8_t*>(bytes.data()), &size) != 1) {
      return OpenSslError("cannot read an Ed25519 public key");
    }
    return PublicKey{KeyAlgorithm::kEd25519, std::move(bytes)};
  }
  if (!IsP256(key)) return absl::InvalidArgumentError("the key is neither Ed25519 nor ECDSA on P-256");
  BIGNUM* x_raw = nullptr;
  BIGNUM* y_raw = nullptr;
  const bool read = EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_EC_PUB_X, &x_raw) == 1 &&
                    EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_EC_PUB_Y, &y_raw) == 1;
  BigNumPtr x(x_raw), y(y_raw);
  std::string bytes(kP256PublicKeySize, '\0');
  if (!read || BN_bn2binpad(x.get(), reinterpret_cast<uint8_t*>(bytes.data()) + 1, 32) != 32) {
    return OpenSslError("cannot read a P-256 public key");
  }
  bytes[0] = BN_is_odd(y.get()) ? '\3' : '\2';
  return PublicKey{KeyAlgorithm::kP256, std::move(bytes)};
}

absl::StatusOr<PrivateKey> PrivateKeyOf(const EVP_PKEY* key) {
  Secret secret(32);
  if (EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519) {
    size_t size = secret.size();
    if (EVP_PKEY_get_raw_private_key(key, secret.data(), &size) != 1 || size != secret.size()) {
      return OpenSslError("cannot read an Ed25519 private key");
    }
    return PrivateKey::Ed25519FromSeed(secret.view());
  }
  if (!IsP256(key)) return absl::InvalidArgumentError("the key is neither Ed25519 nor ECDSA on P-256");
  BIGNUM* raw = nullptr;
  const bool read = EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_PRIV_KEY, &raw) == 1;
  BigNumPtr scalar(raw);
  if (!read || BN_bn2binpad(scalar.get(), secret.data(), 32) != 32) {
    return OpenSslError("cannot read a P-256 private key");
  }
  CAUSEWAY_ASSIGN_OR_RETURN(PrivateKey private_key, PrivateKey::P256FromScalar(secret.view()));
  // Its file names the point too. Where they differ the file is damaged or made to mislead.
  CAUSEWAY_ASSIGN_OR_RETURN(const PublicKey stated, PublicKeyOf(key));
  if (stated != private_key.public_key()) {
    return absl::InvalidArgumentError("the private key does not belong to the public key beside it");
  }
  return private_key;
}

absl::StatusOr<std::string> P256PublicKeyOf(const Secret& scalar) {
  EcGroupPtr group(EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1));
  BigNumPtr d(BN_secure_new());
  if (group == nullptr || d == nullptr) return OpenSslError("cannot compute a P-256 public key");
  EcPointPtr point(EC_POINT_new(group.get()));
  std::string bytes(kP256PublicKeySize, '\0');
  if (point == nullptr || BN_bin2bn(scalar.data(), static_cast<int>(scalar.size()), d.get()) == nullptr ||
      EC_POINT_mul(group.get(), point.get(), d.get(), nullptr, nullptr, nullptr) != 1 ||
      EC_POINT_point2oct(group.get(), point.get(), POINT_CONVERSION_COMPRESSED,
                         reinterpret_cast<uint8_t*>(bytes.data()), bytes.size(), nullptr) != bytes.size()) {
    return OpenSslError("cannot compute a P-256 public key");
  }
  return bytes;
}

absl::string_view BioView(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return absl::string_view(data, static_cast<size_t>(size));
}

BioPtr ReadOnlyBio(absl::string_view text) {
  return BioPtr(BIO_new_mem_buf(text.empty() ? "" : text.data(), static_cast<int>(text.size())));
}

}  // namespace causeway::crypto::internal

// SPDX-License-Identifier: Apache-2.0
#include "ledger/crypto/signature.h"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

#include "ledger/base/check.h"
#include "ledger/crypto/domain.h"
#include "ledger/crypto/evp_key.h"

namespace causeway::crypto {
namespace {

using Bytes32 = std::array<uint8_t, 32>;

// A number of 32 bytes, most significant byte first, from hexadecimal text.
constexpr Bytes32 FromHex(const char (&hex)[65]) {
  Bytes32 bytes{};
  for (size_t i = 0; i < 64; ++i) {
    const char c = hex[i];
    const int digit = c <= '9' ? c - '0' : c - 'a' + 10;
    bytes[i / 2] = static_cast<uint8_t>(bytes[i / 2] << 4 | digit);
  }
  return bytes;
}

// Ed25519's p, L, and the y of its points of small order, of which the sign bit is left out; P-256's p, n and (n −
// 1)/2.
constexpr Bytes32 kEdP = FromHex("7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed");
constexpr Bytes32 kEdL = FromHex("1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3ed");
constexpr std::array<Bytes32, 5> kEdSmallOrderY = {
    FromHex("0000000000000000000000000000000000000000000000000000000000000000"),  // order 4
    FromHex("0000000000000000000000000000000000000000000000000000000000000001"),  // order 1
    FromHex("7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffec"),  // order 2
    FromHex("05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826"),  // order 8
    FromHex("7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7"),  // order 8
};
constexpr Bytes32 kP256P = FromHex("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff");
constexpr Bytes32 kP256N = FromHex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
constexpr Bytes32 kP256HalfN = FromHex("7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8");
constexpr Bytes32 kZero{};

// Public data only: plain comparisons will do, and std::array compares as big-endian numbers do.
Bytes32 BigEndian(absl::string_view bytes) {
  Bytes32 number;
  std::copy(bytes.begin(), bytes.end(), number.begin());
  return number;
}
Bytes32 LittleEndian(absl::string_view bytes) {
  Bytes32 number;
  std::reverse_copy(bytes.begin(), bytes.end(), number.begin());
  return number;
}

// Rules 2 and 3. An x of zero occurs at y = ±1 only, which are of small order, so a sign bit there needs no rule of its
// own.
absl::Status CheckEd25519Encoding(absl::string_view point) {
  Bytes32 y = LittleEndian(point);
  y[0] &= 0x7f;
  if (y >= kEdP) return absl::InvalidArgumentError("the Ed25519 point is not in its canonical encoding");
  if (std::find(kEdSmallOrderY.begin(), kEdSmallOrderY.end(), y) != kEdSmallOrderY.end()) {
    return absl::InvalidArgumentError("the Ed25519 point is of small order");
  }
  return absl::OkStatus();
}

bool VerifyEd25519(absl::string_view key, absl::string_view message, absl::string_view signature) {
  if (LittleEndian(signature.substr(32)) >= kEdL || !CheckEd25519Encoding(key).ok() ||
      !CheckEd25519Encoding(signature.substr(0, 32)).ok()) {
    return false;
  }
  return crypto_sign_verify_detached(reinterpret_cast<const uint8_t*>(signature.data()),
                                     reinterpret_cast<const uint8_t*>(message.data()), message.size(),
                                     reinterpret_cast<const uint8_t*>(key.data())) == 0;
}

absl::Status CheckP256Encoding(absl::string_view point) {
  if (point[0] != 2 && point[0] != 3) {
    return absl::InvalidArgumentError("the P-256 point is not compressed: its first byte must be 2 or 3");
  }
  if (BigEndian(point.substr(1)) >= kP256P) {
    return absl::InvalidArgumentError("the P-256 point is not in its canonical encoding");
  }
  return absl::OkStatus();
}

// Building an OpenSSL key costs about as much as using it, so each thread keeps those that it used last, one per slot.
// Returns null where the bytes are not a point of the curve.
EVP_PKEY* CachedP256Key(absl::string_view point) {
  struct Slot {
    std::string point;
    internal::EvpKeyPtr key;
  };
  thread_local std::array<Slot, 256> cache;
  // The last byte of x: as good as random for honest keys, and nobody gains by a collision.
  Slot& slot = cache[static_cast<uint8_t>(point.back())];
  if (slot.point != point) {
    absl::StatusOr<internal::EvpKeyPtr> key = internal::ToEvpKey(PublicKey{KeyAlgorithm::kP256, std::string(point)});
    if (!key.ok()) return nullptr;
    slot.point = std::string(point);
    slot.key = *std::move(key);
  }
  return slot.key.get();
}

bool VerifyP256(absl::string_view key, absl::string_view message, absl::string_view signature) {
  const Bytes32 r = BigEndian(signature.substr(0, 32));
  const Bytes32 s = BigEndian(signature.substr(32));
  if (r == kZero || r >= kP256N || s == kZero || s > kP256HalfN) return false;
  EVP_PKEY* evp = CachedP256Key(key);
  if (evp == nullptr) return false;

  internal::EcdsaSignaturePtr parts(ECDSA_SIG_new());
  CAUSEWAY_CHECK(parts != nullptr &&
                 ECDSA_SIG_set0(parts.get(), BN_bin2bn(r.data(), 32, nullptr), BN_bin2bn(s.data(), 32, nullptr)) == 1);
  std::array<uint8_t, 80> der;
  uint8_t* end = der.data();
  const int der_size = i2d_ECDSA_SIG(parts.get(), &end);
  CAUSEWAY_CHECK(der_size > 0 && der_size <= static_cast<int>(der.size()));

  internal::DigestContextPtr context(EVP_MD_CTX_new());
  CAUSEWAY_CHECK(context != nullptr && EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, evp) == 1);
  const bool valid = EVP_DigestVerify(context.get(), der.data(), static_cast<size_t>(der_size),
                                      reinterpret_cast<const uint8_t*>(message.data()), message.size()) == 1;
  if (!valid) internal::ClearOpenSslErrors();
  return valid;
}

// Whether the encoding is a point of the curve. libsodium's own test of a point also asks for prime order, which the
// rule does not.
bool IsEd25519CurvePoint(absl::string_view point) {
  Bytes32 identity{};
  identity[0] = 1;
  Bytes32 sum;
  return crypto_core_ed25519_add(sum.data(), reinterpret_cast<const uint8_t*>(point.data()), identity.data()) == 0;
}

absl::Status CheckSize(absl::string_view name, size_t size, size_t wanted) {
  if (size == wanted) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(name, " public keys have ", wanted, " bytes, not ", size));
}

}  // namespace

absl::string_view KeyAlgorithmName(KeyAlgorithm algorithm) {
  switch (algorithm) {
    case KeyAlgorithm::kEd25519:
      return "ed25519";
    case KeyAlgorithm::kP256:
      return "p256";
  }
  return "unknown";
}

KeyId KeyIdOf(const PublicKey& key) {
  return KeyId(DomainHash(kKeyIdTag, static_cast<uint8_t>(key.algorithm), Tail{key.bytes}).array());
}

absl::Status ValidatePublicKey(const PublicKey& key) {
  absl::Status status;
  switch (key.algorithm) {
    case KeyAlgorithm::kEd25519:
      status = CheckSize("Ed25519", key.bytes.size(), kEd25519PublicKeySize);
      if (status.ok()) status = CheckEd25519Encoding(key.bytes);
      if (status.ok() && !IsEd25519CurvePoint(key.bytes)) {
        status = absl::InvalidArgumentError("the Ed25519 public key is not a point of the curve");
      }
      return status;
    case KeyAlgorithm::kP256:
      status = CheckSize("P-256", key.bytes.size(), kP256PublicKeySize);
      if (status.ok()) status = CheckP256Encoding(key.bytes);
      if (status.ok() && !internal::P256EvpKey(key.bytes, nullptr).ok()) {
        status = absl::InvalidArgumentError("the P-256 public key is not a point of the curve");
      }
      return status;
  }
  return absl::InvalidArgumentError("unknown key algorithm");
}

bool Verify(const PublicKey& key, absl::string_view message, absl::string_view signature) {
  if (signature.size() != kSignatureSize) return false;
  switch (key.algorithm) {
    case KeyAlgorithm::kEd25519:
      return key.bytes.size() == kEd25519PublicKeySize && VerifyEd25519(key.bytes, message, signature);
    case KeyAlgorithm::kP256:
      return key.bytes.size() == kP256PublicKeySize && VerifyP256(key.bytes, message, signature);
  }
  return false;
}

}  // namespace causeway::crypto

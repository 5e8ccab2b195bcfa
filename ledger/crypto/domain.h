// SPDX-License-Identifier: Apache-2.0
#ifndef CAUSEWAY_LEDGER_CRYPTO_DOMAIN_H_
#define CAUSEWAY_LEDGER_CRYPTO_DOMAIN_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

#include "ledger/base/bytes.h"
#include "ledger/base/identifiers.h"
#include "ledger/crypto/sha256.h"

// Domain separation: every byte string that the ledger signs or hashes for a purpose of its own begins with that
// purpose's tag, so that a signature or hash made for one purpose can never serve another. This file is the list of
// tags and the only place where preimages are laid out.
//
// Framing. A preimage is tag ‖ 0x00 ‖ parts. No tag contains a zero byte, so tags are prefix-free. A part is one of
//   - fixed: a hash, an id or an integer (big-endian, at its full width), whose length the tag's definition fixes;
//   - variable: the length as a big-endian uint32, then the bytes;
//   - tail: the bytes alone, as the last part, of a length that earlier parts imply or that ends the preimage.
// The types of the arguments choose the framing, so two different lists of parts of one tag never give the same
// preimage.
namespace causeway::crypto {

// The name of one purpose, with its version. Only the constants below exist.
class DomainTag {
 public:
  explicit constexpr DomainTag(const char* name) : name_(name) {}
  constexpr const char* name() const { return name_; }

 private:
  const char* name_;
};

// Signed by each signer of a transaction: chain id (32) ‖ SHA-256(body) (32).
inline constexpr DomainTag kTransactionTag("causeway/transaction/v1");
// Signed by a validator, always in one place: chain id (32) ‖ vote kind (1) ‖ epoch (8) ‖ view (8), and for the kinds
// notarize and finalize parent's view (8) ‖ block hash (32). The kind fixes the length.
inline constexpr DomainTag kVoteTag("causeway/vote/v1");
// Hashed: tail canonical bytes of the genesis. Gives the chain id.
inline constexpr DomainTag kChainIdTag("causeway/chain/v1");
// Hashed: algorithm (1) ‖ tail public key. Gives the key id.
inline constexpr DomainTag kKeyIdTag("causeway/key/v1");
// Signed by a validator that admits a transaction: chain id (32) ‖ SHA-256(body) (32) ‖ admission time in microseconds
// (8).
inline constexpr DomainTag kAdmissionTag("causeway/admission/v1");
// Message of HMAC-SHA-256 under the network's confidentiality key: transaction id (32) ‖ operation index (4) ‖ record
// index (4). Gives the salt of a restricted record.
inline constexpr DomainTag kRestrictedSaltTag("causeway/restricted-salt/v1");
// Hashed: salt (32) ‖ tail canonical bytes of the restricted record. Gives the hash that its receipt shows.
inline constexpr DomainTag kRestrictedRecordTag("causeway/restricted-record/v1");
// Hashed: previous hash (32) ‖ party ‖ transaction's client id (16) ‖ SHA-256(body) (32). Gives the next chained hash
// of an expiry bucket.
inline constexpr DomainTag kExpiryBucketTag("causeway/expiry-bucket/v1");
// Signed by a validator that echoes to a starting peer the last votes that it holds of it: chain id (32) ‖ peer's index
// (4) ‖ nonce (32) ‖ tail canonical bytes of the answer.
inline constexpr DomainTag kVoteLogEchoTag("causeway/vote-log-echo/v1");
// Signed by a node's validator or client key over the key of its TLS certificate: chain id (32) ‖ SHA-256(certificate's
// public key info) (32).
inline constexpr DomainTag kNodeTag("causeway/node/v1");
// Hashed: tail canonical bytes of an Operation with `linked` false. Gives what an approval is bound to.
inline constexpr DomainTag kOperationTag("causeway/operation/v1");
// Signed by a model operator about one operation: chain id (32) ‖ tail canonical bytes of the attestation without its
// signature.
inline constexpr DomainTag kPolicyAttestationTag("causeway/policy-attestation/v1");
// Hashed: issuer's public key ‖ subject's public key ‖ subject name ‖ validity start (8) ‖ validity end (8). Gives a
// certificate's serial number.
inline constexpr DomainTag kCertificateSerialTag("causeway/certificate-serial/v1");

// Hashed: tail canonical bytes of the header. Gives the block hash.
inline constexpr DomainTag kBlockTag("causeway/block/v1");
// Hashed: tail canonical bytes of the validator set. Gives its hash.
inline constexpr DomainTag kValidatorSetTag("causeway/validator-set/v1");
// Hashed: transaction that scheduled the work (32) ‖ height (8) ‖ position (4). Stands for a transaction id where due
// work salts a restricted record.
inline constexpr DomainTag kDueWorkTag("causeway/due-work/v1");

// Hashed: tail canonical bytes of an OpenBundle. Gives the terms that a consent refers to.
inline constexpr DomainTag kBundleTermsTag("causeway/bundle/v1");
// Hashed: bundle (16) ‖ leg's index (4). The first 16 bytes are the id of the hold that locks what the leg gives.
inline constexpr DomainTag kBundleHoldTag("causeway/bundle-hold/v1");

// Hashed: owner's LEI ‖ message id ‖ order reference. The first 16 bytes are the id of an order that is imported.
inline constexpr DomainTag kImportedOrderTag("causeway/imported-order/v1");
// Hashed: transaction (32) ‖ position of the held group's first operation (4). The first 16 bytes are the id of its
// case.
inline constexpr DomainTag kCaseTag("causeway/case/v1");
// Hashed: case (16) ‖ number (4). The first 16 bytes are the id of a hold that locks the case's assets.
inline constexpr DomainTag kCaseHoldTag("causeway/case-hold/v1");

// Bytes without a length, as the last part of a preimage.
struct Tail {
  absl::string_view bytes;
};

namespace internal {
void AppendVariable(std::string& out, absl::string_view bytes);
inline void AppendPart(std::string& out, uint8_t value) {
  out.push_back(static_cast<char>(value));
}
inline void AppendPart(std::string& out, uint32_t value) {
  AppendBigEndian32(out, value);
}
inline void AppendPart(std::string& out, uint64_t value) {
  AppendBigEndian64(out, value);
}
inline void AppendPart(std::string& out, Tail tail) {
  out.append(tail.bytes.data(), tail.bytes.size());
}
inline void AppendPart(std::string& out, absl::string_view bytes) {
  AppendVariable(out, bytes);
}
template <typename Tag, size_t N>
void AppendPart(std::string& out, const FixedBytes<Tag, N>& bytes) {
  out.append(bytes.bytes().data(), N);
}
}  // namespace internal

// The bytes tag ‖ 0x00 ‖ parts, framed as the file's comment says. Integers are passed as uint8_t, uint32_t or uint64_t
// exactly.
template <typename... Parts>
std::string Preimage(DomainTag tag, const Parts&... parts) {
  std::string out(tag.name());
  out.push_back('\0');
  (internal::AppendPart(out, parts), ...);
  return out;
}

// SHA-256 of Preimage(tag, parts...).
template <typename... Parts>
Hash DomainHash(DomainTag tag, const Parts&... parts) {
  return Sha256(Preimage(tag, parts...));
}

// What a signer of a transaction signs. `body_hash` is SHA-256 of the exact bytes of the body, which is also the
// transaction's id.
std::string TransactionPreimage(const Hash& chain_id, const Hash& body_hash);

}  // namespace causeway::crypto

#endif  // CAUSEWAY_LEDGER_CRYPTO_DOMAIN_H_

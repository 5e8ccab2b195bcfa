// SPDX-License-Identifier: Apache-2.0
#include "ledger/crypto/sha256.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <vector>

#include "ledger/base/check.h"

namespace causeway::crypto {
namespace {

const EVP_MD* Sha256Method() {
  static const EVP_MD* const method = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  CAUSEWAY_CHECK(method != nullptr, "OpenSSL has no SHA-256");
  return method;
}

// The contexts that this thread has at rest. A hasher takes one and gives it back to whichever thread destroys it.
class ContextPool {
 public:
  ~ContextPool() {
    for (EVP_MD_CTX* context : free_) EVP_MD_CTX_free(context);
  }

  EVP_MD_CTX* Take() {
    EVP_MD_CTX* context;
    if (free_.empty()) {
      context = EVP_MD_CTX_new();
      CAUSEWAY_CHECK(context != nullptr && EVP_DigestInit_ex2(context, Sha256Method(), nullptr) == 1);
    } else {
      context = free_.back();
      free_.pop_back();
      CAUSEWAY_CHECK(EVP_DigestInit_ex2(context, nullptr, nullptr) == 1);
    }
    return context;
  }

  void Give(EVP_MD_CTX* context) { free_.push_back(context); }

 private:
  std::vector<EVP_MD_CTX*> free_;
};

ContextPool& ThreadPool() {
  thread_local ContextPool pool;
  return pool;
}

Hash FinishDigest(EVP_MD_CTX* context) {
  std::array<uint8_t, Hash::kSize> digest;
  CAUSEWAY_CHECK(EVP_DigestFinal_ex(context, digest.data(), nullptr) == 1);
  return Hash(digest);
}

}  // namespace

Hash Sha256(absl::string_view data) {
  // One context for all one-piece messages of the thread; the commonest call by far.
  thread_local Sha256Hasher hasher;
  return hasher.Update(data).Finish();
}

Sha256Hasher::Sha256Hasher() : context_(ThreadPool().Take()) {}

Sha256Hasher::~Sha256Hasher() {
  ThreadPool().Give(static_cast<EVP_MD_CTX*>(context_));
}

Sha256Hasher& Sha256Hasher::Update(absl::string_view data) {
  CAUSEWAY_CHECK(EVP_DigestUpdate(static_cast<EVP_MD_CTX*>(context_), data.data(), data.size()) == 1);
  return *this;
}

Hash Sha256Hasher::Finish() {
  EVP_MD_CTX* context = static_cast<EVP_MD_CTX*>(context_);
  const Hash hash = FinishDigest(context);
  CAUSEWAY_CHECK(EVP_DigestInit_ex2(context, nullptr, nullptr) == 1);
  return hash;
}

Hash HmacSha256(absl::string_view key, absl::string_view message) {
  std::array<uint8_t, Hash::kSize> mac;
  // OpenSSL takes a null key to mean "the key of before": an empty key is a pointer to nothing, not null.
  const char* key_bytes = key.empty() ? "" : key.data();
  CAUSEWAY_CHECK(HMAC(Sha256Method(), key_bytes, static_cast<int>(key.size()),
                      reinterpret_cast<const uint8_t*>(message.data()), message.size(), mac.data(),
                      nullptr) != nullptr);
  return Hash(mac);
}

}  // namespace causeway::crypto

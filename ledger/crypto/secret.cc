// SPDX-License-Identifier: Apache-2.0
#include "ledger/crypto/secret.h"

#include <sodium.h>

#include <algorithm>
#include <utility>

#include "ledger/base/check.h"

namespace causeway::crypto {

Secret::Secret(size_t size) : size_(size) {
  CAUSEWAY_CHECK(sodium_init() >= 0);
  if (size == 0) return;
  data_ = static_cast<uint8_t*>(sodium_malloc(size));
  CAUSEWAY_CHECK(data_ != nullptr, "no memory for a secret");
  sodium_memzero(data_, size);
}

Secret::Secret(absl::string_view bytes) : Secret(bytes.size()) {
  std::copy(bytes.begin(), bytes.end(), data_);
}

Secret::~Secret() {
  sodium_free(data_);
}  // wipes; null is fine

Secret::Secret(Secret&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

Secret& Secret::operator=(Secret&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

void Wipe(std::string& text) {
  sodium_memzero(text.data(), text.size());
  text.clear();
}

}  // namespace causeway::crypto

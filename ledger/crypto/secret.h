// SPDX-License-Identifier: Apache-2.0
#ifndef CAUSEWAY_LEDGER_CRYPTO_SECRET_H_
#define CAUSEWAY_LEDGER_CRYPTO_SECRET_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

// Bytes that must not outlive their use: private keys, passphrases, the confidentiality key.
namespace causeway::crypto {

// A fixed run of secret bytes in memory of libsodium's own (guard pages, locked where the system's limit allows, wiped
// on release).
//
// Invariants: never copied silently (Clone says so); a moved-from secret is empty.
// Thread safety: const access from any thread.
class Secret {
 public:
  Secret() = default;
  explicit Secret(size_t size);
  explicit Secret(absl::string_view bytes);
  ~Secret();
  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret&& other) noexcept;
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;

  Secret Clone() const { return Secret(view()); }
  size_t size() const { return size_; }
  const uint8_t* data() const { return data_; }
  uint8_t* data() { return data_; }
  absl::string_view view() const { return absl::string_view(reinterpret_cast<const char*>(data_), size_); }

 private:
  uint8_t* data_ = nullptr;
  size_t size_ = 0;
};

// Overwrites `text` with zeros in a way that the compiler may not leave out, then empties it.
void Wipe(std::string& text);

}  // namespace causeway::crypto

#endif  // CAUSEWAY_LEDGER_CRYPTO_SECRET_H_

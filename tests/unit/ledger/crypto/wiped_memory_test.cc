// SPDX-License-Identifier: Apache-2.0
// Memory as it is given back: what was secret must not stand in it any more.
#include <malloc.h>

#include <cstdlib>
#include <cstring>
#include <new>
#include <string>

#include <gtest/gtest.h>

#include "ledger/crypto/key_file.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temporary_directory.h"

namespace causeway::crypto {
namespace {

// Half of a key of bytes 0xa5 in hexadecimal; a constant, which nobody gives back.
constexpr char kSought[] = "a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5";
bool watching = false;
int given_back = 0;

void GiveBack(void* memory) {
  if (watching && memory != nullptr &&
      memmem(memory, malloc_usable_size(memory), kSought, sizeof(kSought) - 1) != nullptr)
    ++given_back;
  std::free(memory);
}

}  // namespace
}  // namespace causeway::crypto

void* operator new(size_t size) {
  void* const memory = std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
void operator delete(void* memory) noexcept {
  causeway::crypto::GiveBack(memory);
}
void operator delete(void* memory, size_t) noexcept {
  causeway::crypto::GiveBack(memory);
}

namespace causeway::crypto {
namespace {

TEST(WipedMemory, TheWatchSeesWhatIsNotWiped) {
  given_back = 0;
  watching = true;
  { const std::string left(64, 'a'); }
  { const std::string left = std::string(kSought) + kSought; }
  watching = false;
  EXPECT_GE(given_back, 1);
}

TEST(WipedMemory, WritingAndReadingAConfidentialityKeyLeavesNoDigitsOfIt) {
  const testing::TemporaryDirectory directory;
  const std::string path = directory.Path("confidentiality.key");
  const Secret key(std::string(32, '\xa5'));
  given_back = 0;
  watching = true;
  const bool written = WriteConfidentialityKey(path, key).ok();
  const bool read = ReadConfidentialityKey(path).ok();
  watching = false;
  EXPECT_TRUE(written);
  EXPECT_TRUE(read);
  EXPECT_EQ(given_back, 0);
}

}  // namespace
}  // namespace causeway::crypto

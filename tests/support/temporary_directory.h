// SPDX-License-Identifier: Apache-2.0
// A directory that is gone, with all that is in it, when the test is over.
#ifndef CAUSEWAY_TESTS_SUPPORT_TEMPORARY_DIRECTORY_H_
#define CAUSEWAY_TESTS_SUPPORT_TEMPORARY_DIRECTORY_H_

#include <stdlib.h>

#include <filesystem>
#include <string>

#include <gtest/gtest.h>

#include "ledger/base/check.h"

namespace causeway::testing {

class TemporaryDirectory {
 public:
  TemporaryDirectory() : TemporaryDirectory(::testing::TempDir()) {}
  // `parent` ends with a slash.
  explicit TemporaryDirectory(const std::string& parent) : path_(parent + "causeway-XXXXXX") {
    CAUSEWAY_CHECK(mkdtemp(path_.data()) != nullptr, path_);
  }
  // Where syncing costs nothing, if the machine has such a place.
  static std::string InMemory() {
    const std::filesystem::path memory = "/dev/shm/";
    return std::filesystem::is_directory(memory) ? memory.string() : ::testing::TempDir();
  }
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  const std::string& path() const { return path_; }
  // Of something in it.
  std::string Path(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

}  // namespace causeway::testing

#endif  // CAUSEWAY_TESTS_SUPPORT_TEMPORARY_DIRECTORY_H_

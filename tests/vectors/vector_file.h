// SPDX-License-Identifier: Apache-2.0
#ifndef CAUSEWAY_TESTS_VECTORS_VECTOR_FILE_H_
#define CAUSEWAY_TESTS_VECTORS_VECTOR_FILE_H_

#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "absl/strings/str_split.h"

#include "ledger/base/bytes.h"

namespace causeway {

// A whole file of the tree.
inline std::string ReadTextFile(const std::string& path) {
  std::ifstream file(path);
  EXPECT_TRUE(file.is_open()) << path << ": tests run in the source directory";
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// The files of this folder: a vector a line, fields separated by " | ", lines that begin with '#' left out.
inline std::vector<std::vector<std::string>> ReadVectorFile(const std::string& name) {
  const std::string path = "tests/vectors/" + name;
  std::ifstream file(path);
  EXPECT_TRUE(file.is_open()) << path << ": tests run in the source directory";
  std::vector<std::vector<std::string>> vectors;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line[0] == '#') continue;
    vectors.push_back(absl::StrSplit(line, " | "));
  }
  return vectors;
}

// Bytes from hexadecimal text; "-" is the empty string.
inline std::string VectorBytes(const std::string& hex) {
  if (hex == "-") return "";
  const std::optional<std::string> bytes = HexToBytes(hex);
  EXPECT_TRUE(bytes.has_value()) << hex;
  return bytes.value_or("");
}

}  // namespace causeway

#endif  // CAUSEWAY_TESTS_VECTORS_VECTOR_FILE_H_

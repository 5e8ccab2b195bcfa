// SPDX-License-Identifier: Apache-2.0
// Reads a TOML file into values and finds everything that is wrong with it at once: each error with its line, what is
// allowed, and for an unknown key the nearest known one.
#ifndef CAUSEWAY_NODE_DAEMON_CONFIG_READER_H_
#define CAUSEWAY_NODE_DAEMON_CONFIG_READER_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace causeway::daemon {

class ConfigReader {
 public:
  // A text that is no TOML is one error, and every value is then missing without further errors.
  ConfigReader(const std::string& file_name, absl::string_view text);
  ~ConfigReader();

  // A value by its dotted key. Missing without a default, of another type, or out of range: an error is noted, and an
  // arbitrary value returned.
  std::string Text(const std::string& key, std::optional<std::string> otherwise = std::nullopt);
  uint64_t Number(const std::string& key, uint64_t least, uint64_t most,
                  std::optional<uint64_t> otherwise = std::nullopt);
  bool Flag(const std::string& key, bool otherwise);
  std::string Choice(const std::string& key, const std::vector<std::string>& allowed, const std::string& otherwise);
  std::vector<std::string> Texts(const std::string& key);
  bool Has(const std::string& key) const;

  // An error of the caller's own about a key's value.
  void Error(const std::string& key, const std::string& what);

  // Notes the keys that nobody asked for, and gives all errors, by line: "file:12: …". OK where there are none.
  absl::Status Finish();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// The fewest insertions, deletions and replacements of characters that make one text of another.
size_t EditDistance(absl::string_view a, absl::string_view b);

}  // namespace causeway::daemon

#endif  // CAUSEWAY_NODE_DAEMON_CONFIG_READER_H_

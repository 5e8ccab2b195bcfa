// SPDX-License-Identifier: Apache-2.0
#include "node/daemon/replace_file.h"

#include <filesystem>
#include <fstream>
#include <system_error>

#include "absl/strings/str_cat.h"

namespace causeway::daemon {

absl::Status ReplaceFile(const std::string& path, absl::string_view content) {
  const std::string beside = path + ".new";
  std::ofstream file(beside, std::ios::trunc);
  file << content;
  file.close();
  if (!file) return absl::UnavailableError("cannot write " + beside);
  std::error_code error;
  std::filesystem::rename(beside, path, error);
  return error ? absl::UnavailableError(absl::StrCat("cannot write ", path, ": ", error.message())) : absl::OkStatus();
}

}  // namespace causeway::daemon

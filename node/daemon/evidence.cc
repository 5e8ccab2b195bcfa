// SPDX-License-Identifier: Apache-2.0
#include "node/daemon/evidence.h"

#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"

#include "causeway/v1/consensus.pb.h"
#include "causeway/v1/operation.pb.h"
#include "ledger/base/status.h"
#include "ledger/codec/json.h"
#include "node/consensus/messages.h"

namespace causeway::daemon {

absl::StatusOr<std::string> WriteReport(const std::string& directory, const consensus::VoteConflict& conflict) {
  v1::Operation operation;
  v1::Evidence& evidence = *operation.mutable_governance()->mutable_report_conflict()->mutable_evidence();
  consensus::ToProto(conflict.first, evidence.mutable_first());
  consensus::ToProto(conflict.second, evidence.mutable_second());
  CAUSEWAY_ASSIGN_OR_RETURN(const std::string json, codec::MessageToJson(operation, {.indented = true}));

  std::error_code error;
  std::filesystem::create_directories(directory, error);
  const std::string path = absl::StrCat(directory, "/conflict-", conflict.first.subject.epoch.value(), "-",
                                        conflict.first.validator, ".json");
  if (std::filesystem::exists(path, error)) return path;
  const std::string beside = path + ".new";
  std::ofstream file(beside, std::ios::trunc);
  file << "[" << json << "]\n";
  file.close();
  if (!file) return absl::UnavailableError("cannot write " + beside);
  std::filesystem::rename(beside, path, error);
  if (error) return absl::UnavailableError(absl::StrCat("cannot write ", path, ": ", error.message()));
  return path;
}

}  // namespace causeway::daemon

// SPDX-License-Identifier: Apache-2.0
#include "node/daemon/evidence.h"

#include <filesystem>

#include "absl/strings/str_cat.h"

#include "causeway/v1/consensus.pb.h"
#include "causeway/v1/operation.pb.h"
#include "ledger/base/status.h"
#include "ledger/codec/json.h"
#include "node/consensus/messages.h"
#include "node/daemon/replace_file.h"

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
  CAUSEWAY_RETURN_IF_ERROR(ReplaceFile(path, absl::StrCat("[", json, "]\n")));
  return path;
}

}  // namespace causeway::daemon

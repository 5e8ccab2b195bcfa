// SPDX-License-Identifier: Apache-2.0
#include "ledger/store/rewrite.h"

#include <map>
#include <memory>
#include <optional>

#include "absl/strings/str_cat.h"

#include "ledger/base/status.h"
#include "ledger/store/database.h"

namespace causeway::store {

absl::Status RewriteRows(const std::string& directory, const std::vector<RowEdit>& edits) {
  CAUSEWAY_ASSIGN_OR_RETURN(
      const std::unique_ptr<Database> database,
      Database::Open(directory + "/rocksdb", OpenMode::kReadWrite, rocksdb::Env::Default(), 1 << 20,
                     std::make_unique<LogWatch>(std::nullopt, std::map<uint64_t, uint64_t>())));
  for (const RowEdit& edit : edits) {
    rocksdb::ColumnFamilyHandle* const handle = database->handle(edit.family);
    const rocksdb::Status status = edit.value ? database->db().Put({}, handle, edit.key, *edit.value)
                                              : database->db().Delete({}, handle, edit.key);
    if (!status.ok()) return absl::InternalError(absl::StrCat(directory, ": ", status.ToString()));
  }
  return database->Close();
}

}  // namespace causeway::store

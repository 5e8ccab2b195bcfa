// SPDX-License-Identifier: Apache-2.0
// The disk as RocksDB and as the vote log see it.
#ifndef CAUSEWAY_TESTS_CRASH_FILES_H_
#define CAUSEWAY_TESTS_CRASH_FILES_H_

#include <memory>

#include "rocksdb/env.h"

#include "node/consensus/log_file.h"
#include "tests/crash/disk.h"

namespace causeway::crash {

// `disk` outlives what is returned. RocksDB's background threads are its own: they may order their changes differently
// from run to run.
std::unique_ptr<rocksdb::Env> MakeEnv(Disk& disk);

// With the same steps on the disk as consensus::SystemFiles.
std::unique_ptr<consensus::FileSystem> MakeLogFiles(Disk& disk);

}  // namespace causeway::crash

#endif  // CAUSEWAY_TESTS_CRASH_FILES_H_

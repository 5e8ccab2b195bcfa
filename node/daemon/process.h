// SPDX-License-Identifier: Apache-2.0
// The life of the process `causewayd`: check, lock, open, serve, end.
//
// It ends by itself when it cannot go on (a failed disk, roots that differ, a lost store): at once, without writing
// anything more, for what counts is durable already. It ends in order on SIGTERM or SIGINT; a second one ends it at
// once. Under systemd it tells READY, STOPPING, its status in a sentence, and feeds the watchdog.
#ifndef CAUSEWAY_NODE_DAEMON_PROCESS_H_
#define CAUSEWAY_NODE_DAEMON_PROCESS_H_

#include <string>

namespace causeway::daemon {

enum class ExitCode : int {
  kOrderly = 0,      // asked to end, and did
  kFailed = 1,       // what is stored is refused or does not verify, or the node could not go on
  kUsage = 2,        // wrong usage, or a configuration that is none
  kUnreachable = 3,  // an address or a directory is in use
};

// Reads the configuration and everything that it names and tells what is wrong, on standard error.
ExitCode CheckConfiguration(const std::string& config_file);

// Until the node ends. The calling thread is the process's only one.
ExitCode RunNode(const std::string& config_file);

}  // namespace causeway::daemon

#endif  // CAUSEWAY_NODE_DAEMON_PROCESS_H_

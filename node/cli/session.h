// SPDX-License-Identifier: Apache-2.0
// What every verb of `causeway` shares: where it writes, how it ends, and what runs.
//
// A verb has its answer on standard output (one JSON object, or one a line, with --output json) and everything else on
// standard error. It ends with one of four codes.
#ifndef CAUSEWAY_NODE_CLI_SESSION_H_
#define CAUSEWAY_NODE_CLI_SESSION_H_

#include <functional>
#include <istream>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include <google/protobuf/message.h>
#include <nlohmann/json.hpp>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

#include "node/cli/verb.h"

namespace causeway::cli {

using Json = nlohmann::ordered_json;

enum ExitCode : int {
  kSuccess = 0,
  // The ledger or a node refused, or a verification failed.
  kRefused = 1,
  // Wrong usage, or input that cannot be read.
  kUsage = 2,
  // The other side could not be reached, or did not answer in time.
  kUnreachable = 3,
};

struct Session {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
  // Standard error is a terminal: progress may be shown on it.
  bool err_is_terminal = false;
  // The path of the running program, for finding what lies beside it.
  std::string program;

  // --output, and whether it is json.
  std::string format = "text";
  bool json = false;
  // The chosen verb; set while the command line is read.
  std::function<int()> run = {};

  // Prints "causeway: message", each further line indented, and gives the code back.
  int Fail(ExitCode code, absl::string_view message);
  // About the caller's own input or files: 2, or 3 where something could not be reached.
  int FailInput(const absl::Status& status);
  // What a node answered: 1, or 3 where it could not be reached.
  int FailAnswer(const absl::Status& status);

  // One JSON object on a line of standard output.
  void PrintJson(const Json& json);
};

// Makes `run` what happens when the verb was chosen. `options` outlives it.
template <class Options, class Run>
void OnRun(Verb verb, Session& session, std::shared_ptr<Options> options, Run run) {
  verb.OnChosen(
      [&session, options, run] { session.run = [&session, options, run] { return run(session, *options); }; });
}

// The message as the ledger's JSON (codec/json.h).
Json ToJson(const google::protobuf::Message& message);

// The command line as a whole: reads `arguments` (without the program's name) and runs the verb.
int RunCauseway(Session& session, const std::vector<std::string>& arguments);

}  // namespace causeway::cli

#endif  // CAUSEWAY_NODE_CLI_SESSION_H_

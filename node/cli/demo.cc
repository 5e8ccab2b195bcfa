// SPDX-License-Identifier: Apache-2.0
// causeway demo: the main job, from files to the audit.
#include "node/demo/demo.h"

#include <spawn.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"

#include "ledger/base/status.h"
#include "node/cli/session.h"
#include "node/cli/verbs.h"
#include "node/demo/summary.h"
#include "node/processes/network_processes.h"

extern char** environ;

namespace causeway::cli {
namespace {

namespace fs = std::filesystem;

constexpr uint32_t kOrders = 200;

struct DemoVerbOptions {
  std::string data;
  std::string input;
  uint32_t orders = kOrders;
  bool step = false;
};

// deploy/demo-data of the tree that the program was built in.
absl::StatusOr<std::string> FindInput(const Session& session) {
  std::error_code ignored;
  const fs::path program = fs::canonical("/proc/self/exe", ignored);
  for (fs::path folder = program.parent_path(); folder.has_relative_path(); folder = folder.parent_path()) {
    const fs::path candidate = folder / "deploy" / "demo-data";
    if (fs::exists(candidate / "network.json", ignored)) return candidate.string();
  }
  return absl::NotFoundError(
      absl::StrCat("deploy/demo-data was looked for above ", session.program, " and not found: name it with --input"));
}

// Runs the generator beside the input; the model is taken over.
absl::Status Generate(const std::string& input, const std::string& to, uint32_t orders) {
  std::error_code error;
  fs::create_directories(to, error);
  fs::copy(input + "/model", to + "/model", fs::copy_options::recursive | fs::copy_options::skip_existing, error);
  if (error) return absl::InternalError(absl::StrCat(to, "/model: ", error.message()));
  std::string script = input + "/generate.py", count = absl::StrCat(orders), folder = to;
  std::string python = "python3", to_flag = "--to", orders_flag = "--orders", no_cache = "-B";
  char* arguments[] = {python.data(), no_cache.data(),    script.data(), to_flag.data(),
                       folder.data(), orders_flag.data(), count.data(),  nullptr};
  pid_t child = 0;
  if (const int failed = posix_spawnp(&child, "python3", nullptr, nullptr, arguments, environ); failed != 0)
    return absl::NotFoundError(absl::StrCat("python3, which writes the input for --orders: ", std::strerror(failed),
                                            "; deploy/setup installs it"));
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (status != 0) return absl::InternalError(absl::StrCat(script, " ended with ", WEXITSTATUS(status)));
  return absl::OkStatus();
}

absl::StatusOr<demo::DemoOptions> Prepare(const Session& session, const DemoVerbOptions& options) {
  demo::DemoOptions demo{options.input, options.data, "", options.step};
  if (demo.input.empty()) {
    CAUSEWAY_ASSIGN_OR_RETURN(demo.input, FindInput(session));
  }
  if (demo.directory.empty()) {
    std::string folder = (fs::temp_directory_path() / "causeway-demo-XXXXXX").string();
    if (mkdtemp(folder.data()) == nullptr) return absl::InternalError(absl::StrCat(folder, ": ", std::strerror(errno)));
    demo.directory = folder + "/network";
  }
  CAUSEWAY_ASSIGN_OR_RETURN(demo.causewayd, processes::FindCausewayd());
  if (options.orders != kOrders) {
    const std::string generated = demo.directory + "-input";
    CAUSEWAY_RETURN_IF_ERROR(Generate(demo.input, generated, options.orders));
    demo.input = generated;
  }
  return demo;
}

std::string Suggestions(const std::string& directory) {
  return absl::StrCat("\nNext:\n  causeway devnet --data ", directory, "\n  causeway audit replay --data ", directory,
                      "/node-2 --genesis ", directory, "/genesis.json --head ", directory,
                      "/out/head.json\n  causeway audit verify ", directory, "/out/holding.proof --genesis ", directory,
                      "/genesis.json\n  ls ", directory, "/out/confirmations\n  causeway list holding --context ",
                      directory, " --as moselle-ta     (while the devnet runs)\n");
}

int Demo(Session& session, const DemoVerbOptions& options) {
  const absl::StatusOr<demo::DemoOptions> prepared = Prepare(session, options);
  if (!prepared.ok()) return session.FailInput(prepared.status());
  const absl::StatusOr<demo::Summary> summary = demo::RunDemo(*prepared);
  if (!summary.ok()) return session.FailAnswer(summary.status());
  if (session.json) {
    session.out << demo::ToJson(*summary) << "\n";
  } else {
    session.out << demo::ToText(*summary) << Suggestions(summary->directory);
  }
  return summary->Defects().empty() ? kSuccess : kRefused;
}

}  // namespace

void AddDemo(Verb root, Session& session) {
  auto options = std::make_shared<DemoVerbOptions>();
  Verb verb = root.AddVerb(
      session, "demo", "Run four nodes on this machine, three dealing days of a fund on them, and the audit after them",
      "demo --step");
  verb.AddOption("--data", options->data,
                 "where the network's directory goes; must not exist (default: a new temporary one)");
  verb.AddOption("--input", options->input, "the demo's input (default: deploy/demo-data of the source tree)");
  verb.AddOption("--orders", options->orders,
                 "orders over the three days, 60 to 100000; other than 200 are generated first")
      .Range(60, 100'000);
  verb.AddFlag("--step", options->step, "wait for the return key before each chapter");
  OnRun(verb, session, options, Demo);
}

}  // namespace causeway::cli

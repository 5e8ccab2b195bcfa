// SPDX-License-Identifier: Apache-2.0
#include "node/processes/network_processes.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "ledger/base/status.h"
#include "node/client/client.h"

namespace causeway::processes {
namespace {

using Clock = std::chrono::steady_clock;

// Between two looks at something that gives no signal.
constexpr std::chrono::milliseconds kLookAgain(20);
constexpr uint32_t kStopMs = 30'000;
constexpr uint32_t kStatusCallMs = 2'000;
constexpr size_t kLogTailLines = 8;

// In the child, between fork and exec: calls that are safe there, and nothing else.
[[noreturn]] void RunChild(const char* program, char* const* arguments, int log, pid_t parent) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != parent) _exit(127);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  signal(SIGPIPE, SIG_DFL);
  const int nothing = open("/dev/null", O_RDONLY);
  if (nothing < 0 || dup2(nothing, STDIN_FILENO) < 0 || dup2(log, STDOUT_FILENO) < 0 || dup2(log, STDERR_FILENO) < 0)
    _exit(127);
  execv(program, arguments);
  _exit(127);
}

std::string Describe(int status) {
  if (WIFSIGNALED(status)) return absl::StrCat("was killed by signal ", WTERMSIG(status));
  return absl::StrCat("ended with ", WEXITSTATUS(status));
}

}  // namespace

absl::StatusOr<std::string> FindCausewayd() {
  std::error_code error;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) return absl::NotFoundError(absl::StrCat("cannot tell where this program lies: ", error.message()));
  std::vector<std::string> looked_at;
  // Side by side, installed or built; a test program lies elsewhere in the build.
  for (const std::filesystem::path& candidate :
       {program.parent_path() / "causewayd", program.parent_path() / ".." / ".." / "bin" / "causewayd",
        program.parent_path() / ".." / ".." / ".." / "bin" / "causewayd"}) {
    const std::string path = candidate.lexically_normal().string();
    if (access(path.c_str(), X_OK) == 0) return path;
    looked_at.push_back(path);
  }
  return absl::NotFoundError(
      absl::StrCat("there is no causewayd to start; looked for ", absl::StrJoin(looked_at, " and ")));
}

absl::StatusOr<std::unique_ptr<NetworkProcesses>> NetworkProcesses::Start(const std::string& directory,
                                                                          const std::string& causewayd) {
  const std::filesystem::path folder(directory);
  CAUSEWAY_ASSIGN_OR_RETURN(client::Context context,
                            client::ReadContext((folder / "client" / "context.json").string()));
  std::unique_ptr<NetworkProcesses> network(new NetworkProcesses(std::move(context), causewayd));
  for (size_t i = 0; i < network->context_.nodes.size(); ++i) {
    const std::filesystem::path node = folder / absl::StrCat("node-", i + 1);
    network->nodes_.push_back({.name = network->context_.nodes[i].name,
                               .config_file = (node / "causewayd.toml").string(),
                               .log_file = (node / "causewayd.log").string(),
                               .how_ended = {}});
  }
  // Its answer would be taken for that of the process started here, which ends because the directory is in use.
  for (const client::ContextNode& node : network->context_.nodes) {
    if (client::OperatorStatus(node, kStatusCallMs).ok())
      return absl::UnavailableError(absl::StrCat(node.name, " of ", directory, " runs already, and answers at ",
                                                 node.operators, ": stop it first, or name another directory"));
  }
  for (Node& node : network->nodes_) CAUSEWAY_RETURN_IF_ERROR(network->Spawn(node));
  return network;
}

NetworkProcesses::~NetworkProcesses() {
  StopAll().IgnoreError();
}

absl::Status NetworkProcesses::Spawn(Node& node) {
  const int log = open(node.log_file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (log < 0)
    return absl::FailedPreconditionError(absl::StrCat("cannot write ", node.log_file, ": ", std::strerror(errno)));
  std::string config_flag = "--config";
  char* const arguments[] = {causewayd_.data(), config_flag.data(), node.config_file.data(), nullptr};
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child == 0) RunChild(causewayd_.c_str(), arguments, log, parent);
  const int why = errno;
  close(log);
  if (child < 0)
    return absl::ResourceExhaustedError(absl::StrCat("cannot start ", causewayd_, ": ", std::strerror(why)));
  node.pid = child;
  node.how_ended.clear();
  node.in_order = true;
  return absl::OkStatus();
}

void NetworkProcesses::Reap(Node& node, bool block) {
  if (node.pid == 0) return;
  int status = 0;
  pid_t ended = 0;
  do {
    ended = waitpid(node.pid, &status, block ? 0 : WNOHANG);
  } while (ended < 0 && errno == EINTR);
  if (ended == 0) return;
  node.how_ended = ended < 0 ? "is gone" : Describe(status);
  node.in_order = ended > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
  node.pid = 0;
}

absl::Status NetworkProcesses::LookAt(size_t node) {
  Reap(nodes_[node], false);
  if (nodes_[node].pid == 0)
    return absl::AbortedError(absl::StrCat(nodes_[node].name, " ", nodes_[node].how_ended, "; ", nodes_[node].log_file,
                                           " ends so:\n", LogTail(node)));
  const absl::StatusOr<v1::GetStatusResponse> status = client::OperatorStatus(context_.nodes[node], kStatusCallMs);
  if (!status.ok())
    return absl::UnavailableError(absl::StrCat(nodes_[node].name, " does not answer yet: ", status.status().message()));
  if (status->ready()) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat(
      nodes_[node].name, " is not ready: ", status->problems().empty() ? "it says no more" : status->problems(0)));
}

absl::Status NetworkProcesses::WaitFor(const std::vector<size_t>& waiting, uint32_t patience_ms,
                                       const std::function<bool()>& idle) {
  const Clock::time_point end = Clock::now() + std::chrono::milliseconds(patience_ms);
  std::vector<size_t> left = waiting;
  while (!left.empty()) {
    const absl::Status state = LookAt(left.front());
    if (state.ok()) {
      left.erase(left.begin());
      continue;
    }
    if (state.code() != absl::StatusCode::kUnavailable) return state;
    if (Clock::now() >= end) return absl::DeadlineExceededError(state.message());
    if (idle != nullptr && !idle()) return absl::CancelledError("ended while the nodes were starting");
    std::this_thread::sleep_for(kLookAgain);
  }
  return absl::OkStatus();
}

absl::Status NetworkProcesses::WaitReady(uint32_t patience_ms, const std::function<bool()>& idle) {
  std::vector<size_t> running;
  for (size_t i = 0; i < nodes_.size(); ++i) {
    // One that has just ended by itself is looked at too: LookAt tells of it.
    if (nodes_[i].pid != 0) running.push_back(i);
  }
  return WaitFor(running, patience_ms, idle);
}

absl::Status NetworkProcesses::WaitReady(size_t node, uint32_t patience_ms) {
  return WaitFor({node}, patience_ms, nullptr);
}

absl::Status NetworkProcesses::Kill9(size_t node) {
  Reap(nodes_[node], false);
  if (nodes_[node].pid == 0)
    return absl::FailedPreconditionError(absl::StrCat(nodes_[node].name, " does not run: it ", nodes_[node].how_ended));
  kill(nodes_[node].pid, SIGKILL);
  Reap(nodes_[node], true);
  return absl::OkStatus();
}

absl::Status NetworkProcesses::Restart(size_t node) {
  Reap(nodes_[node], false);
  if (nodes_[node].pid != 0) return absl::FailedPreconditionError(absl::StrCat(nodes_[node].name, " runs already"));
  return Spawn(nodes_[node]);
}

absl::Status NetworkProcesses::StopAll() {
  std::vector<Node*> running;
  for (Node& node : nodes_) {
    Reap(node, false);
    if (node.pid == 0) continue;
    kill(node.pid, SIGTERM);
    running.push_back(&node);
  }
  const Clock::time_point end = Clock::now() + std::chrono::milliseconds(kStopMs);
  const auto any_runs = [&] {
    for (Node* node : running) Reap(*node, false);
    return std::any_of(running.begin(), running.end(), [](const Node* node) { return node->pid != 0; });
  };
  while (any_runs() && Clock::now() < end) std::this_thread::sleep_for(kLookAgain);
  std::vector<std::string> forced, disorderly;
  for (Node* node : running) {
    if (node->pid != 0) {
      kill(node->pid, SIGKILL);
      Reap(*node, true);
      forced.push_back(node->name);
    } else if (!node->in_order) {
      disorderly.push_back(absl::StrCat(node->name, " ", node->how_ended));
    }
  }
  if (!forced.empty())
    return absl::DeadlineExceededError(absl::StrCat("had to be killed: ", absl::StrJoin(forced, ", ")));
  if (!disorderly.empty()) return absl::AbortedError(absl::StrJoin(disorderly, ", "));
  return absl::OkStatus();
}

std::string NetworkProcesses::HowEnded(size_t node) {
  Reap(nodes_[node], false);
  return nodes_[node].pid != 0 ? "" : nodes_[node].how_ended;
}

std::string NetworkProcesses::LogTail(size_t node) const {
  std::ifstream file(nodes_[node].log_file);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) {
    lines.push_back(std::move(line));
    if (lines.size() > kLogTailLines) lines.erase(lines.begin());
  }
  return absl::StrJoin(lines, "\n");
}

}  // namespace causeway::processes

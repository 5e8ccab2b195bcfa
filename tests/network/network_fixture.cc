// SPDX-License-Identifier: Apache-2.0
#include "tests/network/network_fixture.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

#include "ledger/crypto/sha256.h"
#include "node/client/signing.h"

namespace causeway::testing {
namespace {

namespace fs = std::filesystem;

constexpr absl::Duration kLookEvery = absl::Milliseconds(10);
constexpr size_t kLogShown = 6'000;

std::string FileText(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

}  // namespace

bool Until(const std::function<bool()>& condition, absl::Duration patience) {
  const absl::Time deadline = absl::Now() + patience;
  while (!condition()) {
    if (absl::Now() > deadline) return false;
    absl::SleepFor(kLookEvery);
  }
  return true;
}

ChildProcess::ChildProcess(const std::vector<std::string>& arguments, const std::string& log_file) {
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  const int log = open(log_file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  EXPECT_GE(log, 0) << log_file;
  pid_ = fork();
  if (pid_ == 0) {
    // Only what is safe between fork and exec.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    dup2(log, STDERR_FILENO);
    dup2(log, STDOUT_FILENO);
    execv(argv[0], argv.data());
    _exit(127);
  }
  close(log);
  EXPECT_GT(pid_, 0);
}

ChildProcess::~ChildProcess() {
  Signal(SIGKILL);
  Wait();
}

void ChildProcess::Signal(int number) {
  if (Running()) kill(pid_, number);
}

bool ChildProcess::Running() {
  if (end_ || pid_ <= 0) return false;
  int status = 0;
  if (waitpid(pid_, &status, WNOHANG) != pid_) return true;
  end_ = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  return false;
}

std::optional<int> ChildProcess::Wait(absl::Duration patience) {
  Until([this] { return !Running(); }, patience);
  return end_;
}

NetworkFixture::NetworkFixture()
    : directory_(absl::StrCat(::testing::TempDir(), "/causeway-network-", getpid(), "-",
                              ::testing::UnitTest::GetInstance()->current_test_info()->name())) {
  fs::remove_all(directory_);
  fs::create_directories(directory_);
}

NetworkFixture::~NetworkFixture() {
  processes_.clear();
  if (HasFailure()) {
    for (uint32_t node = 1; node <= size(); ++node) {
      const std::string log = LogOf(node);
      fprintf(stderr, "--- node-%u ---\n%s\n", node, log.substr(log.size() - std::min(log.size(), kLogShown)).c_str());
    }
  }
  fs::remove_all(directory_);
}

layout::NetworkDirectory NetworkFixture::LayOutNamed(const std::string& name, uint32_t validators) {
  layout::NetworkPlan plan = layout::DevnetPlan(validators);
  plan.name = name;
  layout::LayoutOptions options;
  options.directory = absl::StrCat(directory_, "/", name);
  options.vote_log_segment_mib = 24;
  options.vote_log_segments = 4;
  const absl::StatusOr<layout::NetworkDirectory> network = layout::LayOutNetwork(plan, options);
  EXPECT_TRUE(network.ok()) << network.status();
  return network.ok() ? *network : layout::NetworkDirectory();
}

void NetworkFixture::LayOut(uint32_t validators) {
  network_ = LayOutNamed("network", validators);
  ASSERT_EQ(size(), validators);
  const absl::StatusOr<client::Context> context = client::ReadContext(network_.context_file);
  ASSERT_TRUE(context.ok()) << context.status();
  context_ = *context;
}

std::string NetworkFixture::LogFile(uint32_t node) const {
  return absl::StrCat(directory_, "/node-", node, ".log");
}
std::string NetworkFixture::LogOf(uint32_t node) const {
  return FileText(LogFile(node));
}

void NetworkFixture::Start(uint32_t node) {
  processes_[node] = std::make_unique<ChildProcess>(
      std::vector<std::string>{CAUSEWAYD, "--config", network_.nodes[node - 1].config_file}, LogFile(node));
}
void NetworkFixture::StartAll() {
  for (uint32_t node = 1; node <= size(); ++node) Start(node);
}

void NetworkFixture::Kill9(uint32_t node) {
  process(node).Signal(SIGKILL);
  EXPECT_EQ(process(node).Wait(), -SIGKILL) << "node " << node << " had ended before";
}

std::optional<int> NetworkFixture::Stop(uint32_t node) {
  process(node).Signal(SIGTERM);
  return process(node).Wait();
}

NetworkFixture::Ended NetworkFixture::RunToEnd(const std::vector<std::string>& arguments) {
  std::vector<std::string> all = {CAUSEWAYD};
  all.insert(all.end(), arguments.begin(), arguments.end());
  const std::string log = absl::StrCat(directory_, "/run-", ++runs_, ".log");
  ChildProcess child(all, log);
  const std::optional<int> code = child.Wait();
  return {code, FileText(log)};
}

absl::StatusOr<v1::GetStatusResponse> NetworkFixture::StatusOf(uint32_t node) const {
  return client::OperatorStatus(context_.nodes[node - 1], 2'000);
}

::testing::AssertionResult NetworkFixture::UntilReady(uint32_t node, uint64_t height) {
  absl::StatusOr<v1::GetStatusResponse> status = absl::UnknownError("never asked");
  const bool ready = Until([&] {
    status = StatusOf(node);
    return (status.ok() && status->ready() && status->final_height() >= height) || !process(node).Running();
  });
  if (!process(node).Running())
    return ::testing::AssertionFailure() << "node " << node << " ended with " << process(node).Wait().value_or(-1);
  if (ready) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << "node " << node << " is not ready at height " << height << ": "
                                       << (status.ok() ? status->DebugString() : status.status().ToString());
}

::testing::AssertionResult NetworkFixture::UntilAllReady(uint64_t height) {
  for (uint32_t node = 1; node <= size(); ++node) {
    if (::testing::AssertionResult ready = UntilReady(node, height); !ready) return ready;
  }
  return ::testing::AssertionSuccess();
}

std::unique_ptr<client::Client> NetworkFixture::ClientOf(const std::string& party, uint32_t node, bool only) const {
  client::ClientOptions options;
  options.node = node - 1;
  options.only_this_node = only;
  options.call_ms = 5'000;
  absl::StatusOr<std::unique_ptr<client::Client>> client = client::Client::Make(context_, party, options);
  EXPECT_TRUE(client.ok()) << client.status();
  return client.ok() ? *std::move(client) : nullptr;
}

chain::SignedTransaction NetworkFixture::OpenAccountTransaction(const std::string& party,
                                                                const std::string& label) const {
  const client::ContextParty& owner = **context_.FindParty(party);
  v1::Operation operation;
  v1::OpenAccount& request = *operation.mutable_transfers()->mutable_open_account();
  request.set_account(std::string(crypto::Sha256(label).bytes().substr(0, 16)));
  request.set_owner(owner.lei);
  request.set_kind(v1::ACCOUNT_KIND_OWN);
  const uint64_t until_us = static_cast<uint64_t>(absl::ToUnixMicros(absl::Now() + absl::Minutes(30)));
  const absl::StatusOr<chain::SignedTransaction> transaction =
      client::SignOperations(network_.chain_id, owner, {operation},
                             {.officers = {"alpha", "beta"}, .valid_until = Instant::FromMicros(until_us)});
  EXPECT_TRUE(transaction.ok()) << transaction.status();
  return *transaction;
}

}  // namespace causeway::testing

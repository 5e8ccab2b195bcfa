// SPDX-License-Identifier: Apache-2.0
// A second descriptor of each connection stays here and is watched for its end: whoever takes a connection shuts it
// down before it closes it, as gRPC does.
#include "node/network/connection_gate.h"

#include <fcntl.h>
#include <grpcpp/grpcpp.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <map>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace causeway::network {
namespace {

constexpr int kBacklog = 128;
constexpr absl::Duration kNoteEvery = absl::Seconds(1);
// How long nothing is accepted after the process ran out of descriptors.
constexpr absl::Duration kShortage = absl::Milliseconds(50);

std::string AddressOf(const sockaddr_storage& address) {
  std::array<char, NI_MAXHOST> host{};
  const int failed = getnameinfo(reinterpret_cast<const sockaddr*>(&address), sizeof(address), host.data(), host.size(),
                                 nullptr, 0, NI_NUMERICHOST);
  return failed == 0 ? host.data() : "unknown";
}

class RunningGate final : public ConnectionGate {
 public:
  explicit RunningGate(const ConnectionLimits& limits) : limits_(limits) {}
  ~RunningGate() override {
    RunningGate::Stop();
    for (const auto& [fd, address] : watched_) close(fd);
    for (const int fd : {listening_, events_, wake_}) {
      if (fd >= 0) close(fd);
    }
  }

  absl::Status Bind(const std::string& address) {
    const auto refuse = [&](const std::string& why) {
      return absl::UnavailableError(absl::StrCat("cannot listen on ", address, ": ", why));
    };
    const size_t colon = address.rfind(':');
    if (colon == std::string::npos) return refuse("it is no host:port");
    std::string host = address.substr(0, colon);
    if (host.size() >= 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
    addrinfo* found = nullptr;
    if (const int failed = getaddrinfo(host.c_str(), address.substr(colon + 1).c_str(), &hints, &found); failed != 0)
      return refuse(gai_strerror(failed));
    const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owned(found, freeaddrinfo);
    listening_ = socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const int yes = 1;
    if (listening_ < 0 || setsockopt(listening_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) != 0 ||
        bind(listening_, found->ai_addr, found->ai_addrlen) != 0 || listen(listening_, kBacklog) != 0)
      return refuse(std::strerror(errno));
    sockaddr_storage bound{};
    socklen_t size = sizeof(bound);
    if (getsockname(listening_, reinterpret_cast<sockaddr*>(&bound), &size) != 0) return refuse(std::strerror(errno));
    port_ = ntohs(bound.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6*>(&bound)->sin6_port
                                              : reinterpret_cast<sockaddr_in*>(&bound)->sin_port);
    events_ = epoll_create1(EPOLL_CLOEXEC);
    wake_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (events_ < 0 || wake_ < 0 || !Watch(listening_, EPOLLIN) || !Watch(wake_, EPOLLIN))
      return refuse(std::strerror(errno));
    return absl::OkStatus();
  }

  void Start(std::function<void(int, int)> take, std::function<void(const std::string&)> on_note) override {
    take_ = std::move(take);
    on_note_ = std::move(on_note);
    thread_ = std::thread([this] { Run(); });
  }

  void Stop() override {
    if (!thread_.joinable()) return;
    const uint64_t one = 1;
    (void)!write(wake_, &one, sizeof(one));
    thread_.join();
  }

  int port() const override { return port_; }

 private:
  bool Watch(int fd, uint32_t what) const {
    epoll_event event{};
    event.events = what;  // the end of a connection is told unasked
    event.data.fd = fd;
    return epoll_ctl(events_, EPOLL_CTL_ADD, fd, &event) == 0;
  }

  void Run() {
    std::array<epoll_event, 64> events;
    while (true) {
      const int count = epoll_wait(events_, events.data(), static_cast<int>(events.size()), -1);
      if (count < 0 && errno != EINTR) return;
      for (int i = 0; i < count; ++i) {
        const int fd = events[static_cast<size_t>(i)].data.fd;
        if (fd == wake_) return;
        if (fd != listening_) Forget(fd);
      }
      for (int i = 0; i < count; ++i) {
        if (events[static_cast<size_t>(i)].data.fd == listening_) Accept();
      }
    }
  }

  void Forget(int fd) {
    const auto found = watched_.find(fd);
    if (found == watched_.end()) return;
    if (const auto of_address = by_address_.find(found->second); --of_address->second == 0)
      by_address_.erase(of_address);
    watched_.erase(found);
    close(fd);  // which takes it out of the watch, too: nobody else has this descriptor
  }

  void Accept() {
    sockaddr_storage from{};
    socklen_t size = sizeof(from);
    const int fd = accept4(listening_, reinterpret_cast<sockaddr*>(&from), &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
      if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
        Note(absl::StrCat("connections wait: ", std::strerror(errno)));
        absl::SleepFor(kShortage);
      }
      return;
    }
    const std::string address = AddressOf(from);
    const auto of_address = by_address_.find(address);
    const uint32_t open = of_address == by_address_.end() ? 0 : of_address->second;
    if (watched_.size() >= limits_.connections_max || open >= limits_.connections_address_max) {
      Note(absl::StrCat("closed a connection from ", address, ", which has ", open, " of at most ",
                        limits_.connections_address_max, "; in all there are ", watched_.size(), " of ",
                        limits_.connections_max));
      close(fd);
      return;
    }
    const int watched = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (watched < 0 || !Watch(watched, 0)) {
      if (watched >= 0) close(watched);
      close(fd);
      return Note(absl::StrCat("closed a connection from ", address, ": ", std::strerror(errno)));
    }
    const int yes = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
    watched_.emplace(watched, address);
    ++by_address_[address];
    take_(listening_, fd);
  }

  void Note(const std::string& text) {
    ++unsaid_;
    const absl::Time now = absl::Now();
    if (!on_note_ || now - noted_at_ < kNoteEvery) return;
    on_note_(unsaid_ == 1 ? text : absl::StrCat(text, " (", unsaid_, " such since the last line)"));
    noted_at_ = now;
    unsaid_ = 0;
  }

  const ConnectionLimits limits_;
  int listening_ = -1;
  int events_ = -1;
  int wake_ = -1;
  int port_ = 0;
  std::function<void(int, int)> take_;
  std::function<void(const std::string&)> on_note_;
  // The thread's own: a connection's second descriptor → its address; how many an address has.
  std::map<int, std::string> watched_;
  std::map<std::string, uint32_t> by_address_;
  absl::Time noted_at_ = absl::InfinitePast();
  uint64_t unsaid_ = 0;
  std::thread thread_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<ConnectionGate>> ConnectionGate::Listen(const std::string& address,
                                                                       const ConnectionLimits& limits) {
  auto gate = std::make_unique<RunningGate>(limits);
  if (absl::Status status = gate->Bind(address); !status.ok()) return status;
  return gate;
}

std::function<void(int, int)> HandOverTo(grpc::experimental::ExternalConnectionAcceptor* acceptor) {
  return [acceptor](int listening, int connection) {
    grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters parameters;
    parameters.listener_fd = listening;
    parameters.fd = connection;
    acceptor->HandleNewConnection(&parameters);
  };
}

}  // namespace causeway::network

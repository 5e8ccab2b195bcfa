// SPDX-License-Identifier: Apache-2.0
#include "tests/network/faulty_links.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <deque>
#include <list>
#include <map>
#include <optional>
#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"

#include "ledger/base/check.h"

namespace causeway::testing {
namespace {

constexpr size_t kPieceBytes = size_t{64} << 10;
// On the way in one direction of one connection; its sender waits beyond.
constexpr size_t kOnTheWayMax = size_t{16} << 20;

// Closed when it goes.
class Socket {
 public:
  explicit Socket(int fd) : fd_(fd) {}
  Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Socket& operator=(Socket&&) = delete;
  ~Socket() {
    if (fd_ >= 0) close(fd_);
  }
  int fd() const { return fd_; }

 private:
  int fd_;
};

sockaddr_in LoopbackPort(uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

Socket NewSocket() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  CAUSEWAY_CHECK(fd >= 0, "no socket");
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return Socket(fd);
}

Socket Listen() {
  Socket listener = NewSocket();
  sockaddr_in address = LoopbackPort(0);
  CAUSEWAY_CHECK(bind(listener.fd(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0, "cannot bind");
  CAUSEWAY_CHECK(listen(listener.fd(), 64) == 0, "cannot listen");
  return listener;
}

uint16_t PortOf(const Socket& listener) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  CAUSEWAY_CHECK(getsockname(listener.fd(), reinterpret_cast<sockaddr*>(&address), &size) == 0, "no address");
  return ntohs(address.sin_port);
}

// The other end sees a reset and not an end.
void ResetAtClose(const Socket& socket) {
  const linger at_once{1, 0};
  setsockopt(socket.fd(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

// Bytes on their way from one socket to another.
struct Way {
  int from;
  int to;
  struct Piece {
    absl::Time due;
    std::string bytes;
  };
  std::deque<Piece> pieces;
  size_t on_the_way = 0;
  bool ended = false;   // `from` sends no more
  bool passed = false;  // and `to` knows
};

struct Connection {
  Socket opened;   // by the node that dials
  Socket onwards;  // to the node that is dialled
  Way there{opened.fd(), onwards.fd(), {}};
  Way back{onwards.fd(), opened.fd(), {}};
  bool broken = false;
};

struct Link {
  Socket listener = Listen();
  uint16_t target;
  bool cut = false;
  bool stalled = false;
  std::list<Connection> connections;
};

}  // namespace

class FaultyLinks::Impl {
 public:
  explicit Impl(const std::vector<std::string>& nodes) : wake_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    const uint32_t count = static_cast<uint32_t>(nodes.size());
    for (uint32_t from = 1; from <= count; ++from) {
      for (uint32_t to = 1; to <= count; ++to) {
        if (from == to) continue;
        const std::vector<std::string> parts = absl::StrSplit(nodes[to - 1], ':');
        uint32_t port = 0;
        CAUSEWAY_CHECK(parts.size() == 2 && absl::SimpleAtoi(parts[1], &port), "no port in ", nodes[to - 1]);
        links_[{from, to}].target = static_cast<uint16_t>(port);
      }
    }
    mover_ = std::thread([this] { Move(); });
  }
  ~Impl() {
    stop_ = true;
    Wake();
    mover_.join();
  }

  uint16_t PortOfLink(uint32_t from, uint32_t to) const {
    const absl::MutexLock lock(&mutex_);
    return PortOf(links_.at({from, to}).listener);
  }
  template <class Change>
  void ChangeEach(const Change& change) {
    {
      const absl::MutexLock lock(&mutex_);
      for (auto& [ends, link] : links_) change(ends.first, ends.second, link);
    }
    Wake();
  }
  void SetDelay(absl::Duration one_way) {
    const absl::MutexLock lock(&mutex_);
    delay_ = one_way;
  }
  uint64_t bytes() const { return bytes_; }

 private:
  void Wake() {
    const uint64_t one = 1;
    CAUSEWAY_CHECK(write(wake_.fd(), &one, sizeof one) == sizeof one, "cannot wake");
  }

  void Move() {
    while (!stop_) {
      std::vector<pollfd> watched = {{wake_.fd(), POLLIN, 0}};
      const std::optional<absl::Time> next = Watch(watched);
      int timeout_ms = -1;
      if (next) {
        const int64_t us = std::max<int64_t>(0, absl::ToInt64Microseconds(*next - absl::Now()));
        timeout_ms = static_cast<int>((us + 999) / 1000);
      }
      poll(watched.data(), watched.size(), timeout_ms);
      uint64_t count = 0;
      if (watched[0].revents != 0 && read(wake_.fd(), &count, sizeof count) < 0) continue;
      Pass();
    }
  }

  // What to wait for, and until when at most.
  std::optional<absl::Time> Watch(std::vector<pollfd>& watched) const {
    const absl::MutexLock lock(&mutex_);
    std::optional<absl::Time> next;
    const absl::Time now = absl::Now();
    for (const auto& [ends, link] : links_) {
      watched.push_back({link.listener.fd(), POLLIN, 0});
      if (link.stalled) continue;
      for (const Connection& connection : link.connections) {
        for (const Way* way : {&connection.there, &connection.back}) {
          if (!way->ended && way->on_the_way < kOnTheWayMax) watched.push_back({way->from, POLLIN, 0});
          if (way->pieces.empty()) continue;
          const absl::Time due = way->pieces.front().due;
          if (due <= now) watched.push_back({way->to, POLLOUT, 0});
          if (due > now && (!next || due < *next)) next = due;
        }
      }
    }
    return next;
  }

  void Pass() {
    const absl::MutexLock lock(&mutex_);
    for (auto& [ends, link] : links_) {
      Accept(link);
      if (link.stalled) continue;
      for (Connection& connection : link.connections) {
        for (Way* way : {&connection.there, &connection.back}) {
          if (!Take(*way) || !Give(*way)) connection.broken = true;
        }
        if (connection.there.passed && connection.back.passed) connection.broken = true;
      }
      link.connections.remove_if([](const Connection& connection) {
        if (connection.broken) ResetAtClose(connection.opened);
        return connection.broken;
      });
    }
  }

  void Accept(Link& link) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    for (;;) {
      const int fd = accept4(link.listener.fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (fd < 0) return;
      Socket opened(fd);
      if (link.cut) {
        ResetAtClose(opened);
        continue;
      }
      const int on = 1;
      setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      Socket onwards = NewSocket();
      sockaddr_in address = LoopbackPort(link.target);
      // On loopback a connection is there, or refused, at once.
      const int connected = connect(onwards.fd(), reinterpret_cast<sockaddr*>(&address), sizeof address);
      if (connected != 0 && errno != EINPROGRESS) {
        ResetAtClose(opened);
        continue;
      }
      link.connections.push_back({std::move(opened), std::move(onwards)});
    }
  }

  // Takes what has come; false where the connection is broken.
  bool Take(Way& way) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    while (!way.ended && way.on_the_way < kOnTheWayMax) {
      std::string bytes(kPieceBytes, '\0');
      const ssize_t size = recv(way.from, bytes.data(), bytes.size(), 0);
      if (size < 0) return errno == EAGAIN || errno == EINTR || errno == ENOTCONN;
      if (size == 0) way.ended = true;
      bytes.resize(static_cast<size_t>(size));
      way.on_the_way += bytes.size();
      if (size > 0) way.pieces.push_back({absl::Now() + delay_, std::move(bytes)});
    }
    return true;
  }

  // Hands over what is due.
  bool Give(Way& way) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const absl::Time now = absl::Now();
    while (!way.pieces.empty() && way.pieces.front().due <= now) {
      std::string& bytes = way.pieces.front().bytes;
      const ssize_t size = send(way.to, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (size < 0) return errno == EAGAIN || errno == EINTR || errno == ENOTCONN;
      way.on_the_way -= static_cast<size_t>(size);
      bytes_ += static_cast<uint64_t>(size);
      bytes.erase(0, static_cast<size_t>(size));
      if (bytes.empty()) way.pieces.pop_front();
    }
    if (way.ended && way.pieces.empty() && !std::exchange(way.passed, true)) shutdown(way.to, SHUT_WR);
    return true;
  }

  const Socket wake_;
  std::atomic<bool> stop_ = false;
  std::atomic<uint64_t> bytes_ = 0;
  mutable absl::Mutex mutex_;
  absl::Duration delay_ ABSL_GUARDED_BY(mutex_) = absl::ZeroDuration();
  std::map<std::pair<uint32_t, uint32_t>, Link> links_ ABSL_GUARDED_BY(mutex_);
  std::thread mover_;
};

FaultyLinks::FaultyLinks(const std::vector<std::string>& nodes) : impl_(std::make_unique<Impl>(nodes)) {}
FaultyLinks::~FaultyLinks() = default;

std::string FaultyLinks::AddressOf(uint32_t from, uint32_t to) const {
  return absl::StrCat("127.0.0.1:", impl_->PortOfLink(from, to));
}

void FaultyLinks::Delay(absl::Duration one_way) {
  impl_->SetDelay(one_way);
}

void FaultyLinks::Cut(uint32_t from, uint32_t to) {
  impl_->ChangeEach([&](uint32_t a, uint32_t b, auto& link) {
    if (a != from || b != to) return;
    link.cut = true;
    for (auto& connection : link.connections) connection.broken = true;
  });
}

void FaultyLinks::CutOff(const std::vector<uint32_t>& nodes) {
  const auto inside = [&](uint32_t node) { return std::find(nodes.begin(), nodes.end(), node) != nodes.end(); };
  impl_->ChangeEach([&](uint32_t a, uint32_t b, auto& link) {
    if (inside(a) == inside(b)) return;
    link.cut = true;
    for (auto& connection : link.connections) connection.broken = true;
  });
}

void FaultyLinks::Stall(uint32_t from, uint32_t to) {
  impl_->ChangeEach([&](uint32_t a, uint32_t b, auto& link) {
    if (a == from && b == to) link.stalled = true;
  });
}

void FaultyLinks::ResetAll() {
  impl_->ChangeEach([](uint32_t, uint32_t, auto& link) {
    for (auto& connection : link.connections) connection.broken = true;
  });
}

void FaultyLinks::Heal() {
  impl_->ChangeEach([](uint32_t, uint32_t, auto& link) { link.cut = link.stalled = false; });
}

uint64_t FaultyLinks::bytes() const {
  return impl_->bytes();
}

}  // namespace causeway::testing

// SPDX-License-Identifier: Apache-2.0
#include "node/metrics/http_listener.h"

#include <arpa/inet.h>
#include <httplib.h>
#include <netinet/in.h>

#include <chrono>
#include <optional>
#include <thread>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace causeway::metrics {
namespace {

constexpr size_t kThreads = 2;
constexpr time_t kTimeoutS = 5;

struct Address {
  std::string host;
  int port;
};

std::optional<Address> ReadAddress(const std::string& text) {
  const size_t colon = text.rfind(':');
  int port = 0;
  if (colon == std::string::npos || !absl::SimpleAtoi(text.substr(colon + 1), &port) || port < 0 || port > 65'535)
    return std::nullopt;
  const std::string host = text.substr(0, colon);
  if (host == "[::1]") return Address{"::1", port};
  in_addr v4{};
  if (inet_pton(AF_INET, host.c_str(), &v4) == 1 && (ntohl(v4.s_addr) >> 24) == 127) return Address{host, port};
  return std::nullopt;
}

class RunningListener final : public HttpListener {
 public:
  explicit RunningListener(Pages pages) : pages_(std::move(pages)) {
    server_.new_task_queue = [] { return new httplib::ThreadPool(kThreads); };
    server_.set_read_timeout(kTimeoutS);
    server_.set_write_timeout(kTimeoutS);
    server_.set_keep_alive_timeout(kTimeoutS);
    server_.set_payload_max_length(0);
    for (const auto& [path, make] : pages_) {
      server_.Get(path, [&make = make](const httplib::Request& request, httplib::Response& response) {
        const Page page = make(request.has_param("verbose"));
        response.status = page.code;
        response.set_content(page.text, page.type);
      });
    }
    server_.set_exception_handler(
        [](const httplib::Request&, httplib::Response& response, const std::exception_ptr&) { response.status = 500; });
  }
  ~RunningListener() override {
    server_.stop();
    if (thread_.joinable()) thread_.join();
  }

  absl::Status Listen(const Address& address) {
    // A second process must not share the port: the library would let it.
    server_.set_socket_options([](socket_t socket) {
      const int yes = 1;
      setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    });
    port_ = address.port;
    const bool bound = address.port == 0 ? (port_ = server_.bind_to_any_port(address.host)) > 0
                                         : server_.bind_to_port(address.host, address.port);
    if (!bound)
      return absl::UnavailableError(absl::StrCat("cannot listen for metrics on ", address.host, ":", address.port,
                                                 ": the port is in use, or the address is not this machine's"));
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    // Stopping what does not run yet would be forgotten.
    while (!server_.is_running()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return absl::OkStatus();
  }

  int port() const override { return port_; }

 private:
  const Pages pages_;
  httplib::Server server_;
  int port_ = 0;
  std::thread thread_;
};

}  // namespace

absl::Status CheckLoopbackAddress(const std::string& address) {
  if (ReadAddress(address)) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("\"", address, "\": takes 127.0.0.1:PORT or [::1]:PORT"));
}

absl::StatusOr<std::unique_ptr<HttpListener>> HttpListener::Start(const std::string& address, Pages pages) {
  const std::optional<Address> read = ReadAddress(address);
  if (!read) return CheckLoopbackAddress(address);
  auto listener = std::make_unique<RunningListener>(std::move(pages));
  if (absl::Status status = listener->Listen(*read); !status.ok()) return status;
  return listener;
}

}  // namespace causeway::metrics

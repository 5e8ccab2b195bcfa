// SPDX-License-Identifier: Apache-2.0
// Answers GET requests of the machine's operator over plain HTTP, on loopback only: whoever can reach it may read what
// it says. It changes nothing, takes no bodies, and serves few at a time.
//
// Thread safety: Start and destruction from one thread; the pages are made on threads of the listener, several at once.
#ifndef CAUSEWAY_NODE_METRICS_HTTP_LISTENER_H_
#define CAUSEWAY_NODE_METRICS_HTTP_LISTENER_H_

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace causeway::metrics {

struct Page {
  // 200, 503.
  int code = 200;
  std::string type = "text/plain; charset=utf-8";
  std::string text;
};

class HttpListener {
 public:
  // Path, "/livez", to what makes its page; `verbose`: the query says so ("?verbose").
  using Pages = std::map<std::string, std::function<Page(bool verbose)>>;

  // INVALID_ARGUMENT for an address that is not this machine's own; UNAVAILABLE where it cannot be listened on.
  static absl::StatusOr<std::unique_ptr<HttpListener>> Start(const std::string& address, Pages pages);
  // Returns when no page is made any more.
  virtual ~HttpListener() = default;

  // Which is listened on, where the address said 0.
  virtual int port() const = 0;
};

// 127.0.0.0/8 or [::1], with a port: INVALID_ARGUMENT says what it takes.
absl::Status CheckLoopbackAddress(const std::string& address);

}  // namespace causeway::metrics

#endif  // CAUSEWAY_NODE_METRICS_HTTP_LISTENER_H_

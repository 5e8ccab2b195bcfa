// SPDX-License-Identifier: Apache-2.0
#include "node/metrics/http_listener.h"

#include <gtest/gtest.h>
#include <httplib.h>

#include <string>

#include "absl/strings/str_cat.h"

namespace causeway::metrics {
namespace {

HttpListener::Pages TwoPages() {
  return {{"/livez",
           [](bool) {
             return Page{200, "text/plain", "ok"};
           }},
          {"/readyz", [](bool verbose) {
             return Page{503, "text/plain", verbose ? "every check" : "not ready"};
           }}};
}

TEST(HttpListener, AnswersWithItsPagesAndNothingElse) {
  const auto listener = HttpListener::Start("127.0.0.1:0", TwoPages());
  ASSERT_TRUE(listener.ok()) << listener.status();
  httplib::Client client("127.0.0.1", (*listener)->port());
  const auto live = client.Get("/livez");
  ASSERT_TRUE(live);
  EXPECT_EQ(live->status, 200);
  EXPECT_EQ(live->body, "ok");
  EXPECT_EQ(client.Get("/readyz")->status, 503);
  EXPECT_EQ(client.Get("/readyz")->body, "not ready");
  EXPECT_EQ(client.Get("/readyz?verbose")->body, "every check");
  EXPECT_EQ(client.Get("/")->status, 404);
  EXPECT_EQ(client.Get("/livez/../../etc/passwd")->status, 404);
  EXPECT_NE(client.Post("/livez", std::string(1 << 16, 'x'), "text/plain")->status, 200);
}

TEST(HttpListener, APortThatIsTakenIsSaid) {
  const auto first = HttpListener::Start("127.0.0.1:0", TwoPages());
  ASSERT_TRUE(first.ok()) << first.status();
  const auto second = HttpListener::Start(absl::StrCat("127.0.0.1:", (*first)->port()), TwoPages());
  EXPECT_EQ(second.status().code(), absl::StatusCode::kUnavailable) << second.status();
}

TEST(HttpListener, OnlyTheMachineItselfIsListenedTo) {
  for (const char* address : {"0.0.0.0:9100", "10.0.0.1:9100", "localhost:9100", "127.0.0.1", "[::]:9100", "",
                              "127.0.0.1:70000", "127.0.0.1:-1"}) {
    EXPECT_EQ(HttpListener::Start(address, TwoPages()).status().code(), absl::StatusCode::kInvalidArgument) << address;
  }
  EXPECT_TRUE(CheckLoopbackAddress("[::1]:9100").ok());
  EXPECT_TRUE(CheckLoopbackAddress("127.0.0.1:9100").ok());
}

}  // namespace
}  // namespace causeway::metrics

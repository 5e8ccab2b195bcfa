// SPDX-License-Identifier: Apache-2.0
#include "node/daemon/config.h"

#include <cstring>
#include <filesystem>
#include <functional>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include "node/client/context.h"
#include "node/daemon/config_reader.h"
#include "node/metrics/http_listener.h"

namespace causeway::daemon {
namespace {

constexpr char kUnixSocket[] = "unix:";

void CheckAddress(ConfigReader& reader, const std::string& key, const std::string& address) {
  const size_t colon = address.rfind(':');
  uint32_t port = 0;
  if (colon == std::string::npos || colon == 0 || !absl::SimpleAtoi(address.substr(colon + 1), &port) || port == 0 ||
      port > 65535)
    reader.Error(key, "takes host:port, for example \"127.0.0.1:7100\"");
}

TlsFiles ReadTls(ConfigReader& reader, const std::string& table,
                 const std::function<std::string(const std::string&)>& path) {
  return {path(reader.Text(table + ".ca")), path(reader.Text(table + ".certificate")),
          path(reader.Text(table + ".private_key"))};
}

std::vector<Config::Peer> ReadPeers(ConfigReader& reader) {
  std::vector<Config::Peer> peers;
  for (const std::string& text : reader.Texts("peers.addresses")) {
    const std::pair<std::string, std::string> parts = absl::StrSplit(text, absl::MaxSplits('=', 1));
    uint32_t validator = 0;
    if (!absl::SimpleAtoi(parts.first, &validator) || parts.second.empty()) {
      reader.Error("peers.addresses",
                   absl::StrCat("\"", text, "\": takes index=host:port, for example \"2=10.0.0.3:7000\""));
      continue;
    }
    CheckAddress(reader, "peers.addresses", parts.second);
    peers.push_back({validator, parts.second});
  }
  return peers;
}

}  // namespace

absl::StatusOr<Config> ReadConfig(const std::string& path) {
  absl::StatusOr<std::string> text = client::ReadFile(path);
  if (!text.ok()) return text.status();
  return ParseConfig(path, *text);
}

absl::StatusOr<Config> ParseConfig(const std::string& path, const std::string& text) {
  ConfigReader reader(path, text);
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  const auto resolve = [&](const std::string& file) {
    return file.empty() || std::filesystem::path(file).is_absolute() ? file
                                                                     : (folder / file).lexically_normal().string();
  };
  Config config;
  config.genesis_file = resolve(reader.Text("genesis"));
  config.validator = static_cast<uint32_t>(reader.Number("validator", 0, 127));
  config.validator_key_file = resolve(reader.Text("keys.validator"));
  config.confidentiality_key_file = resolve(reader.Text("keys.confidentiality"));
  config.passphrase_file = resolve(reader.Text("keys.passphrase_file", ""));
  config.store_directory = resolve(reader.Text("store.directory"));
  config.vote_log_directory = resolve(reader.Text("store.vote_log"));
  config.flush_bytes = reader.Number("store.flush_mib", 1, 1024, 32) << 20;
  config.flush_age_us = reader.Number("store.flush_seconds", 1, 3600, 60) * 1'000'000;
  config.vote_log_segment_bytes = reader.Number("store.vote_log_segment_mib", 24, 1024, 64) << 20;
  config.vote_log_segments = static_cast<uint32_t>(reader.Number("store.vote_log_segments", 4, 256, 32));
  config.peers_listen = reader.Text("peers.listen");
  CheckAddress(reader, "peers.listen", config.peers_listen);
  config.peers_tls = ReadTls(reader, "peers", resolve);
  config.peers = ReadPeers(reader);
  config.clients_listen = reader.Text("clients.listen");
  CheckAddress(reader, "clients.listen", config.clients_listen);
  config.clients_tls = ReadTls(reader, "clients", resolve);
  config.operators_listen = reader.Text("operators.listen");
  if (absl::StartsWith(config.operators_listen, kUnixSocket)) {
    config.operators_listen = kUnixSocket + resolve(config.operators_listen.substr(std::strlen(kUnixSocket)));
  } else {
    CheckAddress(reader, "operators.listen", config.operators_listen);
  }
  config.metrics_listen = reader.Text("metrics.listen", "");
  if (!config.metrics_listen.empty()) {
    if (const absl::Status status = metrics::CheckLoopbackAddress(config.metrics_listen); !status.ok())
      reader.Error("metrics.listen", std::string(status.message()));
  }
  config.mempool_bytes = reader.Number("mempool.mib", 16, 16384, 256) << 20;
  config.mempool_transactions = reader.Number("mempool.transactions", 1'000, 10'000'000, 200'000);
  config.log_level = reader.Choice("log.level", {"debug", "info", "warning", "error"}, "info");
  config.log_json = reader.Choice("log.format", {"text", "json"}, "text") == "json";
  if (absl::Status status = reader.Finish(); !status.ok()) return status;
  return config;
}

}  // namespace causeway::daemon

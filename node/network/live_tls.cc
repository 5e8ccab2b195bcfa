// SPDX-License-Identifier: Apache-2.0
#include "node/network/live_tls.h"

#include <grpcpp/grpcpp.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_credentials_options.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"

namespace causeway::network {
namespace {

constexpr unsigned int kLookEveryS = 1;

// A file without a name, in memory.
class MemoryFile {
 public:
  explicit MemoryFile(const char* name) : fd_(memfd_create(name, MFD_CLOEXEC)) {}
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  ~MemoryFile() {
    if (fd_ < 0) return;
    // The pages are given back without what they held.
    (void)Write(std::string(size_, '\0'));
    close(fd_);
  }

  std::string path() const { return absl::StrCat("/proc/self/fd/", fd_); }

  absl::Status Write(const std::string& text) {
    if (fd_ < 0 || pwrite(fd_, text.data(), text.size(), 0) != static_cast<ssize_t>(text.size()) ||
        ftruncate(fd_, static_cast<off_t>(text.size())) != 0)
      return absl::ResourceExhaustedError(absl::StrCat("no memory for a certificate: ", std::strerror(errno)));
    size_ = text.size();
    return absl::OkStatus();
  }

 private:
  const int fd_;
  size_t size_ = 0;
};

class MemoryTls final : public LiveTls {
 public:
  absl::Status Renew(const TlsIdentity& identity) override {
    absl::MutexLock lock(&mutex_);
    // Key and certificate within microseconds: whoever reads between the two reads both again a second later.
    if (absl::Status status = ca_.Write(identity.ca); !status.ok()) return status;
    if (absl::Status status = key_.Write(identity.private_key); !status.ok()) return status;
    return certificate_.Write(identity.certificate);
  }

  void Watch() {
    provider_ = std::make_shared<grpc::experimental::FileWatcherCertificateProvider>(key_.path(), certificate_.path(),
                                                                                     ca_.path(), kLookEveryS);
  }

  std::shared_ptr<grpc::ServerCredentials> Server() const override {
    grpc::experimental::TlsServerCredentialsOptions options(provider_);
    options.watch_root_certs();
    options.watch_identity_key_cert_pairs();
    options.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
    return grpc::experimental::TlsServerCredentials(options);
  }

  std::shared_ptr<grpc::ChannelCredentials> Channel() const override {
    grpc::experimental::TlsChannelCredentialsOptions options;
    options.set_certificate_provider(provider_);
    options.watch_root_certs();
    options.watch_identity_key_cert_pairs();
    return grpc::experimental::TlsCredentials(options);
  }

 private:
  absl::Mutex mutex_;
  MemoryFile ca_{"causeway-ca"};
  MemoryFile key_{"causeway-key"};
  MemoryFile certificate_{"causeway-certificate"};
  // Reads the files; before them it ends.
  std::shared_ptr<grpc::experimental::CertificateProviderInterface> provider_;
};

}  // namespace

absl::StatusOr<std::shared_ptr<LiveTls>> LiveTls::Make(const TlsIdentity& identity) {
  auto tls = std::make_shared<MemoryTls>();
  if (absl::Status status = tls->Renew(identity); !status.ok()) return status;
  tls->Watch();
  return tls;
}

}  // namespace causeway::network

// SPDX-License-Identifier: Apache-2.0
// The newest header that a node can certify: with it, an audit of another node's data finds a history that was cut
// short.
#ifndef CAUSEWAY_NODE_CLIENT_CERTIFIED_HEAD_H_
#define CAUSEWAY_NODE_CLIENT_CERTIFIED_HEAD_H_

#include "absl/status/statusor.h"

#include "causeway/v1/bundle.pb.h"
#include "node/client/client.h"

namespace causeway::client {

// The newest block that the node holds a finalization of. Unverified: `audit::ReplayDirectory` checks it against
// genesis. UNAVAILABLE where the node has none yet; the errors of a call.
absl::StatusOr<v1::CertifiedHeader> FetchCertifiedHead(Client& client);

}  // namespace causeway::client

#endif  // CAUSEWAY_NODE_CLIENT_CERTIFIED_HEAD_H_

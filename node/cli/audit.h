// SPDX-License-Identifier: Apache-2.0
// The verbs of `causeway audit`, in three sources.
#ifndef CAUSEWAY_NODE_CLI_AUDIT_H_
#define CAUSEWAY_NODE_CLI_AUDIT_H_

#include "ledger/audit/bundle.h"
#include "node/cli/session.h"

namespace causeway::cli {

void AddAuditReplay(Verb audit, Session& session);
void AddAuditBlame(Verb audit, Session& session);
void AddAuditProofs(Verb audit, Session& session);

// What a bundle proves, for programs and for people.
Json ClaimJson(const audit::VerifiedClaim& claim);
std::string ClaimText(const audit::VerifiedClaim& claim);

}  // namespace causeway::cli

#endif  // CAUSEWAY_NODE_CLI_AUDIT_H_

// SPDX-License-Identifier: Apache-2.0
// The verbs, each in the source of its name. Each function adds its own to the command line.
#ifndef CAUSEWAY_NODE_CLI_VERBS_H_
#define CAUSEWAY_NODE_CLI_VERBS_H_

#include "node/cli/session.h"

namespace causeway::cli {

void AddKeys(Verb root, Session& session);
void AddGenesis(Verb root, Session& session);
void AddConfig(Verb root, Session& session);
void AddTransactions(Verb root, Session& session);
void AddAudit(Verb root, Session& session);
void AddReading(Verb root, Session& session);
void AddStatus(Verb root, Session& session);
void AddImport(Verb root, Session& session);
void AddDemo(Verb root, Session& session);
void AddDevnet(Verb root, Session& session);

}  // namespace causeway::cli

#endif  // CAUSEWAY_NODE_CLI_VERBS_H_

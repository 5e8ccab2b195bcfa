// SPDX-License-Identifier: Apache-2.0
// The last chapters: a node's data replayed from genesis, a proof that verifies offline and does not once it is edited,
// and a copy of the data in which one unit moved.
#ifndef CAUSEWAY_NODE_DEMO_AUDIT_STORY_H_
#define CAUSEWAY_NODE_DEMO_AUDIT_STORY_H_

#include <string>

#include "absl/status/status.h"

#include "causeway/v1/bundle.pb.h"
#include "ledger/base/identifiers.h"
#include "node/demo/narrator.h"
#include "node/demo/summary.h"

namespace causeway::demo {

struct AuditSubject {
  // The network's directory, whose nodes have stopped.
  std::string directory;
  // The class whose register is proved and tampered with.
  InstrumentId isin;
  // Of another node than the one that is audited: the replay must reach it.
  v1::CertifiedHeader head;
};

// Sets `verified` and what the replay counted. A falsification that is not found is an error.
absl::Status TellAudit(const AuditSubject& subject, Narrator& narrator, Summary& summary);

}  // namespace causeway::demo

#endif  // CAUSEWAY_NODE_DEMO_AUDIT_STORY_H_

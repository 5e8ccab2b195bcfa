// SPDX-License-Identifier: Apache-2.0
// A client's context is refused with its file's name, a line an error, or is written and read again as the same; every
// party and officer in it is found by its name.
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/match.h"

#include "ledger/base/check.h"
#include "node/client/context.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace causeway::client;
  constexpr char kPath[] = "/net/client/context.json";
  const absl::StatusOr<Context> context = ParseContext(kPath, {reinterpret_cast<const char*>(data), size});
  if (!context.ok()) {
    CAUSEWAY_CHECK(absl::IsInvalidArgument(context.status()), context.status().ToString());
    CAUSEWAY_CHECK(absl::StartsWith(context.status().message(), kPath), "refused without the file's name");
    return 0;
  }
  CAUSEWAY_CHECK(!context->nodes.empty(), "a network without nodes");
  const std::string written = FormatContext(*context);
  const absl::StatusOr<Context> again = ParseContext(kPath, written);
  CAUSEWAY_CHECK(again.ok(), "written, and cannot be read");
  CAUSEWAY_CHECK(FormatContext(*again) == written, "read as another context");
  for (const ContextParty& party : context->parties) {
    const absl::StatusOr<const ContextParty*> found = context->FindParty(party.slug);
    CAUSEWAY_CHECK(found.ok() && *found == &party, "a party is not found by its slug");
    for (const ContextOfficer& officer : party.officers) {
      const absl::StatusOr<const ContextOfficer*> one = party.FindOfficer(officer.slug);
      CAUSEWAY_CHECK(one.ok() && *one == &officer, "an officer is not found by his slug");
    }
  }
  return 0;
}

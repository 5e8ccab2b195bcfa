// SPDX-License-Identifier: Apache-2.0
// Validation against the schemas that ISO 20022 publishes. They are not part of the project: whoever has them names
// their folder.
#ifndef CAUSEWAY_NODE_ISO20022_SCHEMA_H_
#define CAUSEWAY_NODE_ISO20022_SCHEMA_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace causeway::iso20022 {

// OK when the document is valid against `FOLDER/<message>.xsd`, the message being the last part of its namespace.
// InvalidArgument with every violation and its line where it is not; NotFound where the folder has no such schema.
absl::Status ValidateAgainstSchema(absl::string_view document, const std::string& folder);

}  // namespace causeway::iso20022

#endif  // CAUSEWAY_NODE_ISO20022_SCHEMA_H_

// SPDX-License-Identifier: Apache-2.0
// The readers of single formats, behind ReadBytes. Each adds the operations that it could make and reports every error.
#ifndef CAUSEWAY_NODE_ISO20022_MESSAGES_H_
#define CAUSEWAY_NODE_ISO20022_MESSAGES_H_

#include <vector>

#include "absl/strings/string_view.h"

#include "node/iso20022/account_table.h"
#include "node/iso20022/import.h"
#include "node/iso20022/import_errors.h"
#include "node/iso20022/xml_document.h"

namespace causeway::iso20022 {

// setr.010.001.04 and setr.004.001.04, from the element Document.
void ReadSubscriptionOrders(const XmlElement& document, const AccountTable& accounts, const ReadOptions& options,
                            std::vector<ImportedOperation>& operations, ImportErrors& errors);
void ReadRedemptionOrders(const XmlElement& document, const AccountTable& accounts, const ReadOptions& options,
                          std::vector<ImportedOperation>& operations, ImportErrors& errors);

// reda.001.001.04.
void ReadPriceReport(const XmlElement& document, const ReadOptions& options, std::vector<ImportedOperation>& operations,
                     ImportErrors& errors);

// Orders as CSV.
void ReadOrdersCsv(absl::string_view text, const AccountTable& accounts, const ReadOptions& options,
                   std::vector<ImportedOperation>& operations, ImportErrors& errors);

}  // namespace causeway::iso20022

#endif  // CAUSEWAY_NODE_ISO20022_MESSAGES_H_

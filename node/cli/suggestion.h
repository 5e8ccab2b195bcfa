// SPDX-License-Identifier: Apache-2.0
// What somebody who mistyped a word probably meant.
#ifndef CAUSEWAY_NODE_CLI_SUGGESTION_H_
#define CAUSEWAY_NODE_CLI_SUGGESTION_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace CLI {
class App;
}  // namespace CLI

namespace causeway::cli {

// The nearest of the known words, where one is near: at most a third of the letters differ, or it begins with the word.
// Empty where none is.
std::string NearestWord(absl::string_view word, const std::vector<std::string>& known);

// What is unknown on a command line: "unknown verb \"keyz\"; did you mean \"keys\"?", or with the list of what there
// is. Empty where every verb and option is known.
std::string DescribeUnknown(const CLI::App& root, const std::vector<std::string>& arguments);

}  // namespace causeway::cli

#endif  // CAUSEWAY_NODE_CLI_SUGGESTION_H_

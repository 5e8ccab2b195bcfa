// SPDX-License-Identifier: Apache-2.0
// A verb of the command line and what it takes. CLI11, which reads command lines, stays behind this header: a source
// that includes it takes seconds longer to compile, and every verb would.
#ifndef CAUSEWAY_NODE_CLI_VERB_H_
#define CAUSEWAY_NODE_CLI_VERB_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace causeway::cli {

struct Session;

// An option or a positional argument, while it is described.
class Option {
 public:
  explicit Option(CLI::Option* option) : option_(option) {}

  Option& Required();
  // What --help calls its value.
  Option& TypeName(const std::string& name);
  Option& OneOf(const std::vector<std::string>& values);
  Option& Range(int least, int most);
  // Where it is not on the command line, the variable's value.
  Option& FromEnvironment(const std::string& variable);
  // One value each time it is given, for those that hold several.
  Option& OneValue();

 private:
  CLI::Option* option_;
};

// A verb or a group of verbs. Copies are the same verb; what is bound to an option outlives the command line.
class Verb {
 public:
  explicit Verb(CLI::App* app) : app_(app) {}

  // A group of verbs, and a verb with --output; --help leads with the example, which is the command line without
  // "causeway", and says what the exit codes mean.
  Verb AddGroup(const std::string& name, const std::string& what, const std::string& example);
  Verb AddVerb(Session& session, const std::string& name, const std::string& what, const std::string& example,
               const std::vector<std::string>& formats = {"text", "json"});

  // "--name" is an option, "name" a positional argument.
  Option AddOption(const std::string& name, std::string& value, const std::string& what);
  Option AddOption(const std::string& name, std::vector<std::string>& values, const std::string& what);
  Option AddOption(const std::string& name, std::vector<uint32_t>& values, const std::string& what);
  Option AddOption(const std::string& name, std::optional<uint64_t>& value, const std::string& what);
  Option AddOption(const std::string& name, uint64_t& value, const std::string& what);
  Option AddOption(const std::string& name, uint32_t& value, const std::string& what);
  Option AddOption(const std::string& name, uint16_t& value, const std::string& what);
  void AddFlag(const std::string& name, bool& value, const std::string& what);

  // What --help ends with, before the exit codes.
  void Footer(std::function<std::string()> text);

  void OnChosen(std::function<void()> call);

 private:
  CLI::App* app_;
};

}  // namespace causeway::cli

#endif  // CAUSEWAY_NODE_CLI_VERB_H_

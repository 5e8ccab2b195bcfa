// SPDX-License-Identifier: Apache-2.0
#include "node/cli/verb.h"

#include <memory>
#include <utility>

#include <CLI/CLI.hpp>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"

#include "node/cli/session.h"

namespace causeway::cli {
namespace {

constexpr char kExitCodes[] =
    "Ends with 0 on success, 1 on a refusal or a failed verification, 2 on wrong usage or unreadable input, 3 when "
    "the\n"
    "other side could not be reached. The answer is on standard output, diagnostics are on standard error.\n";

// Help that shows first how the verb is used.
class ExampleFirst : public CLI::Formatter {
 public:
  explicit ExampleFirst(std::string example) : example_(std::move(example)) { column_width(34); }

  std::string make_help(const CLI::App* app, std::string name, CLI::AppFormatMode mode) const override {
    std::string text = absl::StrCat("Example:\n  causeway ", absl::StrReplaceAll(example_, {{"\n", "\n  causeway "}}),
                                    "\n\n", CLI::Formatter::make_help(app, std::move(name), mode));
    if (!absl::EndsWith(text, "\n")) text += "\n";
    return absl::StrCat(text, "\n", kExitCodes);
  }

 private:
  std::string example_;
};

template <typename T>
Option Added(CLI::App* app, const std::string& name, T& value, const std::string& what) {
  return Option(app->add_option(name, value, what));
}

}  // namespace

Option& Option::Required() {
  option_->required();
  return *this;
}

Option& Option::TypeName(const std::string& name) {
  option_->type_name(name);
  return *this;
}

Option& Option::OneOf(const std::vector<std::string>& values) {
  option_->check(CLI::IsMember(values));
  return *this;
}

Option& Option::Range(int least, int most) {
  option_->check(CLI::Range(least, most));
  return *this;
}

Option& Option::FromEnvironment(const std::string& variable) {
  option_->envname(variable);
  return *this;
}

Option& Option::OneValue() {
  option_->expected(1);
  return *this;
}

Verb Verb::AddGroup(const std::string& name, const std::string& what, const std::string& example) {
  CLI::App* group = app_->add_subcommand(name, what);
  group->formatter(std::make_shared<ExampleFirst>(example));
  group->require_subcommand(1);
  return Verb(group);
}

Verb Verb::AddVerb(Session& session, const std::string& name, const std::string& what, const std::string& example,
                   const std::vector<std::string>& formats) {
  CLI::App* verb = app_->add_subcommand(name, what);
  verb->formatter(std::make_shared<ExampleFirst>(example));
  verb->add_option_function<std::string>(
          "--output",
          [&session](const std::string& format) {
            session.format = format;
            session.json = format == "json";
          },
          "text for people (the default), json for programs")
      ->check(CLI::IsMember(formats))
      ->type_name(absl::StrJoin(formats, "|"));
  return Verb(verb);
}

Option Verb::AddOption(const std::string& name, std::string& value, const std::string& what) {
  return Added(app_, name, value, what);
}

Option Verb::AddOption(const std::string& name, std::vector<std::string>& values, const std::string& what) {
  return Added(app_, name, values, what);
}

Option Verb::AddOption(const std::string& name, std::vector<uint32_t>& values, const std::string& what) {
  return Added(app_, name, values, what);
}

Option Verb::AddOption(const std::string& name, std::optional<uint64_t>& value, const std::string& what) {
  return Added(app_, name, value, what);
}

Option Verb::AddOption(const std::string& name, uint64_t& value, const std::string& what) {
  return Added(app_, name, value, what);
}

Option Verb::AddOption(const std::string& name, uint32_t& value, const std::string& what) {
  return Added(app_, name, value, what);
}

Option Verb::AddOption(const std::string& name, uint16_t& value, const std::string& what) {
  return Added(app_, name, value, what);
}

void Verb::AddFlag(const std::string& name, bool& value, const std::string& what) {
  app_->add_flag(name, value, what);
}

void Verb::Footer(std::function<std::string()> text) {
  app_->footer(std::move(text));
}

void Verb::OnChosen(std::function<void()> call) {
  app_->callback(std::move(call));
}

}  // namespace causeway::cli

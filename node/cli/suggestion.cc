// SPDX-License-Identifier: Apache-2.0
#include "node/cli/suggestion.h"

#include <algorithm>

#include <CLI/CLI.hpp>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "node/daemon/config_reader.h"

namespace causeway::cli {
namespace {

std::vector<std::string> VerbsOf(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* verb : app.get_subcommands([](const CLI::App*) { return true; }))
    names.push_back(verb->get_name());
  return names;
}

std::vector<std::string> OptionsOf(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

std::string Describe(absl::string_view what, absl::string_view word, const std::vector<std::string>& known) {
  const std::string near = NearestWord(word, known);
  return absl::StrCat("unknown ", what, " \"", word, "\"; ",
                      near.empty() ? absl::StrCat("there are: ", absl::StrJoin(known, ", "))
                                   : absl::StrCat("did you mean \"", near, "\"?"));
}

}  // namespace

std::string NearestWord(absl::string_view word, const std::vector<std::string>& known) {
  std::string nearest;
  size_t least = std::max<size_t>(1, word.size() / 3) + 1;
  for (const std::string& candidate : known) {
    size_t distance = daemon::EditDistance(word, candidate);
    if (!word.empty() && absl::StartsWith(candidate, word)) distance = std::min<size_t>(distance, 1);
    if (distance >= least) continue;
    least = distance;
    nearest = candidate;
  }
  return nearest;
}

std::string DescribeUnknown(const CLI::App& root, const std::vector<std::string>& arguments) {
  const CLI::App* app = &root;
  for (const std::string& argument : arguments) {
    if (argument == "--") return "";
    if (absl::StartsWith(argument, "--")) {
      const std::string name = argument.substr(0, argument.find('='));
      const std::vector<std::string> options = OptionsOf(*app);
      if (std::find(options.begin(), options.end(), name) == options.end()) return Describe("option", name, options);
      continue;
    }
    const std::vector<std::string> verbs = VerbsOf(*app);
    if (verbs.empty() || absl::StartsWith(argument, "-")) continue;
    if (std::find(verbs.begin(), verbs.end(), argument) == verbs.end()) return Describe("verb", argument, verbs);
    app = app->get_subcommand(argument);
  }
  return "";
}

}  // namespace causeway::cli

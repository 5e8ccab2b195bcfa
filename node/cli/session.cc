// SPDX-License-Identifier: Apache-2.0
#include "node/cli/session.h"

#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"

#include "ledger/base/check.h"
#include "ledger/codec/json.h"

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

bool IsUnreachable(const absl::Status& status) {
  return status.code() == absl::StatusCode::kUnavailable || status.code() == absl::StatusCode::kDeadlineExceeded;
}

}  // namespace

int Session::Fail(ExitCode code, absl::string_view message) {
  err << "causeway: " << absl::StrReplaceAll(message, {{"\n", "\n  "}}) << "\n";
  return code;
}

int Session::FailInput(const absl::Status& status) {
  return Fail(IsUnreachable(status) ? kUnreachable : kUsage, status.message());
}

int Session::FailAnswer(const absl::Status& status) {
  return Fail(IsUnreachable(status) ? kUnreachable : kRefused, status.message());
}

void Session::PrintJson(const Json& object) {
  out << object.dump(-1, ' ', false, Json::error_handler_t::replace) << "\n" << std::flush;
}

CLI::App* AddGroup(CLI::App& parent, const std::string& name, const std::string& what, const std::string& example) {
  CLI::App* group = parent.add_subcommand(name, what);
  group->formatter(std::make_shared<ExampleFirst>(example));
  group->require_subcommand(1);
  return group;
}

CLI::App* AddVerb(CLI::App& parent, Session& session, const std::string& name, const std::string& what,
                  const std::string& example, const std::vector<std::string>& formats) {
  CLI::App* verb = parent.add_subcommand(name, what);
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
  return verb;
}

Json ToJson(const google::protobuf::Message& message) {
  absl::StatusOr<std::string> text = codec::MessageToJson(message);
  // A message that the codec has read holds nothing that JSON cannot; another is shown by what is wrong with it.
  if (!text.ok()) return Json{{"unreadable", std::string(text.status().message())}};
  return Json::parse(*text);
}

}  // namespace causeway::cli

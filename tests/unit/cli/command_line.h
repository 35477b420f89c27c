#pragma once

/// Parses command lines for tests, without a process.

#include <string>
#include <variant>
#include <vector>

#include "cli/options.h"
#include "support/catch.h"

namespace hardlink {

using Words = std::vector<std::string>;

inline Command parsed(const Words& words) {
  std::vector<const char*> argv = {"hardlink_exporter"};
  for (const std::string& word : words) {
    argv.push_back(word.c_str());
  }
  return parseCommandLine(static_cast<int>(argv.size()), argv.data());
}

/// Printable, for CAPTURE.
inline std::string line(const Words& words) {
  std::string text;
  for (const std::string& word : words) {
    text += " [" + word + "]";
  }
  return text;
}

template <class Options>
Options as(const Words& words) {
  CAPTURE(line(words));
  const Command command = parsed(words);
  if (const auto* const answer = std::get_if<TextAnswer>(&command)) {
    FAIL(answer->text);
  }
  REQUIRE(std::holds_alternative<Options>(command));
  return std::get<Options>(command);
}

inline TextAnswer answerTo(const Words& words) {
  CAPTURE(line(words));
  const Command command = parsed(words);
  REQUIRE(std::holds_alternative<TextAnswer>(command));
  return std::get<TextAnswer>(command);
}

/// The error about a wrong command line: one line, exit code 2.
inline std::string refusal(const Words& words) {
  const TextAnswer answer = answerTo(words);
  CAPTURE(line(words), answer.text);
  CHECK(answer.exit_code == 2);
  REQUIRE(answer.text.find('\n') == answer.text.size() - 1);
  REQUIRE(answer.text.starts_with("hardlink_exporter: "));
  return answer.text.substr(19, answer.text.size() - 20);
}

/// The error that check prints for its monitoring system.
inline std::string refusalOfCheck(const Words& words) {
  const CheckOptions options = as<CheckOptions>(words);
  CAPTURE(line(words));
  REQUIRE(options.wrong_usage);
  return *options.wrong_usage;
}

}  // namespace hardlink

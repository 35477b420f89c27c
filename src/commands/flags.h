#pragma once

/// The flags and operands of one command: where their values go, what is said of values that make
/// no sense, and the help. The only user of CLI11. Not thread-safe.

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/names.h"
#include "base/text.h"

namespace hardlink {

/// A flag as it is spelled.
struct Flag {
  std::vector<std::string> spellings;  ///< with their dashes, the long one last: "-w", "--warning"
  bool takes_value = false;            ///< otherwise it may have one, after an equals sign only
  bool repeatable = false;
};

/// What a command's flags are bound to must outlive this. Flags are named with their dashes, a
/// short spelling before the long one: "-w,--warning".
class Flags {
 public:
  /// Takes the text behind a flag; an Error says what is wrong with it.
  using Store = std::function<Result<void>(const std::string& text)>;

  /// `what`: one line for the help. No command: the program itself.
  Flags(const std::string& command, const std::string& what);
  ~Flags();
  Flags(Flags&&) noexcept;
  Flags& operator=(Flags&&) noexcept;

  void operand(const std::string& name, std::string& target, const std::string& what);  // required
  void operand(const std::string& name, std::optional<std::string>& target,
               const std::string& what);
  /// Any number of operands.
  void operands(const std::string& name, std::vector<std::string>& target, const std::string& what);

  /// A flag without a value.
  void toggle(const std::string& flag, bool& target, const std::string& what);
  void text(const std::string& flag, std::optional<std::string>& target, const std::string& what);
  void value(const std::string& flag, Store store, const std::string& what);
  /// A flag that can be given more than once.
  void values(const std::string& flag, Store store, const std::string& what);
  /// A flag whose value can be left out; `store` is given an empty text then.
  void optionalValue(const std::string& flag, Store store, const std::string& what);
  /// "on" or "off"; on unless it is given.
  void onOff(const std::string& flag, bool& target, const std::string& what);

  /// `parse`: from a text to a Result of what `target` takes.
  template <class Target, class Parse>
  void parsed(const std::string& flag, Target& target, Parse parse, const std::string& what);
  /// A whole number. `what` says the range and the default.
  template <class Number>
  void number(const std::string& flag, Number& target, std::uint64_t least, std::uint64_t most,
              const std::string& what);
  /// A number of bytes, at least 1, with or without a unit: "50G". Units are of 1024.
  void size(const std::string& flag, std::uint64_t& target, const std::string& what);
  /// One of the `names` of an enum (base/names.h). The help is `what`, the names, and `standard` as
  /// the default.
  template <class Target, Named Enum>
  void choice(const std::string& flag, Target& target, Enum standard, const std::string& what,
              const std::vector<std::string_view>& names = namesOf<Enum>());

  void require(const std::string& flag);
  /// `flag` makes no sense without `other`.
  void needs(const std::string& flag, const std::string& other);
  /// `flag` and `other` make no sense together. Both may be names of operands.
  void excludes(const std::string& flag, const std::string& other);
  /// Calls `check` when all values are read. Its Error, "--flag: …", says what contradicts what.
  void check(std::function<Result<void>()> check);
  /// What stands at the end of the help: rules, exit codes, examples.
  void footer(const std::string& text);

  [[nodiscard]] std::string command() const;
  [[nodiscard]] std::vector<Flag> list() const;
  /// Reads flags ("--top=3") and operands into their targets. The Error is a sentence about the
  /// first that is wrong. Once.
  [[nodiscard]] Result<void> read(const std::vector<std::string>& flags,
                                  const std::vector<std::string>& operands);
  /// The help: of a command of `program`, or with `commands` listed, which then read nothing more.
  [[nodiscard]] std::string help(const std::string& program,
                                 const std::vector<const Flags*>& commands = {});

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
};

/// "'text': what is wrong with it", without what may be a password in a URL.
[[nodiscard]] Error badValue(const std::string& text, const Error& error);

template <class Target, class Parse>
void Flags::parsed(const std::string& flag, Target& target, Parse parse, const std::string& what) {
  const auto store = [&target, parse](const std::string& text) -> Result<void> {
    auto parsed = parse(text);
    if (!parsed) {
      return badValue(text, parsed.error());
    }
    target = std::move(*parsed);
    return {};
  };
  value(flag, store, what);
}

template <class Number>
void Flags::number(const std::string& flag, Number& target, std::uint64_t least, std::uint64_t most,
                   const std::string& what) {
  const auto parse = [least, most](const std::string& text) -> Result<Number> {
    const auto number = parseWhole<std::uint64_t>(text);
    if (!number || *number < least || *number > most) {
      return Error{0, "expected a whole number from " + std::to_string(least) + " to " +
                          std::to_string(most)};
    }
    return static_cast<Number>(*number);
  };
  parsed(flag, target, parse, what);
}

template <class Target, Named Enum>
void Flags::choice(const std::string& flag, Target& target, Enum standard, const std::string& what,
                   const std::vector<std::string_view>& names) {
  const std::string expected = joined(names);
  const auto store = [&target, names, expected](const std::string& text) -> Result<void> {
    if (std::find(names.begin(), names.end(), text) == names.end()) {
      return Error{0, fmt::format("'{}' is not one of {}", text, expected)};
    }
    target = *fromString<Enum>(text);
    return {};
  };
  value(flag, store, fmt::format("{}: {} (default {})", what, expected, toString(standard)));
}

}  // namespace hardlink

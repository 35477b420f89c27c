#include "commands/flags.h"

#include <CLI/CLI.hpp>

namespace hardlink {

template <>
inline constexpr std::array<Name<bool>, 2> kNames<bool> = {{{true, "on"}, {false, "off"}}};

namespace {

std::string longName(const std::string& flag) { return flag.substr(flag.find("--")); }

/// `store` as CLI11 calls it.
std::function<void(const std::string&)> orThrow(const std::string& flag, Flags::Store store) {
  return [name = longName(flag), store = std::move(store)](const std::string& text) {
    if (const auto stored = store(text); !stored) {
      throw CLI::ValidationError(name, stored.error().message());
    }
  };
}

Flag spelled(const CLI::Option& option) {
  Flag flag;
  for (const std::string& name : option.get_snames()) {
    flag.spellings.push_back("-" + name);
  }
  for (const std::string& name : option.get_lnames()) {
    flag.spellings.push_back("--" + name);
  }
  flag.takes_value = option.get_items_expected_max() > 0;
  flag.repeatable = option.get_items_expected_max() > 1;
  return flag;
}

/// `text` with line breaks instead of spaces, so that no line has more than `width` bytes.
std::string wrapped(std::string text, std::size_t width) {
  for (std::size_t begin = 0; text.size() - begin > width;) {
    const std::size_t space = text.rfind(' ', begin + width);
    if (space == std::string::npos || space < begin) {
      break;
    }
    text[space] = '\n';
    begin = space + 1;
  }
  return text;
}

}  // namespace

struct Flags::Parser {
  /// Of no other app while it parses: that would look for commands among operands.
  CLI::App_p app;
  std::vector<std::string>* operands = nullptr;  // where they go, if there may be many
  std::vector<std::function<Result<void>()>> checks;
};

Flags::Flags(const std::string& command, const std::string& what)
    : parser_(std::make_unique<Parser>()) {
  parser_->app = std::make_shared<CLI::App>(what, command);
  parser_->app->set_help_flag("-h,--help", "Print this help and exit");
}

Flags::~Flags() = default;
Flags::Flags(Flags&&) noexcept = default;
Flags& Flags::operator=(Flags&&) noexcept = default;

void Flags::operand(const std::string& name, std::string& target, const std::string& what) {
  parser_->app->add_option(name, target, what)->required();
}

void Flags::operand(const std::string& name, std::optional<std::string>& target,
                    const std::string& what) {
  parser_->app->add_option(name, target, what);
}

void Flags::operands(const std::string& name, std::vector<std::string>& target,
                     const std::string& what) {
  parser_->app->add_option(name, target, what);
  parser_->operands = &target;
}

void Flags::toggle(const std::string& flag, bool& target, const std::string& what) {
  parser_->app->add_flag(flag, target, what);
}

void Flags::text(const std::string& flag, std::optional<std::string>& target,
                 const std::string& what) {
  parser_->app->add_option(flag, target, what);
}

void Flags::value(const std::string& flag, Store store, const std::string& what) {
  parser_->app->add_option_function<std::string>(flag, orThrow(flag, std::move(store)), what);
}

void Flags::values(const std::string& flag, Store store, const std::string& what) {
  const auto each = orThrow(flag, std::move(store));
  parser_->app
      ->add_option_function<std::vector<std::string>>(
          flag,
          [each](const std::vector<std::string>& texts) {
            for (const std::string& text : texts) {
              each(text);
            }
          },
          what)
      ->allow_extra_args(false);
}

void Flags::optionalValue(const std::string& flag, Store store, const std::string& what) {
  const auto each = orThrow(flag, std::move(store));
  parser_->app->add_flag(flag, what)->each([each](const std::string& text) {
    each(text == "true" ? "" : text);  // what CLI11 says where there is no value
  });
}

void Flags::onOff(const std::string& flag, bool& target, const std::string& what) {
  choice(flag, target, true, what);
}

void Flags::size(const std::string& flag, std::uint64_t& target, const std::string& what) {
  const auto parse = [](const std::string& text) -> Result<std::uint64_t> {
    std::string bytes = text;
    bool is_size = false;
    try {
      is_size = CLI::AsSizeValue(false)(bytes).empty();
    } catch (const CLI::Error&) {
      // Not a whole number, or too large: as what it returns of other errors.
    }
    const auto size = is_size ? parseWhole<std::uint64_t>(bytes) : std::nullopt;
    if (!size || *size == 0) {
      return Error{0, "expected a whole number of bytes, such as 500M or 50G"};
    }
    return *size;
  };
  parsed(flag, target, parse, what);
}

void Flags::require(const std::string& flag) { parser_->app->get_option(flag)->required(); }

void Flags::needs(const std::string& flag, const std::string& other) {
  parser_->app->get_option(flag)->needs(parser_->app->get_option(other));
}

void Flags::excludes(const std::string& flag, const std::string& other) {
  parser_->app->get_option(flag)->excludes(parser_->app->get_option(other));
}

void Flags::check(std::function<Result<void>()> check) {
  parser_->checks.push_back(std::move(check));
}

void Flags::footer(const std::string& text) { parser_->app->footer(text); }

std::string Flags::command() const { return parser_->app->get_name(); }

std::vector<Flag> Flags::list() const {
  std::vector<Flag> flags;
  for (const CLI::Option* const option : parser_->app->get_options()) {
    if (option->nonpositional()) {
      flags.push_back(spelled(*option));
    }
  }
  return flags;
}

Result<void> Flags::read(const std::vector<std::string>& flags,
                         const std::vector<std::string>& operands) {
  // CLI11 takes the last one first.
  std::vector<std::string> reversed(operands.rbegin(), operands.rend());
  reversed.emplace_back("--");
  reversed.insert(reversed.end(), flags.rbegin(), flags.rend());
  try {
    parser_->app->parse(std::move(reversed));
  } catch (const CLI::ExtrasError&) {
    return Error{0, "one argument too many: " + operands.back()};
  } catch (const CLI::ParseError& error) {
    return Error{0, error.what()};
  }
  // CLI11 takes [a,b] for two operands.
  if (parser_->operands != nullptr) {
    *parser_->operands = operands;
  }
  for (const auto& check : parser_->checks) {
    RETURN_IF_ERROR(check());
  }
  return {};
}

std::string Flags::help(const std::string& program, const std::vector<const Flags*>& commands) {
  constexpr std::size_t kTextWidth = 70;  // beside CLI11's 30 columns for the name of the flag
  for (CLI::Option* const option : parser_->app->get_options()) {
    option->description(wrapped(option->get_description(), kTextWidth));
  }
  for (const Flags* const command : commands) {
    parser_->app->add_subcommand(command->parser_->app);
  }
  return commands.empty() ? parser_->app->help(program) : parser_->app->help();
}

Error badValue(const std::string& text, const Error& error) {
  // What may be a URL with a password in it.
  const std::size_t at = text.rfind('@');
  const std::string shown = at == std::string::npos ? text : "..." + text.substr(at);
  return Error{0, "'" + shown + "': " + error.message()};
}

}  // namespace hardlink

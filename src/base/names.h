#pragma once

/// The names of an enum's values. Each enum has one table, next to the enum; flags, keys, help,
/// messages and output all use it. Pure functions; any thread.

#include <array>
#include <optional>
#include <string_view>
#include <vector>

namespace hardlink {

template <class Enum>
struct Name {
  Enum value;
  std::string_view name;
};

/// The table of `Enum`, specialised for each enum that has names. If a value has two names, both
/// are parsed and the first is printed.
template <class Enum>
inline constexpr std::array<Name<Enum>, 0> kNames{};

template <class Enum>
concept Named = !kNames<Enum>.empty();

template <Named Enum>
[[nodiscard]] constexpr std::string_view toString(Enum value) {
  for (const auto& [each, name] : kNames<Enum>) {
    if (each == value) {
      return name;
    }
  }
  return {};
}

/// The value with exactly this name, case included; nullopt if there is none.
template <Named Enum>
[[nodiscard]] constexpr std::optional<Enum> fromString(std::string_view text) {
  for (const auto& [value, name] : kNames<Enum>) {
    if (name == text) {
      return value;
    }
  }
  return std::nullopt;
}

/// One name for each value, in the order of the table.
template <Named Enum>
[[nodiscard]] std::vector<std::string_view> namesOf() {
  std::vector<std::string_view> names;
  for (const auto& [value, name] : kNames<Enum>) {
    if (toString(value) == name) {
      names.push_back(name);
    }
  }
  return names;
}

}  // namespace hardlink

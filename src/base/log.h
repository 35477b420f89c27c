#pragma once

/// Logging: structured lines on standard error, in logfmt or JSON. The only user of spdlog.

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "base/names.h"

namespace hardlink::log {

enum class Level : std::uint8_t { debug, info, warn, error };
enum class Format : std::uint8_t { logfmt, json };

}  // namespace hardlink::log

namespace hardlink {

template <>
inline constexpr std::array<Name<log::Level>, 4> kNames<log::Level> = {
    {{log::Level::debug, "debug"},
     {log::Level::info, "info"},
     {log::Level::warn, "warn"},
     {log::Level::error, "error"}}};
template <>
inline constexpr std::array<Name<log::Format>, 2> kNames<log::Format> = {
    {{log::Format::logfmt, "logfmt"}, {log::Format::json, "json"}}};

}  // namespace hardlink

namespace hardlink::log {

/// One `key=value` of a line. Values are made printable (base/utf8.h) when the line is written.
struct Field {
  std::string_view key;
  std::string value;

  Field(std::string_view k, std::string v) : key(k), value(std::move(v)) {}
  Field(std::string_view k, std::string_view v) : key(k), value(v) {}
  Field(std::string_view k, const char* v) : key(k), value(v) {}
  template <std::integral Number>
  Field(std::string_view k, Number v) : key(k), value(std::to_string(v)) {}
  Field(std::string_view k, double v) : key(k), value(std::to_string(v)) {}
};

/// Sets the lowest level that is written, and the format of the lines. It can be called at any
/// time, from any thread. Before the first call: info and logfmt.
void configure(Level level, Format format);

/// Writes one line. Never throws, and blocks only on standard error. Any thread.
void write(Level level, std::string_view message, std::initializer_list<Field> fields) noexcept;

inline void debug(std::string_view message, std::initializer_list<Field> fields = {}) {
  write(Level::debug, message, fields);
}
inline void info(std::string_view message, std::initializer_list<Field> fields = {}) {
  write(Level::info, message, fields);
}
inline void warn(std::string_view message, std::initializer_list<Field> fields = {}) {
  write(Level::warn, message, fields);
}
inline void error(std::string_view message, std::initializer_list<Field> fields = {}) {
  write(Level::error, message, fields);
}

}  // namespace hardlink::log

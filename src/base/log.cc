#include "base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <memory>

#include "base/time.h"
#include "base/utf8.h"

namespace hardlink::log {
namespace {

std::atomic<Format> current_format{Format::logfmt};

spdlog::logger& logger() {
  // Never destroyed: threads that outlive main() in a forced exit may still log.
  static auto* const instance = [] {
    auto* created =
        new spdlog::logger("hardlink", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    // The lines are complete; spdlog only adds the newline and the locking.
    created->set_pattern("%v");
    created->set_level(spdlog::level::info);
    created->flush_on(spdlog::level::debug);
    return created;
  }();
  return *instance;
}

/// Decided once and early, because the sandbox may later refuse the system calls for it.
bool stderrTakesUtf8() {
  static const bool takes = takesUtf8(STDERR_FILENO);
  return takes;
}

spdlog::level::level_enum spdlogLevel(Level level) {
  switch (level) {
    case Level::debug:
      return spdlog::level::debug;
    case Level::info:
      return spdlog::level::info;
    case Level::warn:
      return spdlog::level::warn;
    case Level::error:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

std::string inQuotes(std::string_view value) {
  std::string out = "\"";
  for (const char c : value) {
    if (c == '"' || c == '\\') {
      out += '\\';
    }
    out += c;
  }
  return out + '"';
}

std::string logfmtValue(std::string_view value) {
  const bool plain = !value.empty() && value.find_first_of(" \"=\\") == std::string_view::npos;
  return plain ? std::string(value) : inQuotes(value);
}

void appendField(std::string& line, Format format, std::string_view key, std::string_view value) {
  const std::string safe = stderrTakesUtf8() ? printable(value) : asciiOnly(printable(value));
  if (format == Format::json) {
    line += line.empty() ? "{" : ",";
    line += inQuotes(key) + ":" + inQuotes(safe);
    return;
  }
  if (!line.empty()) {
    line += ' ';
  }
  line.append(key).append("=").append(logfmtValue(safe));
}

void writeLine(Level level, std::string_view message, std::initializer_list<Field> fields) {
  const Format format = current_format;
  std::string line;
  appendField(line, format, "ts", rfc3339Millis(std::chrono::system_clock::now()));
  appendField(line, format, "level", toString(level));
  appendField(line, format, "msg", message);
  for (const Field& field : fields) {
    appendField(line, format, field.key, field.value);
  }
  if (format == Format::json) {
    line += '}';
  }
  logger().log(spdlogLevel(level), spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace

void configure(Level level, Format format) {
  current_format = format;
  (void)stderrTakesUtf8();
  logger().set_level(spdlogLevel(level));
}

void write(Level level, std::string_view message, std::initializer_list<Field> fields) noexcept {
  try {
    if (logger().should_log(spdlogLevel(level))) {
      writeLine(level, message, fields);
    }
  } catch (...) {
    // If there is no memory for a line, only that line is lost.
  }
}

}  // namespace hardlink::log

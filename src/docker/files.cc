#include "docker/files.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "base/os/read_file.h"
#include "base/text.h"
#include "base/utf8.h"

namespace hardlink {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLongestName = 255;

}  // namespace

Result<std::string> readIdentifier(const std::string& path, bool (*is_valid)(std::string_view)) {
  constexpr std::size_t kMostBytes = 4096;
  ASSIGN_OR_RETURN(const auto text,
                   readFile(path, {.most_bytes = kMostBytes, .follow_symlink = false}));
  const std::string_view identifier = trimmed(text, kFileSpace);
  if (!is_valid(identifier)) {
    return Error{0, path + ": no identifier in it"};
  }
  return std::string(identifier);
}

Result<JsonDocument> readJsonMembers(const std::string& path, std::size_t most_bytes,
                                     const std::vector<std::string_view>& wanted) {
  ASSIGN_OR_RETURN(const auto text,
                   readFile(path, {.most_bytes = most_bytes, .follow_symlink = false}));
  ASSIGN_OR_RETURN(JsonDocument document, JsonDocument::parse(text, path, wanted));
  if (!document.top().value().is_object()) {
    return Error{0, path + " is not a JSON object"};
  }
  return document;
}

Result<std::vector<std::string>> listNames(const std::string& path) {
  std::vector<std::string> names;
  std::error_code error;
  fs::directory_iterator at(path, error);
  for (const fs::directory_iterator end; !error && at != end; at.increment(error)) {
    std::string name = at->path().filename().string();
    if (!name.starts_with('.')) {
      names.push_back(std::move(name));
    }
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    return Error{error.value(), path};
  }
  std::sort(names.begin(), names.end());
  return names;
}

bool isHexDigest(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool isPlainName(std::string_view text) {
  return !text.empty() && text.size() <= kLongestName && text != "." && text != ".." &&
         text.find('/') == std::string_view::npos && text.find('\0') == std::string_view::npos;
}

void DockerProblems::add(std::string_view one, std::string_view many, const std::string& example) {
  const auto known = std::find_if(kinds_.begin(), kinds_.end(),
                                  [&](const Kind& kind) { return kind.many == many; });
  if (known != kinds_.end()) {
    ++known->count;
  } else {
    kinds_.push_back({one, many, printable(example), 1});
  }
}

void DockerProblems::add(const std::string& line) {
  kinds_.push_back({{}, {}, printable(line), 0});
}

std::vector<std::string> DockerProblems::lines() const {
  std::vector<std::string> lines;
  for (const Kind& kind : kinds_) {
    if (kind.count == 0) {
      lines.push_back(kind.first);
    } else if (kind.count == 1) {
      lines.push_back("1 " + std::string(kind.one) + ": " + kind.first);
    } else {
      lines.push_back(std::to_string(kind.count) + " " + std::string(kind.many) +
                      ", first: " + kind.first);
    }
  }
  return lines;
}

}  // namespace hardlink

#include "fuzz/text_tree.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <system_error>

namespace hardlink {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostEntries = 64;
constexpr std::size_t kDeepest = 12;

/// `path` without the parts that could lead out of the directory or cannot be a name; empty if no
/// part remains.
std::string harmless(const std::string& path) {
  fs::path result;
  std::size_t depth = 0;
  for (const fs::path& part : fs::path(path)) {
    const std::string name = part.string().substr(0, 255);
    if (!name.empty() && name != "." && name != ".." && name != "/" && depth++ < kDeepest) {
      result /= name.c_str();
    }
  }
  return result.string();
}

/// Makes what a line describes. Skips what cannot be made, such as a file below a file.
void makeEntry(const std::string& base, char kind, const std::string& below,
               const std::string& content) {
  if (below.empty()) {
    return;
  }
  const fs::path path = fs::path(base) / below;
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  if (kind == 'd') {
    fs::create_directory(path, error);
  } else if (kind == 'p') {
    (void)mkfifo(path.c_str(), 0600);
  } else if (kind == 'l') {
    fs::create_symlink(base + "/" + harmless(content), path, error);
  } else if (kind == 'h') {
    fs::create_hard_link(base + "/" + harmless(content.substr(0, content.find('\n'))), path, error);
  } else if (!fs::exists(path, error)) {
    // An existing file is not opened: it could be a FIFO, which would block.
    std::ofstream(path, std::ios::binary) << content;
  }
}

}  // namespace

void makeTree(const std::string& base, std::string_view text) {
  constexpr std::string_view kMark = "== ";
  for (std::size_t entries = 0; entries < kMostEntries && text.starts_with(kMark); ++entries) {
    text.remove_prefix(kMark.size());
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    std::size_t next = text.starts_with(kMark) ? 0 : text.find("\n== ");
    next = next == text.npos ? text.size() : next + (next == 0 ? 0 : 1);
    if (line.size() > 2) {
      makeEntry(base, line[0], harmless(std::string(line.substr(2))),
                std::string(text.substr(0, next)));
    }
    text.remove_prefix(next);
  }
}

std::string quickestDirectory() { return access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"; }

}  // namespace hardlink

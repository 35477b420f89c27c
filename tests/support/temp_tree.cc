#include "support/temp_tree.h"

#include <fcntl.h>
#include <fts.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/os/fd.h"

namespace hardlink {
namespace {

std::string defaultParent() {
  const char* parent = std::getenv("TMPDIR");
  return parent != nullptr && *parent != '\0' ? parent : "/tmp";
}

void removeVisited(const FTSENT& entry) {
  switch (entry.fts_info) {
    case FTS_D:
      // Before fts opens it: a test may have taken away the permissions.
      ::chmod(entry.fts_accpath, S_IRWXU);
      break;
    case FTS_DP:
    case FTS_DNR:
      ::rmdir(entry.fts_accpath);
      break;
    default:
      ::unlink(entry.fts_accpath);
  }
}

/// fts changes directory as it descends, so the depth of the tree does not matter.
void removeTree(std::string path) {
  char* paths[] = {path.data(), nullptr};
  FTS* tree = fts_open(paths, FTS_PHYSICAL | FTS_XDEV, nullptr);
  if (tree == nullptr) {
    return;
  }
  while (const FTSENT* entry = fts_read(tree)) {
    removeVisited(*entry);
  }
  fts_close(tree);
}

Fd openDirectory(int parent, const std::string& name) {
  Fd directory(::openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  throwErrnoUnless(directory.valid(), "open " + name);
  return directory;
}

void plantAll(int base, int directory, const std::vector<TreeEntry>& entries);

void plantDirectory(int base, int directory, const TreeEntry& entry) {
  throwErrnoUnless(::mkdirat(directory, entry.name.c_str(), 0755) == 0 || errno == EEXIST,
                   "mkdir " + entry.name);
  const Fd made = openDirectory(directory, entry.name);
  plantAll(base, made.get(), entry.children);
}

void plantFile(int directory, const TreeEntry& entry) {
  const Fd file(
      ::openat(directory, entry.name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
  throwErrnoUnless(file.valid(), "create " + entry.name);
  const auto written = ::write(file.get(), entry.text.data(), entry.text.size());
  throwErrnoUnless(written == static_cast<ssize_t>(entry.text.size()), "write " + entry.name);
}

void plantLink(int base, int directory, const std::string& target, const std::string& name) {
  throwErrnoUnless(::linkat(base, target.c_str(), directory, name.c_str(), 0) == 0, "link " + name);
}

void plantLinks(int base, int directory, const TreeEntry& entry) {
  for (std::uint64_t i = 0; i < entry.count; ++i) {
    plantLink(base, directory, entry.text, entry.name + std::to_string(i));
  }
}

void plantEntry(int base, int directory, const TreeEntry& entry) {
  switch (entry.kind) {
    case TreeEntry::Kind::directory:
      return plantDirectory(base, directory, entry);
    case TreeEntry::Kind::file:
      return plantFile(directory, entry);
    case TreeEntry::Kind::link:
      return plantLink(base, directory, entry.text, entry.name);
    case TreeEntry::Kind::links:
      return plantLinks(base, directory, entry);
    case TreeEntry::Kind::symlink:
      return throwErrnoUnless(::symlinkat(entry.text.c_str(), directory, entry.name.c_str()) == 0,
                              "symlink " + entry.name);
    case TreeEntry::Kind::fifo:
      return throwErrnoUnless(::mkfifoat(directory, entry.name.c_str(), 0644) == 0,
                              "mkfifo " + entry.name);
  }
}

void plantAll(int base, int directory, const std::vector<TreeEntry>& entries) {
  for (const TreeEntry& entry : entries) {
    plantEntry(base, directory, entry);
  }
}

}  // namespace

TempDir::TempDir() : TempDir(defaultParent()) {}

TempDir::TempDir(const std::string& parent)
    : path_(std::filesystem::canonical(parent).string() + "/hardlink-XXXXXX") {
  throwErrnoUnless(::mkdtemp(path_.data()) != nullptr, "mkdtemp " + path_);
}

TempDir::~TempDir() { removeTree(path_); }

std::string TempDir::operator/(std::string_view below) const {
  return path_ + "/" + std::string(below);
}

TreeEntry makeDir(std::string name, std::vector<TreeEntry> children) {
  return {TreeEntry::Kind::directory, std::move(name), "", 1, std::move(children)};
}

TreeEntry makeFile(std::string name, std::string content) {
  return {TreeEntry::Kind::file, std::move(name), std::move(content), 1, {}};
}

TreeEntry makeLink(std::string name, std::string target) {
  return {TreeEntry::Kind::link, std::move(name), std::move(target), 1, {}};
}

TreeEntry makeLinks(std::string prefix, std::uint64_t count, std::string target) {
  return {TreeEntry::Kind::links, std::move(prefix), std::move(target), count, {}};
}

TreeEntry makeSymlink(std::string name, std::string target) {
  return {TreeEntry::Kind::symlink, std::move(name), std::move(target), 1, {}};
}

TreeEntry makeFifo(std::string name) { return {TreeEntry::Kind::fifo, std::move(name), "", 1, {}}; }

TreeEntry makeDeep(const std::string& name, unsigned depth, std::vector<TreeEntry> innermost) {
  for (unsigned level = 1; level < depth; ++level) {
    std::vector<TreeEntry> one;
    one.push_back(makeDir(name, std::move(innermost)));
    innermost = std::move(one);
  }
  return makeDir(name, std::move(innermost));
}

std::uint64_t inodeOf(const std::string& path) {
  struct stat status {};
  throwErrnoUnless(::lstat(path.c_str(), &status) == 0, "stat " + path);
  return status.st_ino;
}

void throwErrnoUnless(bool succeeded, const std::string& what) {
  if (!succeeded) {
    throw std::system_error(errno, std::generic_category(), what);
  }
}

void plant(const std::string& base, const std::vector<TreeEntry>& entries) {
  const Fd directory = openDirectory(AT_FDCWD, base);
  plantAll(directory.get(), directory.get(), entries);
}

}  // namespace hardlink

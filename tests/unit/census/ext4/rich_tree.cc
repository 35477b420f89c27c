#include "rich_tree.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>

#include "support/temp_tree.h"

namespace hardlink {
namespace {

constexpr unsigned kSnapshots = 20;

Fd openDirectory(const std::string& path) {
  Fd directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  throwErrnoUnless(directory.valid(), "open " + path);
  return directory;
}

Fd createFile(int directory, const std::string& name) {
  Fd file(::openat(directory, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
  throwErrnoUnless(file.valid(), "create " + name);
  return file;
}

/// A long name with this number.
std::string longName(unsigned number) {
  std::string name = "n" + std::to_string(number) + "-";
  name.append(60 + number % 90, 'x');
  return name;
}

/// The first snapshot, which the others copy.
std::vector<TreeEntry> firstSnapshot() {
  return {makeDir("yumdb", {makeFile("sum", "sha256"),
                            makeLinks("sum.", 199, "snapshots/daily.00/yumdb/sum")}),
          makeDir("etc", {makeFile("f0"), makeFile("f1", "1"), makeFile("f2"),
                          makeSymlink("fast", "f0"), makeSymlink("slow", std::string(300, 's'))}),
          makeDir("var", {makeDir("empty"), makeDir("cache", {makeFile("c")}), makeFifo("fifo")}),
          makeFile("own")};
}

std::vector<TreeEntry> copyOfFirstSnapshot() {
  const std::string first = "snapshots/daily.00/";
  return {makeDir("yumdb", {makeLinks("sum.", 200, first + "yumdb/sum")}),
          makeDir("etc", {makeLink("f0", first + "etc/f0"), makeLink("f1", first + "etc/f1"),
                          makeFile("f2", "changed"), makeLink("fast", first + "etc/fast"),
                          makeLink("slow", first + "etc/slow")}),
          makeDir("var", {makeDir("empty"), makeDir("cache", {makeLink("c", first + "etc/f1")}),
                          makeLink("fifo", first + "var/fifo")}),
          makeFile("own")};
}

void makeNodes(const std::string& directory) {
  throwErrnoUnless(::mknod((directory + "/socket").c_str(), S_IFSOCK | 0600, 0) == 0,
                   "make a socket");
  throwErrnoUnless(::mknod((directory + "/null").c_str(), S_IFCHR | 0600, makedev(1, 3)) == 0,
                   "make a character device");
  throwErrnoUnless(::mknod((directory + "/disk").c_str(), S_IFBLK | 0600, makedev(259, 4095)) == 0,
                   "make a block device");
  throwErrnoUnless(::link((directory + "/null").c_str(), (directory + "/zero").c_str()) == 0,
                   "link a device");
}

/// Makes `made` files in a new directory and removes all but the first `kept`.
void makeShrunk(const std::string& path, unsigned made, unsigned kept) {
  throwErrnoUnless(::mkdir(path.c_str(), 0755) == 0, "mkdir " + path);
  const Fd directory = openDirectory(path);
  for (unsigned i = 0; i < made; ++i) {
    createFile(directory.get(), longName(i));
  }
  for (unsigned i = kept; i < made; ++i) {
    throwErrnoUnless(::unlinkat(directory.get(), longName(i).c_str(), 0) == 0,
                     "unlink " + longName(i));
  }
}

/// Directories that hold from none to `most` names, every third of which is a directory.
std::vector<TreeEntry> tinyDirectories(unsigned most) {
  std::vector<TreeEntry> directories;
  for (unsigned names = 0; names <= most; ++names) {
    std::vector<TreeEntry> children;
    for (unsigned i = 0; i < names; ++i) {
      const std::string name = "t" + std::to_string(i);
      children.push_back(i % 3 == 2 ? makeDir(name) : makeFile(name));
    }
    directories.push_back(makeDir("tiny" + std::to_string(names), std::move(children)));
  }
  return directories;
}

}  // namespace

RichTree::RichTree(const std::string& base, const RichTreeOptions& options) : base_(base) {
  plantSnapshots();
  plantDocker();
  plantBig(options);
  plantShapes();
  plantNameless();
  plantMounts();
}

void RichTree::plantSnapshots() {
  plant(base_, {makeDir("snapshots", {makeDir("daily.00", firstSnapshot())})});
  for (unsigned i = 1; i < kSnapshots; ++i) {
    const std::string name = (i < 10 ? "daily.0" : "daily.") + std::to_string(i);
    plant(base_, {makeDir("snapshots", {makeDir(name, copyOfFirstSnapshot())})});
    makeNodes(base_ + "/snapshots/" + name + "/var");
  }
}

void RichTree::plantDocker() {
  const std::string sum = "docker/aaa/root/sum";
  plant(base_,
        {makeDir("docker",
                 {makeDir("aaa", {makeDir("root", {makeFile("etc", "x"), makeFile("sum"),
                                                   makeLinks("sum.", 199, sum), makeDir("dir")})}),
                  makeDir("bbb", {makeDir("root", {makeLink("etc", "docker/aaa/root/etc"),
                                                   makeLinks("sum.", 200, sum), makeFile("own"),
                                                   makeDir("proc", {makeLink("in", sum)})})}),
                  makeDir("ccc", {makeDir("tmproot525452492", {makeLinks("sum.", 150, sum)})}),
                  makeDir("ddd", {makeDir("upper", {makeFile("written")}), makeDir("work"),
                                  makeDir("merged", {makeLinks("covered", 20, sum)}),
                                  makeFile("lower-id", "bbb")})})});
}

void RichTree::plantBig(const RichTreeOptions& options) {
  plant(base_, {makeDir("big_a"), makeDir("big_b"), makeFile("shared")});
  const Fd base = openDirectory(base_);
  const Fd a = openDirectory(base_ + "/big_a");
  const Fd b = openDirectory(base_ + "/big_b");
  for (unsigned i = 0; i < options.big_names; ++i) {
    std::string name = longName(i);
    name.resize(options.longest_names ? 255 : name.size(), 'y');
    if (i % 10 == 0) {
      createFile(a.get(), name);
      throwErrnoUnless(::linkat(a.get(), name.c_str(), b.get(), name.c_str(), 0) == 0,
                       "link " + name);
      continue;
    }
    for (const Fd* directory : {&a, &b}) {
      throwErrnoUnless(::linkat(base.get(), "shared", directory->get(), name.c_str(), 0) == 0,
                       "link " + name);
    }
  }
}

void RichTree::plantShapes() {
  plant(base_,
        {makeDir("shapes",
                 {makeDeep("d", 60, {makeFile("bottom")}),
                  makeDeep(std::string(200, 'p'), 30, {makeFile("beyond PATH_MAX")}),
                  makeDir("tiny", tinyDirectories(40)),
                  makeDir("names", {makeFile(std::string(255, 'n')), makeFile("\xff\xfe\x80"),
                                    makeFile("line\nbreak"), makeFile("\"quoted\\"),
                                    makeDir("d\xff", {makeLinks("\xc3\x28", 9, "shared")})})})});
  makeShrunk(base_ + "/shapes/shrunk", 2500, 3);
  makeShrunk(base_ + "/shapes/emptied", 1500, 0);
  makeShrunk(base_ + "/shapes/barely", 60, 2);
  makeShrunk(base_ + "/shapes/holes", 400, 100);
  const Fd holes = openDirectory(base_ + "/shapes/holes");
  for (unsigned i = 0; i < 100; i += 2) {
    throwErrnoUnless(::unlinkat(holes.get(), longName(i).c_str(), 0) == 0, "unlink");
  }
}

void RichTree::plantNameless() {
  plant(base_, {makeDir("shapes", {makeDir("gone", {makeFile("f"), makeDir("g")})})});
  nameless_.push_back(openDirectory(base_ + "/shapes/gone/g"));
  throwErrnoUnless(::rmdir((base_ + "/shapes/gone/g").c_str()) == 0, "rmdir");
  const Fd gone = openDirectory(base_ + "/shapes/gone");
  for (unsigned i = 0; i < 5; ++i) {
    nameless_.push_back(createFile(gone.get(), longName(i)));
    throwErrnoUnless(::unlinkat(gone.get(), longName(i).c_str(), 0) == 0, "unlink");
  }
  Fd unnamed(::open(base_.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600));
  throwErrnoUnless(unnamed.valid(), "open an unnamed file");
  nameless_.push_back(std::move(unnamed));
}

void RichTree::plantMounts() {
  // The walk gets the covered file's inode from its name in the base, which it reads first.
  const std::string sum = "snapshots/daily.00/yumdb/sum";
  plant(base_, {makeFile("witness"),
                makeDir("mounts", {makeDir("tmpfs", {makeFile("f"), makeLinks("l", 30, sum),
                                                     makeDir("d", {makeLink("m", sum)})}),
                                   makeDir("bound", {makeFile("f"), makeLinks("l", 40, sum)}),
                                   makeDir("a b\tc\\", {makeFile("f"), makeLink("l", sum)}),
                                   makeLink("file", "witness")}),
                makeDir("snapshots", {makeDir("mounted", {makeFile("f"), makeLink("l", sum)})})});
  for (const char* covered :
       {"mounts/tmpfs", "mounts/a b\tc\\", "docker/ddd/merged", "snapshots/mounted"}) {
    mounts_.emplace_back(std::vector<std::string>{"-t", "tmpfs", "cover"}, *this / covered);
  }
  plant(base_, {makeDir("mounts", {makeDir("tmpfs", {makeFile("of tmpfs")})})});
  mounts_.emplace_back(std::vector<std::string>{"--bind", *this / "snapshots/daily.01"},
                       *this / "mounts/bound");
  mounts_.emplace_back(std::vector<std::string>{"--bind", *this / "snapshots/daily.01/own"},
                       *this / "mounts/file");
}

}  // namespace hardlink

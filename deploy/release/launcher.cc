// The program at the top of a release. It starts lib/hardlink_exporter with the dynamic loader and
// the libraries of lib/, so that the release runs on any host, with whatever libraries or none.
// Debian has no static libraries for some third parties; so this file alone is linked statically
// (cmake/Launcher.cmake).

#include <sys/auxv.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

// The exit code for wrong usage.
constexpr int kMisused = 2;
// ps and systemctl show the name of the executed file, so the loader has the program's.
constexpr const char* kLoader = "loader/hardlink_exporter";
constexpr const char* kProgram = "hardlink_exporter";

using Path = std::array<char, PATH_MAX>;

int fail(const char* path, const char* what) {
  (void)std::fprintf(stderr,
                     "hardlink_exporter: %s: %s; unpack the whole release and keep it together\n",
                     path, what);
  return kMisused;
}

/// `folder` becomes that of this program, without symlinks. Where no /proc is mounted, the kernel
/// has passed the path that was executed, which is relative to the present directory.
bool findFolder(Path& folder) {
  const bool by_proc =
      realpath("/proc/self/exe", folder.data()) != nullptr && access(folder.data(), X_OK) == 0;
  // NOLINTNEXTLINE(performance-no-int-to-ptr): the kernel passes an address as a number
  const auto* const executed = reinterpret_cast<const char*>(getauxval(AT_EXECFN));
  if (!by_proc && (executed == nullptr || realpath(executed, folder.data()) == nullptr)) {
    return false;
  }
  *std::strrchr(folder.data(), '/') = '\0';
  return true;
}

/// False if the path is too long.
bool join(Path& path, const char* folder, const char* name) {
  const int length = std::snprintf(path.data(), path.size(), "%s/%s", folder, name);
  return length >= 0 && static_cast<std::size_t>(length) < path.size();
}

/// LD_PRELOAD, LD_LIBRARY_PATH and their like name libraries for the host's loader.
void dropLoaderVariables() {
  char** kept = environ;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    if (std::strncmp(*variable, "LD_", 3) != 0) {
      *kept++ = *variable;
    }
  }
  *kept = nullptr;
}

/// For `check --url=https:`. OpenSSL looks for certificates where Debian has them; other
/// distributions have them elsewhere.
void findCertificates() {
  if (getenv("SSL_CERT_FILE") != nullptr || getenv("SSL_CERT_DIR") != nullptr ||
      access("/usr/lib/ssl/certs", R_OK) == 0) {
    return;
  }
  for (const char* file : {"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
                           "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem"}) {
    if (access(file, R_OK) == 0) {
      (void)setenv("SSL_CERT_FILE", file, 1);
      return;
    }
  }
}

/// The words before the program's own arguments, and then those; null if there is no memory.
char** commandLine(const std::array<char*, 5>& first, int count, char** arguments) {
  const auto all = first.size() + static_cast<std::size_t>(count);
  auto** const words = static_cast<char**>(std::calloc(all + 1, sizeof(char*)));
  if (words != nullptr) {
    std::memcpy(words, first.data(), first.size() * sizeof(char*));
    std::memcpy(words + first.size(), arguments, static_cast<std::size_t>(count) * sizeof(char*));
  }
  return words;
}

}  // namespace

int main(int argc, char** argv) {
  Path folder;
  Path libraries;
  Path loader;
  Path program;
  if (!findFolder(folder)) {
    return fail("cannot find its own folder", std::strerror(errno));
  }
  if (!join(libraries, folder.data(), "lib") || !join(loader, libraries.data(), kLoader) ||
      !join(program, libraries.data(), kProgram)) {
    return fail(folder.data(), std::strerror(ENAMETOOLONG));
  }
  // In a list of folders, the loader splits at the first two and replaces words after the last.
  if (std::strpbrk(libraries.data(), ":;$") != nullptr) {
    return fail(folder.data(), "the path has a ':', ';' or '$'");
  }
  if (access(program.data(), R_OK) != 0) {
    return fail(program.data(), std::strerror(errno));
  }
  dropLoaderVariables();
  findCertificates();
  char name[] = "hardlink_exporter";
  // Without the cache, the loader looks for no library in the host's /etc/ld.so.cache.
  char no_cache[] = "--inhibit-cache";
  char library_path[] = "--library-path";
  char** const words = commandLine(
      {argc > 0 ? argv[0] : name, no_cache, library_path, libraries.data(), program.data()},
      argc > 0 ? argc - 1 : 0, argv + 1);
  if (words != nullptr) {
    (void)execve(loader.data(), words, environ);
    std::free(words);
  }
  return fail(loader.data(), std::strerror(errno));
}

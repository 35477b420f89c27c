#include "http/tls/random_source.h"

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <unistd.h>

#include <cstddef>

#include "base/error.h"
#include "base/os/fd.h"

namespace hardlink {
namespace {

/// Opened once, and open for good: the sandbox comes later. Old kernels (before 4.8) need not have
/// gathered enough for it when they start, but there OpenSSL waits for that itself.
int randomDevice() {
  static const Fd device(open("/dev/urandom", O_RDONLY | O_CLOEXEC));
  return device.valid() ? device.get() : -1;
}

int fillFromDevice(unsigned char* bytes, int size) {
  for (int filled = 0; filled < size;) {
    const ssize_t got = retryOnEintr([&] {
      return read(randomDevice(), bytes + filled, static_cast<std::size_t>(size - filled));
    });
    if (got <= 0) {
      return 0;
    }
    filled += static_cast<int>(got);
  }
  return 1;
}

int hasDevice() { return randomDevice() >= 0 ? 1 : 0; }

// OpenSSL 3 calls this way of giving it random numbers outdated, and knows no other that needs no
// provider of one's own.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
bool useDevice() {
  static const RAND_METHOD method{.seed = nullptr,
                                  .bytes = &fillFromDevice,
                                  .cleanup = nullptr,
                                  .add = nullptr,
                                  .pseudorand = &fillFromDevice,
                                  .status = &hasDevice};
  return RAND_set_rand_method(&method) == 1;
}
#pragma GCC diagnostic pop

bool find() {
  if (RAND_status() == 1) {
    return true;
  }
  ERR_clear_error();
  return hasDevice() == 1 && useDevice();
}

}  // namespace

bool findRandomNumbers() {
  static const bool found = find();
  return found;
}

}  // namespace hardlink

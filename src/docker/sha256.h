#pragma once

#include <memory>
#include <string>
#include <string_view>

struct evp_md_ctx_st;

namespace hardlink {

/// SHA-256 of bytes that come piece by piece. Not thread-safe. Throws std::bad_alloc and nothing
/// else.
class Sha256 {
 public:
  Sha256();
  void update(std::string_view bytes);
  /// The digest in 64 lower-case hexadecimal digits. To be called once; nothing may follow it.
  [[nodiscard]] std::string finish();

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const;
  };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

/// The SHA-256 of `bytes` in 64 lower-case hexadecimal digits. Any thread.
[[nodiscard]] std::string sha256Hex(std::string_view bytes);

}  // namespace hardlink

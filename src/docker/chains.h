#pragma once

/// Chain ids, by which Docker knows a layer together with all those below it: that of a base layer
/// is its diff id, every other is C(n) = sha256(C(n-1) + " " + diff(n)). Both kinds are written
/// `sha256:` and 64 hexadecimal digits.

#include <memory>
#include <optional>
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

/// The chain id of the layer `diff_id` on top of `parent_chain`, which is empty for a base layer.
[[nodiscard]] std::string chainId(std::string_view parent_chain, std::string_view diff_id);

/// Whether `text` is `sha256:` and 64 lower-case hexadecimal digits: safe as a file's name.
[[nodiscard]] bool isSha256Digest(std::string_view text);

/// The digits of a digest.
[[nodiscard]] std::string_view digestHex(std::string_view digest);

/// DATA_ROOT/image/overlay for DATA_ROOT/overlay: Docker's files on the layers.
[[nodiscard]] std::string dockerImageDirectory(const std::string& overlay_directory);

/// The name, below `overlay_directory`, of the layer that Docker made for `chain_id`; unset if
/// Docker has no such layer, if its file makes no sense, or if the layer's directory has no
/// `root/`. Reads one small file. Any thread.
[[nodiscard]] std::optional<std::string> layerOfChain(const std::string& overlay_directory,
                                                      const std::string& chain_id);

}  // namespace hardlink

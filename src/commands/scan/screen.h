#pragma once

#include <termios.h>

#include <string>

namespace hardlink {

/// The alternate screen of the terminal on standard output, with single keys from the one on
/// standard input, if it is one and this process is in its foreground. What was there before comes
/// back at the end. One at a time, in one thread.
class Screen {
 public:
  Screen();
  ~Screen();
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  /// Gives the terminal back, before the process is stopped or ended otherwise than by the
  /// destructor; and takes it again.
  void leave();
  void enter();

  /// Replaces what is shown, in one write: `lines`, each ended by a newline, as many as there is
  /// room for.
  void draw(const std::string& lines) const;
  /// Replaces the first line.
  void drawTop(const std::string& line) const;

  [[nodiscard]] bool hasKeys() const { return has_keys_; }

 private:
  termios before_{};
  bool has_keys_ = false;
  bool entered_ = false;
};

}  // namespace hardlink

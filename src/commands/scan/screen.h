#pragma once

#include <termios.h>

#include <string>

namespace hardlink {

/// The alternate screen of the terminal on standard output. Reads single keys from the terminal on
/// standard input, if there is one and this process is in its foreground. The destructor restores
/// both. One object at a time, in one thread.
class Screen {
 public:
  Screen();
  ~Screen();
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  /// leave() restores the terminal, for a process that is stopped or ends without the destructor;
  /// enter() takes it again.
  void leave();
  void enter();

  /// Shows `lines`, each ended by a newline, as many as fit, in one write.
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

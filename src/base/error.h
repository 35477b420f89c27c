#pragma once

/// Errors as values while running: an errno with the context a reader needs, or a plain sentence.

#include <cerrno>
#include <exception>
#include <new>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <variant>
#include <vector>

namespace hardlink {

/// One failure. `code` is an errno value, or 0 if no system call failed. `context` says what was
/// attempted, and on what ("open /srv/a"). Immutable by convention; safe to copy.
struct Error {
  int code = 0;
  std::string context;

  /// "context: strerror(code)", or the context alone if `code` is 0. Always valid UTF-8.
  [[nodiscard]] std::string message() const;
};

/// The Error of the system call that has just failed on this thread, with its errno.
[[nodiscard]] Error errnoError(std::string context);

/// One mistake in a file or a flag that a person wrote.
struct Problem {
  std::string file;  ///< its path; empty for a flag
  int line = 0;      ///< from 1; 0 if the problem has no line
  std::string key;   ///< dotted, for example `scan.interval` or `roots[1].path`; may be empty
  std::string what;  ///< what is wrong and what was expected

  /// "file:line: key: what", without the parts that are not known. One line, printable.
  [[nodiscard]] std::string message() const;
};

/// All mistakes in a file that people write: the failure of a function that reads such a file.
using Problems = std::vector<Problem>;

/// A value, or the reason why there is none: an Error, or Problems. Dereference a Result only after
/// it tested true.
template <class T, class Failure = Error>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}        // NOLINT: implicit
  Result(Failure error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT: implicit

  explicit operator bool() const { return state_.index() == 0; }
  T& operator*() & { return std::get<0>(state_); }
  T&& operator*() && { return std::get<0>(std::move(state_)); }
  const T& operator*() const& { return std::get<0>(state_); }
  T* operator->() { return &std::get<0>(state_); }
  const T* operator->() const { return &std::get<0>(state_); }
  [[nodiscard]] const Failure& error() const& { return std::get<1>(state_); }
  [[nodiscard]] Failure&& error() && { return std::get<1>(std::move(state_)); }

 private:
  std::variant<T, Failure> state_;
};

/// Success, or an Error. `return {};` is success.
template <>
class [[nodiscard]] Result<void, Error> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}  // NOLINT: implicit

  explicit operator bool() const { return !error_; }
  [[nodiscard]] const Error& error() const& { return *error_; }
  [[nodiscard]] Error&& error() && { return *std::move(error_); }

 private:
  std::optional<Error> error_;
};

/// RETURN_IF_ERROR(f()): returns the error of f(), a Result, if f() failed.
/// ASSIGN_OR_RETURN(const Fd fd, f()): the same; otherwise `fd` gets the value.
#define RETURN_IF_ERROR(expression)                            \
  do {                                                         \
    if (auto result_of_call = (expression); !result_of_call) { \
      return std::move(result_of_call).error();                \
    }                                                          \
  } while (false)
#define ASSIGN_OR_RETURN(declaration, expression) \
  HARDLINK_ASSIGN_OR_RETURN(HARDLINK_CONCATENATED(result_, __LINE__), declaration, expression)
// NOLINTBEGIN(bugprone-macro-parentheses): these are names and a declaration.
#define HARDLINK_ASSIGN_OR_RETURN(result, declaration, expression) \
  auto result = (expression);                                      \
  if (!result) {                                                   \
    return std::move(result).error();                              \
  }                                                                \
  declaration = *std::move(result)
// NOLINTEND(bugprone-macro-parentheses)
#define HARDLINK_CONCATENATED(a, b) HARDLINK_CONCATENATED_(a, b)
#define HARDLINK_CONCATENATED_(a, b) a##b

/// Returns the Result of `call`, or an Error for the exception that `call` throws. So a shortage of
/// memory or threads fails only the work that met it.
template <class Call>
auto caught(const std::string& context, Call call) -> decltype(call()) {
  try {
    return call();
  } catch (const std::bad_alloc&) {
    return Error{ENOMEM, context};
  } catch (const std::system_error& failure) {
    return Error{failure.code().value(), context};
  } catch (const std::exception& failure) {
    return Error{0, context + ": " + failure.what()};
  }
}

/// Calls `call` until it does not fail with EINTR. No other code handles EINTR.
template <class Call>
auto retryOnEintr(Call call) {
  auto result = call();
  while (result == -1 && errno == EINTR) {
    result = call();
  }
  return result;
}

}  // namespace hardlink

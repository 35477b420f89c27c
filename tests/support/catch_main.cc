// The main() of every unit test binary, for either major version of Catch2.
#if __has_include(<catch2/catch_session.hpp>)
#include <catch2/catch_session.hpp>
#else
#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>
#endif

#include <iostream>

#include "support/skip.h"

int main(int argc, char* argv[]) {
  if (const std::optional<std::string>& reason = hardlink::SkipBinary::reason()) {
    std::cout << "skipped: " << *reason << '\n';
    return hardlink::SkipBinary::kExitCode;
  }
  return Catch::Session().run(argc, argv);
}

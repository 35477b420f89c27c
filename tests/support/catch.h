#pragma once

/// Catch2 in either major version: Debian 12 ships v2, Debian 13 ships v3.

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
using Catch::Approx;
#else
#include <catch2/catch.hpp>
#endif

#pragma once

/// Includes Catch2 in either major version: Debian 12 has v2, Debian 13 has v3.

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
using Catch::Approx;
#else
#include <catch2/catch.hpp>
#endif

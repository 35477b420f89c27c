#include "exposition/number.h"

#include <limits>

#include "support/catch.h"

namespace hardlink {
namespace {

TEST_CASE("a canonical float is Go's %g with a point or an exponent") {
  CHECK(canonicalFloat(0) == "0.0");
  CHECK(canonicalFloat(1) == "1.0");
  CHECK(canonicalFloat(65000) == "65000.0");
  CHECK(canonicalFloat(100000) == "100000.0");
  CHECK(canonicalFloat(123456) == "123456.0");
  CHECK(canonicalFloat(1000000) == "1e+06");
  CHECK(canonicalFloat(1048576) == "1.048576e+06");
  CHECK(canonicalFloat(2147483647) == "2.147483647e+09");
  CHECK(canonicalFloat(0.5) == "0.5");
  CHECK(canonicalFloat(0.0001) == "0.0001");
  CHECK(canonicalFloat(0.00001) == "1e-05");
  CHECK(canonicalFloat(std::numeric_limits<double>::infinity()) == "+Inf");
  CHECK(canonicalFloat(-std::numeric_limits<double>::infinity()) == "-Inf");
  CHECK(canonicalFloat(std::numeric_limits<double>::quiet_NaN()) == "NaN");
}

TEST_CASE("sample values are integers in full and others in the shortest form") {
  CHECK(sampleValue(0) == "0");
  CHECK(sampleValue(-146) == "-146");
  CHECK(sampleValue(7147595) == "7147595");
  CHECK(sampleValue(100000000) == "100000000");
  CHECK(sampleValue(9007199254740991) == "9007199254740991");
  CHECK(sampleValue(18446744073709551615.0) == "1.8446744073709552e+19");
  CHECK(sampleValue(0.1) == "0.1");
  CHECK(sampleValue(0.0004) == "0.0004");
  CHECK(sampleValue(1e-7) == "1e-07");
  CHECK(sampleValue(1795435215.5) == "1795435215.5");
  CHECK(sampleValue(std::numeric_limits<double>::quiet_NaN()) == "NaN");
  CHECK(sampleValue(-std::numeric_limits<double>::infinity()) == "-Inf");
}

TEST_CASE("digits are grouped in threes") {
  CHECK(thousands(std::uint64_t{0}) == "0");
  CHECK(thousands(std::uint64_t{999}) == "999");
  CHECK(thousands(std::uint64_t{1000}) == "1,000");
  CHECK(thousands(std::uint64_t{7147595}) == "7,147,595");
  CHECK(thousands(std::numeric_limits<std::uint64_t>::max()) == "18,446,744,073,709,551,615");
  CHECK(thousands(std::int64_t{-146}) == "-146");
  CHECK(thousands(std::int64_t{-1460}) == "-1,460");
  CHECK(thousands(std::numeric_limits<std::int64_t>::min()) == "-9,223,372,036,854,775,808");
}

TEST_CASE("bytes are in units of 1024, with a tenth below 100") {
  CHECK(byteSize(0) == "0 bytes");
  CHECK(byteSize(1) == "1 byte");
  CHECK(byteSize(1023) == "1023 bytes");
  CHECK(byteSize(1024) == "1 KiB");
  CHECK(byteSize(1536) == "1.5 KiB");
  CHECK(byteSize(102348) == "99.9 KiB");
  CHECK(byteSize(102350) == "100 KiB");
  CHECK(byteSize(1048063) == "1023 KiB");
  CHECK(byteSize(1048064) == "1 MiB");
  CHECK(byteSize(20401094656) == "19 GiB");
  CHECK(byteSize(std::numeric_limits<std::uint64_t>::max()) == "16 EiB");
}

TEST_CASE("for a quick look a figure has three digits and a unit, from 10,000 on") {
  CHECK(compact(std::uint64_t{0}) == "0");
  CHECK(compact(std::uint64_t{9999}) == "9,999");
  CHECK(compact(std::uint64_t{10000}) == "10k");
  CHECK(compact(std::uint64_t{59297}) == "59.3k");
  CHECK(compact(std::uint64_t{65000}) == "65k");
  CHECK(compact(std::uint64_t{519321}) == "519k");
  CHECK(compact(std::uint64_t{999499}) == "999k");
  CHECK(compact(std::uint64_t{999500}) == "1M");
  CHECK(compact(std::uint64_t{7147595}) == "7.15M");
  CHECK(compact(std::uint64_t{2147483647}) == "2.15G");
  CHECK(compact(std::uint64_t{18446744073709551615U}) == "18.4E");
  CHECK(compact(std::int64_t{-59297}) == "-59.3k");
}

}  // namespace
}  // namespace hardlink

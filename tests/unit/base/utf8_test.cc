#include "base/utf8.h"

#include "support/catch.h"

namespace hardlink {
namespace {

using namespace std::string_literals;

TEST_CASE("well-formed UTF-8 of every length passes unchanged") {
  const std::string text = "a\n\t é € 😀 \xEF\xBF\xBD";
  CHECK(sanitizeUtf8(text) == text);
}

TEST_CASE("bytes that are not UTF-8 are written as hex escapes, one by one") {
  CHECK(sanitizeUtf8("a\xff\xfe"s + "b") == "a\\xff\\xfeb");
  CHECK(sanitizeUtf8("\xc3") == "\\xc3");
  CHECK(sanitizeUtf8("\xe2\x82") == "\\xe2\\x82");
  CHECK(sanitizeUtf8("\x80") == "\\x80");
}

TEST_CASE("overlong forms, surrogates and code points above U+10FFFF are not UTF-8") {
  CHECK(sanitizeUtf8("\xc0\xaf") == "\\xc0\\xaf");
  CHECK(sanitizeUtf8("\xe0\x80\xaf") == "\\xe0\\x80\\xaf");
  CHECK(sanitizeUtf8("\xed\xa0\x80") == "\\xed\\xa0\\x80");
  CHECK(sanitizeUtf8("\xf4\x90\x80\x80") == "\\xf4\\x90\\x80\\x80");
  CHECK(sanitizeUtf8("\xf5\x80\x80\x80") == "\\xf5\\x80\\x80\\x80");
}

TEST_CASE("printable text has no control characters") {
  CHECK(printable("a\nb\x1b[2J\x7f") == "a\\nb\\x1b[2J\\x7f");
  CHECK(printable("\xc2\x9b"
                  "31m") == "\\xc2\\x9b31m");
  CHECK(printable("é") == "é");
}

}  // namespace
}  // namespace hardlink

#include "exposition/shell.h"

#include "support/catch.h"

namespace hardlink {
namespace {

TEST_CASE("plain words stay as they are") {
  CHECK(shellQuoted("docker/app:1.2_3-4") == "docker/app:1.2_3-4");
  CHECK(shellQuoted("app@sha256:0a") == "app@sha256:0a");
}

TEST_CASE("whatever means something to a shell is put in single quotes") {
  CHECK(shellQuoted("") == "''");
  CHECK(shellQuoted("a b") == "'a b'");
  CHECK(shellQuoted("$(reboot) `x` \"y\" \\ * ~ # ; & |") ==
        "'$(reboot) `x` \"y\" \\ * ~ # ; & |'");
  CHECK(shellQuoted("it's") == "'it'\\''s'");
  CHECK(shellQuoted("größe") == "'größe'");
}

TEST_CASE("what a terminal should not be shown is written in octal") {
  CHECK(shellQuoted("a\nb'c\\d") == "$'a\\012b\\047c\\134d'");
  CHECK(shellQuoted("\x1b[31m\x7f") == "$'\\033[31m\\177'");
  CHECK(shellQuoted("\xff\xfe"
                    "7") == "$'\\377\\3767'");
}

TEST_CASE("a command in ASCII has the same words") {
  CHECK(commandInAscii("rm -rf -- /a") == "rm -rf -- /a");
  CHECK(commandInAscii("rm -rf -- " + shellQuoted("gr\u00f6\u00dfe's 7") + " b") ==
        "rm -rf -- 'gr'$'\\303\\266\\303\\237''e'\\''s 7' b");
  CHECK(commandInAscii(shellQuoted("\xff")) == "$'\\377'");
}

}  // namespace
}  // namespace hardlink

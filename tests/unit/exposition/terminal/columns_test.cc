#include "exposition/terminal/columns.h"

#include "support/catch.h"

namespace hardlink {
namespace {

TEST_CASE("text takes as many columns as a terminal gives it, however many bytes it has") {
  CHECK(columnsOf("") == 0);
  CHECK(columnsOf("abc") == 3);
  CHECK(columnsOf("é€") == 2);
  CHECK(columnsOf("中文😀") == 6);
  CHECK(columnsOf("e\xCC\x81") == 1);
}

TEST_CASE("what is shortened is never wider than asked for, and no accent loses its letter") {
  CHECK(shortened("中文中文中文", 7) == "中…中文");
  CHECK(shortened("中文中文", 5) == "…文");
  CHECK(shortened("e\xCC\x81"
                  "e\xCC\x81"
                  "e\xCC\x81"
                  "e\xCC\x81",
                  2) == "…e\xCC\x81");
}

TEST_CASE("text that is too long loses its middle, never part of a code point") {
  CHECK(shortened("abcdefghij", 10) == "abcdefghij");
  CHECK(shortened("abcdefghij", 7) == "ab…ghij");
  CHECK(shortened("äöüäöüäöü", 4) == "ä…öü");
  CHECK(shortened("abc", 1) == "…");
}

TEST_CASE("components of 64 hexadecimal digits are cut to twelve, others stay") {
  const std::string id(64, 'a');
  CHECK(withShortIds(id) == "aaaaaaaaaaaa");
  CHECK(withShortIds(id + "/root/x") == "aaaaaaaaaaaa/root/x");
  CHECK(withShortIds("a/" + id) == "a/aaaaaaaaaaaa");
  CHECK(withShortIds(id + "a/x/") == id + "a/x/");
  CHECK(withShortIds("").empty());
}

TEST_CASE("text wraps at spaces below where it started") {
  CHECK(wrapped("ab ", "one two three", 0) == "ab one two three");
  CHECK(wrapped("ab ", "one two three", 10) == "ab one two\n   three");
  CHECK(wrapped("ab ", "longerthanthat it is", 8) == "ab longe\n   rthan\n   that\n   it is");
  CHECK(wrapped("", "中文中", 4) == "中文\n中");
}

TEST_CASE("numbers align right, text left, and no line ends in spaces") {
  Columns columns({{"n", Columns::Align::right},
                   {"what", Columns::Align::left},
                   {"rest", Columns::Align::left}});
  columns.addRow({"1", "é", "x"});
  columns.addRow({"1,000", "abcde", ""});
  CHECK(columns.render(1, 0) ==
        "     n  what   rest\n"
        "     1  é      x\n"
        " 1,000  abcde\n");
}

TEST_CASE("the last column gives way to the width of the terminal") {
  Columns columns({{"n", Columns::Align::right}, {"path", Columns::Align::left}});
  columns.addRow({"1", "0123456789abcdefghijklmnopqrstuvwxyz"});
  CHECK(columns.render(0, 24) == "n  path\n1  012345…mnopqrstuvwxyz\n");
  CHECK(columns.render(0, 5) == "n  path\n1  01…vwxyz\n");
}

TEST_CASE("columns that matter less are left out before the last one gets too narrow") {
  Columns columns({{"a", Columns::Align::right, 1},
                   {"b", Columns::Align::right},
                   {"c", Columns::Align::right, 2},
                   {"path", Columns::Align::left}});
  columns.addRow({"11111", "22222", "33333", "0123456789abcdefghij"});
  CHECK(columns.render(0, 41) ==
        "    a      b      c  path\n11111  22222  33333  0123456789abcdefghij\n");
  CHECK(columns.render(0, 40) == "    a      b  path\n11111  22222  0123456789abcdefghij\n");
  CHECK(columns.render(0, 33) == "    b  path\n22222  0123456789abcdefghij\n");
  CHECK(columns.render(0, 15) == "    b  path\n22222  01…fghij\n");
}

}  // namespace
}  // namespace hardlink

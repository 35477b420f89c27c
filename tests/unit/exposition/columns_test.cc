#include "exposition/columns.h"

#include "support/catch.h"

namespace hardlink {
namespace {

TEST_CASE("a code point takes one column however many bytes it has") {
  CHECK(columnsOf("") == 0);
  CHECK(columnsOf("abc") == 3);
  CHECK(columnsOf("é€😀") == 3);
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
  CHECK(wrapped("ab ", "longerthanthat it is", 8) == "ab longerthanthat\n   it is");
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

}  // namespace
}  // namespace hardlink

#include "exposition/severity.h"

#include "support/catch.h"

namespace hardlink {
namespace {

TEST_CASE("layers that fit are low below 20, critical below 5, exhausted at 0") {
  CHECK(severityOfMargin(20) == Severity::fine);
  CHECK(severityOfMargin(19) == Severity::low);
  CHECK(severityOfMargin(5) == Severity::low);
  CHECK(severityOfMargin(4) == Severity::critical);
  CHECK(severityOfMargin(1) == Severity::critical);
  CHECK(severityOfMargin(0) == Severity::exhausted);
  CHECK(severityOfMargin({}) == Severity::unknown);
}

TEST_CASE("links that are left are low below 10 %, critical below 2 %, exhausted at 0") {
  CHECK(severityOfHeadroom(6500, 65000) == Severity::fine);
  CHECK(severityOfHeadroom(6499, 65000) == Severity::low);
  CHECK(severityOfHeadroom(1300, 65000) == Severity::low);
  CHECK(severityOfHeadroom(1299, 65000) == Severity::critical);
  CHECK(severityOfHeadroom(0, 65000) == Severity::exhausted);
  CHECK(severityOfHeadroom(-1, 65000) == Severity::exhausted);
  CHECK(severityOfHeadroom({}, 65000) == Severity::unknown);
  CHECK(severityOfHeadroom(1, {}) == Severity::unknown);
}

TEST_CASE("what is not fine has a word of its own and not a colour alone") {
  CHECK(wordFor(Severity::fine).empty());
  CHECK(wordFor(Severity::low) == "low");
  CHECK(wordFor(Severity::critical) == "critical");
  CHECK(wordFor(Severity::exhausted) == "exhausted");
}

}  // namespace
}  // namespace hardlink

#include "exposition/terminal/ascii.h"

#include "support/catch.h"

namespace hardlink {
namespace {

TEST_CASE("text in ASCII stays valid, and means the same, in every format") {
  CHECK(inAscii("caf\u00e9 \u4e2d\n", TextKind::plain) == "caf\\xc3\\xa9 \\xe4\\xb8\\xad\n");
  CHECK(inAscii("{\n  \"a\": \"\u00e9\U0001F4A9\\\\\",\n  \"b\": 0.68\n}\n", TextKind::json) ==
        "{\n  \"a\": \"\\u00e9\\ud83d\\udca9\\\\\",\n  \"b\": 0.68\n}\n");
  CHECK(inAscii("up{root=\"\u00e9\"} 1\n", TextKind::metrics) == "up{root=\"\\\\xc3\\\\xa9\"} 1\n");
  CHECK(inAscii("# \u00e9\nrm '\u00e9'\n\n#", TextKind::script) ==
        "# \\xc3\\xa9\nrm ''$'\\303\\251'''\n\n#");
  CHECK(inAscii("", TextKind::script).empty());
}

}  // namespace
}  // namespace hardlink

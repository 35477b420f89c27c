#include "exposition/phrases.h"

namespace hardlink {

std::string counted(std::uint64_t count, std::string_view one, std::string_view many) {
  return thousands(count).append(" ").append(count == 1 ? one : many);
}

}  // namespace hardlink

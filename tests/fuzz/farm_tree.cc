// Trees of the farm tools, and trees that only look like those. Recognising any tree ends, and
// nothing is proposed for removal that is a head or no layer.
//
// The input is a tree, as text (text_tree.h).

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "base/os/os.h"
#include "farms/recognise.h"
#include "fuzz/require.h"
#include "fuzz/text_tree.h"
#include "support/temp_tree.h"

namespace hardlink {
namespace {

bool has(const std::vector<std::string>& sorted, const std::string& path) {
  return std::binary_search(sorted.begin(), sorted.end(), path);
}

bool isAscending(const std::vector<std::string>& list) {
  return std::adjacent_find(list.begin(), list.end(), std::greater_equal<>()) == list.end();
}

void checkFarm(const Farm& farm, const std::string& root) {
  require(!farm.reason.empty(), "there is a reason");
  require(isAscending(farm.layers), "layers ascend, each once");
  require(isAscending(farm.heads), "heads ascend, each once");
  require(isAscending(farm.users), "users ascend, each once");
  for (const std::string& head : farm.heads) {
    require(has(farm.layers, head), "a head is a layer");
  }
  std::size_t in_series = 0;
  for (const Series& series : farm.series) {
    in_series += series.oldest_first.size();
    require(!series.name.empty() && !series.oldest_first.empty(), "a series has a name and layers");
    for (const std::string& head : series.heads) {
      require(has(farm.heads, head), "a head of a series is a head");
    }
  }
  require(in_series == farm.layers.size(), "a layer is in one series");
  require(farm.doubt.empty() || farm.removable.empty(), "in doubt nothing may go");
  std::vector<std::string> going;
  for (const RemovableLayer& layer : farm.removable) {
    require(has(farm.layers, layer.layer), "only a layer may go");
    require(!has(farm.heads, layer.layer), "no head may go");
    const auto& command = layer.command;
    require(command.empty() || command.front() != "rm" ||
                command.back().starts_with(root + "/" + layer.layer.substr(0, 1)),
            "what is removed lies in the root");
    going.push_back(layer.layer);
  }
  std::sort(going.begin(), going.end());
  require(isAscending(going), "nothing goes twice");
}

}  // namespace
}  // namespace hardlink

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hardlink;  // NOLINT: nothing else is here
  const TempDir dir(quickestDirectory());
  makeTree(dir.path(), asText(data, size));
  const auto root = os::openRoot(dir.path());
  require(static_cast<bool>(root), "the root can be opened");
  for (const LayoutChoice layout : {LayoutChoice::automatic, LayoutChoice::snapshots}) {
    const Farm farm = recognise(root->get(), dir.path(), {.layout = layout}, {});
    if (farm.layout != Layout::docker_overlay) {
      checkFarm(farm, dir.path());
    }
  }
  return 0;
}

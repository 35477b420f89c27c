#include "exposition/json/json.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "base/time.h"

namespace hardlink {
namespace {

using Json = nlohmann::json;

bool read(const Json& value, std::string& target) {
  if (value.is_string()) {
    target = value.get<std::string>();
  }
  return value.is_string();
}

bool read(const Json& value, bool& target) {
  if (value.is_boolean()) {
    target = value.get<bool>();
  }
  return value.is_boolean();
}

bool read(const Json& value, std::uint64_t& target) {
  if (value.is_number_unsigned()) {
    target = value.get<std::uint64_t>();
  }
  return value.is_number_unsigned();
}

bool read(const Json& value, std::int64_t& target) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max();
  const bool fits = value.is_number_integer() &&
                    (!value.is_number_unsigned() || value.get<std::uint64_t>() <= kMost);
  if (fits) {
    target = value.get<std::int64_t>();
  }
  return fits;
}

bool read(const Json& value, SystemTime& target) {
  std::string text;
  const std::optional<SystemTime> time = read(value, text) ? parseRfc3339(text) : std::nullopt;
  target = time.value_or(target);
  return time.has_value();
}

bool read(const Json& value, std::vector<SeriesReport>& target);
bool read(const Json& value, std::vector<LimitReport>& target);
bool read(const Json& value, std::vector<HotInodeReport>& target);

/// Null stays unset.
template <class Value>
bool read(const Json& value, std::optional<Value>& target) {
  return value.is_null() || read(value, target.emplace());
}

/// The fields of one object. Keeps the first problem, with its place.
class Fields {
 public:
  Fields(const Json& object, std::string where, std::string& problem)
      : object_(object), where_(std::move(where)), problem_(problem) {
    if (!object_.is_object()) {
      complain(" is not an object");
    }
  }

  template <class Value>
  void get(const char* key, Value& target) {
    const Json* const value = find(key);
    if (value != nullptr && !read(*value, target)) {
      complain(fmt::format(".{} is invalid", key));
    }
  }

  /// get() for a field that older daemons do not write.
  template <class Value>
  void getIfThere(const char* key, Value& target) {
    if (object_.is_object() && object_.contains(key)) {
      get(key, target);
    }
  }

  /// The object under `key`; an empty one if there is none.
  Fields object(const char* key) {
    static const Json none = Json::object();
    const Json* const value = find(key);
    return {value != nullptr ? *value : none, where_ + "." + key, problem_};
  }

 private:
  const Json* find(const char* key) {
    const auto found = object_.is_object() ? object_.find(key) : object_.end();
    if (found == object_.end()) {
      complain(fmt::format(".{} is missing", key));
      return nullptr;
    }
    return &*found;
  }

  void complain(const std::string& what) {
    if (problem_.empty()) {
      problem_ = where_ + what;
    }
  }

  const Json& object_;
  const std::string where_;
  std::string& problem_;
};

/// Reads a list by calling `read_entry` with the fields of each entry. Fails if any entry is wrong.
template <class ReadEntry>
bool readList(const Json& value, ReadEntry read_entry) {
  if (!value.is_array()) {
    return false;
  }
  std::string problem;
  for (const Json& entry : value) {
    read_entry(Fields(entry, "", problem));
  }
  return problem.empty();
}

bool read(const Json& value, std::vector<SeriesReport>& target) {
  return readList(value, [&target](Fields fields) {
    SeriesReport& series = target.emplace_back();
    std::optional<std::string> head;
    fields.get("series", series.series);
    fields.get("snapshots", series.snapshots);
    fields.get("head", head);
    fields.get("extractions_remaining", series.extractions_remaining);
    series.head = head.value_or("");
  });
}

std::optional<Limit> limitNamed(const std::string& name) {
  const auto* const found = std::find(kLimitNames.begin(), kLimitNames.end(), name);
  return found == kLimitNames.end()
             ? std::nullopt
             : std::optional(static_cast<Limit>(found - kLimitNames.begin()));
}

/// Ignores unknown limits: a newer daemon may have more of them.
bool read(const Json& value, std::vector<LimitReport>& target) {
  return readList(value, [&target](Fields fields) {
    LimitReport limit;
    std::string name;
    std::optional<std::string> path;
    fields.get("limit", name);
    fields.get("extractions_remaining", limit.extractions_remaining);
    fields.get("used", limit.used);
    fields.get("of", limit.of);
    fields.get("remaining", limit.remaining);
    fields.get("path", path);
    fields.getIfThere("per_name", limit.per_name);
    limit.path = path.value_or("");
    if (const auto known = limitNamed(name)) {
      limit.limit = *known;
      target.push_back(std::move(limit));
    }
  });
}

/// Reads only what judgedHeadroom() needs.
bool read(const Json& value, std::vector<HotInodeReport>& target) {
  return readList(value, [&target](Fields fields) {
    HotInodeReport& inode = target.emplace_back();
    fields.get("headroom_links", inode.headroom_links);
    fields.get("size", inode.size_bytes);
  });
}

/// Reads fields that an older daemon does not write.
void readLimits(Fields& fields, CensusReport& census) {
  std::optional<std::string> first;
  fields.getIfThere("first_limit", first);
  census.first_limit = first ? limitNamed(*first) : std::nullopt;
  fields.getIfThere("limits", census.limits);
  fields.getIfThere("hot_inodes", census.hot_inodes);
  std::optional<std::uint64_t> inodes;
  std::optional<std::uint64_t> empty;
  std::optional<std::uint64_t> bytes;
  fields.getIfThere("saturated_inodes", inodes);
  fields.getIfThere("saturated_empty_inodes", empty);
  fields.getIfThere("saturated_bytes", bytes);
  if (inodes) {
    census.saturated = {*inodes, empty.value_or(0), bytes.value_or(0)};
  }
}

RootReport rootFrom(Fields fields) {
  RootReport root;
  fields.get("root", root.name);
  fields.get("path", root.path);
  fields.get("up", root.status.up);
  std::optional<std::string> error;
  fields.get("error", error);
  root.status.error = error.value_or("");
  fields.object("census").get("last_success", root.status.last_success);

  CensusReport census;
  std::optional<bool> complete;
  std::optional<std::uint64_t> layers;
  fields.get("complete", complete);
  fields.get("layers", layers);
  fields.get("headroom_links", census.headroom_links);
  fields.get("extractions_remaining", census.extractions_remaining);
  fields.object("filesystem").get("link_limit", census.filesystem.link_limit);
  std::optional<std::string> layout;
  fields.getIfThere("layout", layout);
  census.layout = layout.value_or("");
  fields.getIfThere("rounds_remaining", census.rounds_remaining);
  fields.getIfThere("series", census.series);
  readLimits(fields, census);
  // Both are null only before the first successful census.
  if (complete && layers) {
    census.complete = *complete;
    census.layers = *layers;
    root.census = std::move(census);
  }
  return root;
}

}  // namespace

Result<Report> parseReport(const std::string& json) {
  const Json document = Json::parse(json, nullptr, false);
  if (document.is_discarded()) {
    return Error{0, "not JSON"};
  }
  const auto roots = document.is_object() ? document.find("roots") : document.end();
  if (roots == document.end() || !roots->is_array()) {
    return Error{0, "no report: there is no list of roots"};
  }
  Report report;
  std::string problem;
  for (const Json& root : *roots) {
    const std::string where = fmt::format("roots[{}]", report.roots.size());
    report.roots.push_back(rootFrom({root, where, problem}));
    if (!problem.empty()) {
      return Error{0, "no report: " + problem};
    }
  }
  return report;
}

}  // namespace hardlink

#pragma once

/// JSON documents (image configurations, manifests, indexes, what Docker notes about containers)
/// that strangers may have written: how much of them is read, and members of the expected types.

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"

namespace hardlink {

/// The longest document that is read, in bytes.
inline constexpr std::uint64_t kLongestDocument = 8 << 20;

/// All documents of one image archive together, in bytes. A document that several images name
/// counts each time, as does one that has to be kept: otherwise a small archive could go on naming
/// it.
inline constexpr std::uint64_t kMostDocumentBytes = 64 << 20;

/// Values nested deeper than in any document are dropped while parsing: eight million brackets
/// would take eighty times their size.
inline constexpr int kDeepestNesting = 32;

/// A value in the document `name`, which errors begin with. Both must outlive it. A member that is
/// null is as if it were missing, which is how Go, and so Docker, reads it.
class JsonView {
 public:
  using Json = nlohmann::json;

  JsonView(const Json& value, std::string_view name) : value_(&value), name_(name) {}

  [[nodiscard]] const Json& value() const { return *value_; }
  [[nodiscard]] bool has(const char* key) const { return find(key) != nullptr; }

  // The member `key` of this object, or the Error that it is not of that type.
  [[nodiscard]] Result<JsonView> object(const char* key) const {
    return require(key, Json::value_t::object, "an object");
  }
  [[nodiscard]] Result<JsonView> list(const char* key) const {
    return require(key, Json::value_t::array, "a list");
  }
  [[nodiscard]] Result<std::string> text(const char* key) const {
    ASSIGN_OR_RETURN(const JsonView member, require(key, Json::value_t::string, "a string"));
    return member.value().get<std::string>();
  }
  /// Empty if it is missing.
  [[nodiscard]] Result<std::string> textIfAny(const char* key) const {
    return has(key) ? text(key) : Result<std::string>(std::string());
  }
  /// Empty if it is missing.
  [[nodiscard]] Result<std::vector<std::string>> textsIfAny(const char* key) const {
    std::vector<std::string> texts;
    if (!has(key)) {
      return texts;
    }
    ASSIGN_OR_RETURN(const JsonView entries, list(key));
    for (const Json& entry : entries.value()) {
      if (!entry.is_string()) {
        return isNot(key, "a list of strings");
      }
      texts.push_back(entry.get<std::string>());
    }
    return texts;
  }

  // The member `key`, or the default if it is missing, of another type, or this is no object.
  [[nodiscard]] std::string textOrEmpty(const char* key) const {
    const Json* const member = find(key);
    return member != nullptr && member->is_string() ? member->get<std::string>() : std::string();
  }
  [[nodiscard]] bool isTrue(const char* key) const {
    const Json* const member = find(key);
    return member != nullptr && member->is_boolean() && member->get<bool>();
  }

  /// What is wrong with the member `key`.
  [[nodiscard]] Error isNot(const char* key, const char* expected) const {
    return {0, fmt::format("{}: {} is not {}", name_, key, expected)};
  }

 private:
  [[nodiscard]] const Json* find(const char* key) const {
    const auto member = value_->is_object() ? value_->find(key) : value_->end();
    return member == value_->end() || member->is_null() ? nullptr : &*member;
  }
  [[nodiscard]] Result<JsonView> require(const char* key, Json::value_t type,
                                         const char* expected) const {
    const Json* const member = find(key);
    if (member == nullptr || member->type() != type) {
      return isNot(key, expected);
    }
    return JsonView(*member, name_);
  }

  const Json* value_;
  std::string_view name_;
};

/// A document that has been parsed.
class JsonDocument {
 public:
  /// `wanted`: the members of its object that are kept; empty: all.
  [[nodiscard]] static Result<JsonDocument> parse(
      const std::string& text, std::string name, const std::vector<std::string_view>& wanted = {}) {
    using Event = nlohmann::json::parse_event_t;
    const auto keep = [&](int depth, Event event, nlohmann::json& parsed) {
      if (event != Event::key || depth != 1 || wanted.empty()) {
        return depth <= kDeepestNesting;
      }
      const auto& key = parsed.get_ref<const std::string&>();
      return std::find(wanted.begin(), wanted.end(), key) != wanted.end();
    };
    JsonDocument document(nlohmann::json::parse(text, keep, false), std::move(name));
    if (document.json_.is_discarded()) {
      return Error{0, document.name_ + " is not JSON"};
    }
    return document;
  }

  [[nodiscard]] JsonView top() const { return {json_, name_}; }

 private:
  JsonDocument(nlohmann::json json, std::string name)
      : json_(std::move(json)), name_(std::move(name)) {}

  nlohmann::json json_;
  std::string name_;
};

}  // namespace hardlink

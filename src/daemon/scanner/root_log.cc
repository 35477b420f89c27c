#include "daemon/scanner/root_log.h"

#include <utility>

#include "base/log.h"

namespace hardlink {
namespace {

std::string orUnknown(const std::optional<std::uint64_t>& figure) {
  return figure ? std::to_string(*figure) : "unknown";
}

}  // namespace

void RootLog::censusSucceeded(const CensusReport& census, double duration_seconds) {
  error_.clear();
  figures(census, duration_seconds);
  layout(census);
  refusedLimit(census.filesystem);
}

void RootLog::contradictions(const std::vector<std::string>& units) const {
  if (!units.empty()) {
    log::error("a full census contradicts the censuses before it; from now on all are full",
               {{"root", root_}, {"directories", units.size()}, {"first", units.front()}});
  }
}

void RootLog::censusFailed(const std::string& error) {
  if (std::exchange(error_, error) != error) {
    log::error("census failed; the figures of the last successful census stay",
               {{"root", root_}, {"error", error}});
  }
}

void RootLog::imageProblems(const std::vector<std::string>& problems) {
  if (problems != image_problems_ && !problems.empty()) {
    log::warn("some of Docker's files cannot be used: margins are right, images may be missing",
              {{"root", root_}, {"problems", problems.size()}, {"first", problems.front()}});
  }
  image_problems_ = problems;
}

void RootLog::figures(const CensusReport& census, double duration_seconds) const {
  log::info("census finished", {{"root", root_},
                                {"layout", census.layout},
                                {"engine", census.engine},
                                {"engine_reason", census.engine_reason},
                                {"fstype", census.filesystem.type},
                                {"link_limit", orUnknown(census.filesystem.link_limit)},
                                {"limit_source", census.filesystem.link_limit_source},
                                {"max_links", census.max_links},
                                {"extractions_remaining", orUnknown(census.extractions_remaining)},
                                {"layers", census.layers},
                                {"inodes", census.inodes},
                                {"names", census.names},
                                {"directories_read", census.directories_read},
                                {"directories_unchanged", census.directories_unchanged},
                                {"duration_seconds", duration_seconds}});
  const CensusErrors& errors = census.errors;
  if (!census.complete) {
    log::warn("census incomplete: some directories could not be read",
              {{"root", root_},
               {"directories", errors.unread_directories},
               {"permission", errors[CensusErrorReason::permission]},
               {"io", errors[CensusErrorReason::io]},
               {"example", errors.example}});
  }
}

void RootLog::layout(const CensusReport& census) {
  const std::string& reason = census.layout_reason;
  if (std::exchange(layout_reason_, reason) != reason) {
    log::info(
        "layout chosen",
        {{"root", root_}, {"layout", census.layout}, {"tool", census.tool}, {"reason", reason}});
  }
}

void RootLog::refusedLimit(const FilesystemReport& filesystem) {
  const std::string warning = hardlink::refusedLimit(filesystem).value_or("");
  if (std::exchange(limit_warning_, warning) != warning && !warning.empty()) {
    log::warn(warning, {{"root", root_}});
  }
}

}  // namespace hardlink

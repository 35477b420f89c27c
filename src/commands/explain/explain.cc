#include "commands/explain/explain.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <cstdio>
#include <filesystem>
#include <string>
#include <system_error>

#include "base/log.h"
#include "census/census.h"
#include "commands/explain/explanation.h"
#include "commands/progress_line.h"
#include "commands/standard_streams.h"
#include "commands/terminal.h"
#include "filesystem/filesystem.h"
#include "roots/count_root.h"
#include "roots/roots.h"

namespace hardlink {
namespace {

constexpr std::size_t kRows = 10;

/// A file, and what identifies it.
struct FoundFile {
  FileFacts facts;
  dev_t device = 0;
  bool is_symlink = false;
};

std::string kindOf(mode_t mode) {
  switch (mode & S_IFMT) {
    case S_IFREG:
      return "regular file";
    case S_IFDIR:
      return "directory";
    case S_IFLNK:
      return "symbolic link";
    case S_IFIFO:
      return "FIFO";
    case S_IFSOCK:
      return "socket";
    case S_IFCHR:
      return "character device";
    case S_IFBLK:
      return "block device";
    default:
      return "file of an unknown kind";
  }
}

/// `path` made absolute, and without symlinks but the file itself.
Result<std::string> absolutePath(const std::string& path) {
  std::error_code error;
  std::filesystem::path file = path;
  // A trailing slash, `.` and `..` mean the directory that they lead to.
  const bool is_name = file.has_filename() && file.filename() != "." && file.filename() != "..";
  const std::filesystem::path directory = is_name ? file.parent_path() : file;
  const auto resolved =
      std::filesystem::canonical(directory.empty() ? std::filesystem::path(".") : directory, error);
  if (error) {
    return Error{error.value(), path};
  }
  return (is_name ? resolved / file.filename() : resolved).string();
}

Result<FoundFile> statFile(const std::string& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) {
    return errnoError(path);
  }
  FoundFile file;
  file.facts.path = path;
  file.facts.kind = kindOf(status.st_mode);
  file.facts.inode = status.st_ino;
  file.facts.links = status.st_nlink;
  file.facts.size_bytes = static_cast<std::uint64_t>(status.st_size);
  file.facts.allocated_bytes = static_cast<std::uint64_t>(status.st_blocks) * 512;
  file.facts.is_directory = S_ISDIR(status.st_mode);
  file.device = status.st_dev;
  file.is_symlink = S_ISLNK(status.st_mode);
  if (file.is_symlink) {
    std::array<char, PATH_MAX> target{};
    const ssize_t length = ::readlink(path.c_str(), target.data(), target.size());
    file.facts.target =
        std::string(target.data(), static_cast<std::size_t>(std::max<ssize_t>(length, 0)));
  }
  return file;
}

std::string parentOf(const std::string& path) {
  return std::filesystem::path(path).parent_path().string();
}

Result<dev_t> deviceOf(const std::string& directory) {
  struct stat status {};
  return ::stat(directory.c_str(), &status) == 0 ? Result(status.st_dev) : errnoError(directory);
}

/// Fails if no name of the file can be below `root`.
Result<void> checkFilesystem(const FoundFile& file, const std::string& type,
                             const std::string& root) {
  ASSIGN_OR_RETURN(const dev_t device, deviceOf(root));
  ASSIGN_OR_RETURN(const dev_t parent, deviceOf(parentOf(file.facts.path)));
  // The files of an overlayfs may have the device of the layer below that they come from.
  const bool same = device == file.device || (type == "overlay" && device == parent);
  if (same) {
    return {};
  }
  return Error{0, root + " is not on the filesystem of " + file.facts.path +
                      "; give --root a directory on that filesystem"};
}

/// The root to count in, and why it was chosen.
struct ChosenRoot {
  RootConfig config;
  std::string reason;
};

/// The root that was given. If it is a data root of Docker with remapped users, it has several
/// overlay directories: the one that holds the file, or the first if none does.
RootConfig namedRoot(const FoundFile& file, const ExplainOptions& options) {
  const auto roots = rootsToCount({*options.root}, options.census, {});
  const auto holds = std::find_if(roots.begin(), roots.end(), [&](const RootConfig& root) {
    return file.facts.path.starts_with(root.path + "/");
  });
  return holds == roots.end() ? roots.front() : *holds;
}

Result<ChosenRoot> chooseRoot(const FoundFile& file, const ExplainOptions& options) {
  ChosenRoot chosen;
  if (options.root) {
    chosen.config = namedRoot(file, options);
    chosen.reason = "given";
    return chosen;
  }
  const auto found = findRoot(file.facts.path);
  if (!found) {
    return found.error();
  }
  chosen.config = rootFromPath(found->path);
  applyFlags(options.census, chosen.config);
  switch (found->layout) {
    case Layout::docker_overlay:
      chosen.reason = "the storage of Docker's overlay driver that holds the file";
      break;
    case Layout::snapshots:
      chosen.reason = "the file has a name at the same place below another child of it";
      break;
    case Layout::store:
    case Layout::none:
      chosen.reason = "the top of the mounted filesystem";
      // Top-level directories that share a file are no snapshots of each other.
      if (chosen.config.layout == LayoutChoice::automatic && chosen.config.layers.empty()) {
        chosen.config.layout = LayoutChoice::none;
      }
      break;
  }
  return chosen;
}

Result<Census> countNames(const FoundFile& file, const RootConfig& root,
                          const ExplainOptions& options) {
  CensusSettings settings;
  // A person waits for this census.
  settings.scan.io_priority = IoPriority::best_effort;
  CensusRequest request = censusRequest(root, settings, {});
  request.hot_inodes = 0;
  request.tracked_inodes = {file.facts.inode};
  request.tracked_paths = options.paths;
  CensusProgress progress;
  const ProgressLine line(root.path, progress);
  CensusTaker taker;
  return taker.take(request, progress, {});
}

/// Notes what has happened to the file while its names were counted.
void noteChanges(const FoundFile& before, Explanation& explanation) {
  const auto after = statFile(before.facts.path);
  if (!after) {
    explanation.notes.emplace_back("the file was removed while its names were counted");
  } else if (after->facts.inode != before.facts.inode || after->device != before.device) {
    explanation.notes.emplace_back("another file took its place while its names were counted");
  } else if (after->facts.links != before.facts.links) {
    explanation.notes.push_back("its links changed from " + std::to_string(before.facts.links) +
                                " to " + std::to_string(after->facts.links) +
                                " while its names were counted");
  }
}

void noteProblems(const Census& census, Explanation& explanation) {
  const CensusErrors& errors = census.counts.errors;
  if (errors.unread_directories > 0) {
    explanation.notes.push_back("some directories could not be read, so there may be more names: " +
                                errors.example);
  }
  for (const std::string& problem : census.images.problems) {
    explanation.notes.push_back("images may be missing: " + problem);
  }
}

/// Counts the file's names and adds who holds them.
Result<void> explainLinks(const FoundFile& file, const ExplainOptions& options,
                          Explanation& explanation) {
  ASSIGN_OR_RETURN(ChosenRoot root, chooseRoot(file, options));
  RETURN_IF_ERROR(checkFilesystem(file, explanation.filesystem.type, root.config.path));
  ASSIGN_OR_RETURN(const Census census, countNames(file, root.config, options));
  // The tool that makes the links may have a limit below that of the filesystem.
  explanation.filesystem = describe(census.filesystem);
  explanation.headroom_links = explainFile(file.facts, explanation.filesystem).headroom_links;
  explanation.root = root.config.path;
  explanation.root_reason = root.reason;
  explanation.names = explainNames(file.facts.inode, file.facts.links, census.counts, census.farm,
                                   explanation.filesystem.link_limit, census.images);
  noteChanges(file, explanation);
  noteProblems(census, explanation);
  return {};
}

Result<Explanation> explain(const ExplainOptions& options) {
  ASSIGN_OR_RETURN(const std::string path, absolutePath(options.file));
  ASSIGN_OR_RETURN(const FoundFile file, statFile(path));
  // A file can be a mount point of its own; a symlink would lead elsewhere.
  ASSIGN_OR_RETURN(
      const FilesystemInfo filesystem,
      inspectFilesystem(file.is_symlink ? parentOf(path) : path, options.census.link_limit));
  Explanation explanation = explainFile(file.facts, describe(filesystem));
  if (const auto warning = refusedLimit(explanation.filesystem)) {
    complain("explain", *warning);
  }
  if (file.facts.is_directory) {
    return explanation;
  }
  if (file.facts.links <= 1) {
    explanation.notes.emplace_back("the file has no other name, so nothing was counted");
    return explanation;
  }
  RETURN_IF_ERROR(explainLinks(file, options, explanation));
  return explanation;
}

std::string render(const Explanation& explanation, const ExplainOptions& options) {
  if (options.format == OutputFormat::json) {
    return renderExplanationJson(explanation);
  }
  TableOptions table = terminal::tableOptions(STDOUT_FILENO);
  table.top = kRows;
  return renderExplanation(explanation, table);
}

}  // namespace

int runExplain(const ExplainOptions& options) {
  // Between the progress line and the result only errors may be printed.
  log::configure(log::Level::error, log::Format::logfmt);
  if (const auto why_not = options.root ? whyNoRoot({*options.root}) : std::nullopt) {
    complain("explain", *why_not);
    return kExitUsage;
  }
  const auto explanation = explain(options);
  if (!explanation) {
    complain("explain", explanation.error().message());
    return kExitFailed;
  }
  const std::string text = render(*explanation, options);
  return writeOut("explain", text, kindOf(options.format)) ? kExitOk : kExitFailed;
}

}  // namespace hardlink

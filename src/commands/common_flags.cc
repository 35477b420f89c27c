#include "commands/common_flags.h"

#include "config/validate.h"

namespace hardlink {

TextKind kindOf(OutputFormat format) {
  switch (format) {
    case OutputFormat::json:
      return TextKind::json;
    case OutputFormat::prometheus:
      return TextKind::metrics;
    case OutputFormat::table:
      break;
  }
  return TextKind::plain;
}

void addTableOrJson(Flags& flags, OutputFormat& format) {
  flags.choice("--format", format, OutputFormat::table, kFormatHelp,
               {toString(OutputFormat::table), toString(OutputFormat::json)});
}

void addPaths(Flags& flags, std::vector<std::string>& paths) {
  flags.operands("PATH", paths, "Directories to count (default: Docker's overlay storage)");
}

void addLinkLimit(Flags& flags, std::optional<std::uint64_t>& limit) {
  flags.number("--link-limit", limit, 1, UINT64_MAX,
               "Links that an inode may have (default and maximum: the filesystem's limit)");
}

void addCensusFlags(Flags& flags, CensusFlags& census) {
  flags.choice("--engine", census.engine, EngineChoice::automatic,
               "Read the tree by its directories (walk) or from its block device (ext4)");
  flags.choice("--layout", census.layout, LayoutChoice::automatic,
               "Say what kind of tree is counted");
  const auto store_tool = [&census](const std::string& text) -> Result<void> {
    ASSIGN_OR_RETURN(census.tool, parseTool(text));
    return {};
  };
  flags.value("--tool", store_tool,
              "Say which tool makes the links: " + joined(toolChoices()) + " (default auto)");
  const auto store_layers = [&census](const std::string& text) -> Result<void> {
    RETURN_IF_ERROR(checkLayersGlob(text));
    census.layers = text;
    return {};
  };
  flags.value("--layers", store_layers,
              "Glob that names the layers, relative to PATH, for example '*/root' or "
              "'{daily,weekly}.*'");
  addLinkLimit(flags, census.link_limit);
  flags.check([&census]() -> Result<void> {
    RootConfig root;
    applyFlags(census, root);
    const auto fits = checkTool(root);
    return fits ? Result<void>() : Error{0, "--tool: " + fits.error().context};
  });
}

}  // namespace hardlink

#include <string_view>

#include "base/text.h"
#include "commands/explain/explanation.h"
#include "exposition/phrases.h"
#include "exposition/terminal/columns.h"
#include "exposition/terminal/table_text.h"

namespace hardlink {
namespace {

using Align = Columns::Align;

constexpr std::size_t kLabelColumns = 11;

class ExplanationTable {
 public:
  ExplanationTable(const Explanation& explanation, const TableOptions& options)
      : explanation_(explanation),
        options_(options),
        text_(options),
        words_(layerWords(explanation.names ? explanation.names->layout : "")) {}

  std::string render() {
    file();
    line("On", text_.filesystem(explanation_.filesystem));
    if (explanation_.names) {
      names(*explanation_.names);
      margin(*explanation_.names);
    }
    for (const std::string& note : explanation_.notes) {
      line("Note", text_.shown(note), kYellow);
    }
    if (explanation_.names) {
      groups(*explanation_.names);
      images(*explanation_.names);
      containers(*explanation_.names);
      paths(*explanation_.names);
    }
    return text_.finished(std::move(out_));
  }

 private:
  void file();
  void names(const NamesOfFile& names);
  void namesInLayers(const NamesOfFile& names);
  void margin(const NamesOfFile& names);
  void groups(const NamesOfFile& names);
  void images(const NamesOfFile& names);
  void containers(const NamesOfFile& names);
  void paths(const NamesOfFile& names);

  [[nodiscard]] std::string layers(std::uint64_t count) const {
    return counted(count, words_.one, words_.many);
  }
  /// `label` and, wrapped beside it, `text`.
  void line(std::string_view label, std::string_view text, std::string_view style = {});

  const Explanation& explanation_;
  const TableOptions& options_;
  TableText text_;
  LayerWords words_;
  std::string out_;
};

void ExplanationTable::line(std::string_view label, std::string_view text, std::string_view style) {
  out_ += text_.labelled(label, kLabelColumns, text, style);
}

void ExplanationTable::file() {
  const FileFacts& file = explanation_.file;
  out_ += text_.colored(text_.shown(file.path), kBold) + "\n";
  std::string what = file.kind + ", inode " + std::to_string(file.inode);
  if (!file.is_directory) {
    what += ", " + counted(file.size_bytes, "byte", "bytes");
  }
  line("File", what);
  if (file.target) {
    line("Points to", text_.shown(*file.target) + " (what is explained here is the link itself)");
  }
  const FilesystemReport& filesystem = explanation_.filesystem;
  if (file.is_directory) {
    line("Holds", explanation_.subdirectories
                      ? counted(*explanation_.subdirectories, "subdirectory", "subdirectories") +
                            (filesystem.subdirectory_limit
                                 ? " of " + thousands(*filesystem.subdirectory_limit)
                                 : std::string(", no limit known"))
                      : "a number of subdirectories that its link count does not tell");
    return;
  }
  std::string links = thousands(file.links);
  if (filesystem.link_limit) {
    links += " of " + thousands(*filesystem.link_limit) + ", headroom " +
             orUnknown(explanation_.headroom_links);
  }
  if (explanation_.allocated_bytes.value_or(0) > 0) {
    line("Takes",
         byteSize(*explanation_.allocated_bytes) +
             (file.links > 1 ? " once; as " + thousands(file.links) + " copies it would take " +
                                   byteSize(*bytesAsCopies(explanation_))
                             : ""));
  } else {
    line("Takes", "no block beside its inode");
  }
  line("Links", links, explanation_.headroom_links.value_or(1) <= 0 ? kRed : "");
}

void ExplanationTable::names(const NamesOfFile& names) {
  line("Root", text_.shown(explanation_.root) + ": " + explanation_.root_reason + " (layout " +
                   text_.shown(layoutAndTool(names.layout, names.tool)) + ", engine " +
                   text_.shown(names.engine) + ")");
  line("Names", thousands(names.in_root) + " of " + thousands(names.links) + " below the root");
  namesInLayers(names);
  if (names.in_unfinished_layers > 0) {
    line("",
         thousands(names.in_unfinished_layers) + " in " + std::string(words_.many) +
             " that are being made or were left over by a failure",
         kYellow);
  }
  if (names.elsewhere_in_root > 0) {
    line("", thousands(names.elsewhere_in_root) +
                 (names.all_layers > 0 ? " elsewhere below the root"
                                       : " below it, in no " + std::string(words_.one)));
  }
  if (names.outside_root > 0) {
    line("", thousands(names.outside_root) + " outside of the root", kYellow);
  }
}

void ExplanationTable::namesInLayers(const NamesOfFile& names) {
  if (names.all_layers == 0) {
    return;
  }
  std::string text = thousands(names.in_layers) + " in " + layers(names.layers) + " of " +
                     thousands(names.all_layers);
  if (names.orphan_layers.value_or(0) > 0) {
    text += "; " + thousands(*names.orphan_layers) + " of them belong to no image";
  }
  line("", text);
}

void ExplanationTable::margin(const NamesOfFile& names) {
  if (names.layers > 0 && names.heads == 0) {
    line("Next", "the next " + std::string(words_.one) +
                     " takes no link of this file: no head has a name of it");
  }
  if (!names.tightest) {
    return;
  }
  const TightestShare& tightest = *names.tightest;
  const std::string one(words_.one);
  std::string text = (one == "layer" ? "one more layer on top of " : "one more copy of ") +
                     text_.layerName(tightest.layer) + " takes " +
                     counted(tightest.names, "more link", "more links") + " of this file";
  if (tightest.extractions_remaining) {
    const std::uint64_t left = *tightest.extractions_remaining;
    text += ": " + thousands(left) + " more " +
            (left == 1 ? one + " fits" : std::string(words_.many) + " fit");
    if (tightest.layer_extractions_remaining < tightest.extractions_remaining) {
      text += ", but another file of it has room for no more than " +
              thousands(*tightest.layer_extractions_remaining);
    }
  }
  line("Next", text, tightest.extractions_remaining == 0U ? kRed : "");
}

void ExplanationTable::groups(const NamesOfFile& names) {
  out_ += text_.list<LayerGroup>(
      capitalized(words_.many),
      {{std::string(words_.many), Align::right, 0,
        [](const auto& group) { return thousands(group.layers); }},
       {"names each", Align::right, 0, [](const auto& group) { return thousands(group.names); }},
       {"together", Align::right, 0,
        [](const auto& group) { return thousands(group.layers * group.names); }},
       {"for example", Align::left, 0,
        [&](const auto& group) { return text_.layerName(group.example); }}},
      names.groups, options_.top);
}

void ExplanationTable::images(const NamesOfFile& names) {
  out_ += text_.list<HolderShare>(
      "Images",
      {{"links", Align::right, 0, [](const auto& image) { return thousands(image.links); }},
       {"layers", Align::right, 0, [](const auto& image) { return thousands(image.layers); }},
       {"image", Align::left, 0,
        [&](const auto& image) {
          return text_.shown(image.names.empty() ? image.id : joined(image.names));
        }}},
      names.images, options_.top);
}

void ExplanationTable::containers(const NamesOfFile& names) {
  out_ += text_.list<HolderShare>(
      "Containers",
      {{"links", Align::right, 0, [](const auto& holder) { return thousands(holder.links); }},
       {"layers", Align::right, 0, [](const auto& holder) { return thousands(holder.layers); }},
       {"state", Align::left, 0,
        [&](const auto& holder) {
          return holder.state.empty() ? std::string(kUnknown) : text_.shown(holder.state);
        }},
       {"container", Align::left, 0,
        [&](const auto& holder) {
          return text_.name(holder.names.empty() ? holder.id : holder.names.front());
        }},
       {"image", Align::left, 0, [&](const auto& holder) { return text_.shown(holder.image); }}},
      names.containers, options_.top);
}

void ExplanationTable::paths(const NamesOfFile& names) {
  if (names.paths.empty()) {
    return;
  }
  out_ += text_.title("Names", names.paths.size(), names.in_root);
  for (const std::string& path : names.paths) {
    const std::string safe = text_.name(path);
    const std::size_t room = options_.width > 2 * kIndent ? options_.width - kIndent : 0;
    out_.append(kIndent, ' ').append(room == 0 ? safe : shortened(safe, room)).append("\n");
  }
}

}  // namespace

std::string renderExplanation(const Explanation& explanation, const TableOptions& options) {
  return ExplanationTable(explanation, options).render();
}

}  // namespace hardlink

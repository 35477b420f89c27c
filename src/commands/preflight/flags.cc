#include "commands/preflight/preflight.h"

namespace hardlink {
namespace {

constexpr const char* kFooter =
    "Reads the headers of the layers that are not there yet and goes through what Docker would do\n"
    "with them, link by link, with the inodes and the space that this takes. Nothing is\n"
    "extracted, and no file's content is looked at. Of an OCI layout, the image for this host's\n"
    "platform. An archive of several images is answered for all of them, in the order in which\n"
    "docker load takes them. The answer holds as long as no other layers are made.\n"
    "A classic docker build needs the links of its parent once more, for a moment, at each step,\n"
    "also at those that only change metadata (ENV, LABEL): keep a margin of 1 for it.\n"
    "Exit codes: 0 yes; 1 no, or it cannot be told; 2 wrong usage.\n"
    "\n"
    "Examples:\n"
    "  docker save -o app.tar app:2 && hardlink_exporter preflight app.tar\n"
    "  hardlink_exporter preflight --format=json app.tar.gz /var/lib/docker\n"
    "  skopeo copy docker://registry.example/app:2 oci:app && hardlink_exporter preflight app";

}  // namespace

void addPreflightFlags(Flags& flags, PreflightOptions& options) {
  flags.operand("IMAGE", options.image,
                "What docker save wrote, or an OCI layout: a tar, also compressed, or a directory");
  flags.operand("PATH", options.path,
                "Docker's data root or its overlay directory; without it, the one of this host");
  flags.choice("--format", options.format, parseTableOrJson, "table, json", "table");
  addLinkLimit(flags, options.link_limit);
  flags.footer(kFooter);
}

}  // namespace hardlink

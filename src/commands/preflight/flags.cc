#include "commands/preflight/preflight.h"

namespace hardlink {
namespace {

constexpr const char* kFooter =
    "Reads the headers of the layers that are not on this host yet, and simulates what Docker "
    "would\n"
    "do with them: link by link, with the inodes and the space that each step takes. Nothing is\n"
    "extracted, and no file's content is read. Of an OCI layout, the image for this host's "
    "platform\n"
    "is used. Of an archive with several images, all are simulated in the order of docker load.\n"
    "The answer holds as long as no other layers are made.\n"
    "Each step of a classic docker build needs the links of its parent layer once more for a "
    "moment,\n"
    "even a step that only changes metadata (ENV, LABEL): keep room for one more layer.\n"
    "With --unpack=DIR no layer is linked to another: each one becomes a directory of its own, and "
    "the\n"
    "question is whether one layer has more names of one file than DIR's filesystem allows, or "
    "takes\n"
    "more inodes or space than are free there. Which layers are there already is not known: if "
    "there\n"
    "is room for each but not for all, the answer is 3. What the engine stores beside the layers "
    "is\n"
    "not counted, nor are extended attributes.\n"
    "Exit codes: 0 yes; 1 no; 2 wrong usage; 3 cannot be told, for example because the link limit "
    "is\n"
    "unknown, or the image or the storage is damaged or cannot be read.\n"
    "If standard input is a pipe, the image is first copied to a file without a name in $TMPDIR, "
    "by\n"
    "default /var/tmp, which must have room for it. It takes no more memory than a file.\n"
    "\n"
    "Examples:\n"
    "  docker save app:2 | hardlink_exporter preflight -\n"
    "  docker save -o app.tar app:2 && hardlink_exporter preflight app.tar\n"
    "  podman save app:2 | hardlink_exporter preflight --unpack=/var/lib/containers -\n"
    "  hardlink_exporter preflight --format=json app.tar.gz /var/lib/docker\n"
    "  skopeo copy docker://registry.example/app:2 oci:app && hardlink_exporter preflight app";

}  // namespace

void addPreflightFlags(Flags& flags, PreflightOptions& options) {
  flags.operand("IMAGE", options.image,
                "Output of docker save, or an OCI layout: a tar, also compressed, or a directory; "
                "- is standard input");
  flags.operand("PATH", options.path,
                "Docker's data root or its overlay directory; without it, the one of this host");
  flags.text("--unpack", options.unpack,
             "For overlay2, containerd, Podman, images of bootc: say whether each layer unpacks by "
             "itself on the filesystem of this directory");
  flags.excludes("--unpack", "PATH");
  addTableOrJson(flags, options.format);
  addLinkLimit(flags, options.link_limit);
  flags.footer(kFooter);
}

}  // namespace hardlink

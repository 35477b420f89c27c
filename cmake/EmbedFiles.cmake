# Writes a source file that holds the bytes of the status page's files (src/exposition/page/status_page.h):
#
#     cmake -DFILES=FILE,FILE -DOUTPUT=FILE -P EmbedFiles.cmake
#
# The version is a digest of all files, so an address with it always has the same content.
string(REPLACE "," ";" FILES "${FILES}")

set(digests "")
set(arrays "")
set(rows "")
foreach(file IN LISTS FILES)
  get_filename_component(name ${file} NAME)
  file(SHA256 ${file} digest)
  string(APPEND digests "${name} ${digest}\n")
  file(READ ${file} bytes HEX)
  string(REGEX REPLACE "(..)" "'\\\\x\\1'," bytes "${bytes}")
  string(MAKE_C_IDENTIFIER ${name} identifier)
  string(APPEND arrays "constexpr char k_${identifier}[] = {${bytes}};\n")
  string(APPEND rows "    {\"${name}\", {k_${identifier}, sizeof k_${identifier}}},\n")
endforeach()
string(SHA256 version "${digests}")
string(SUBSTRING ${version} 0 16 version)

file(WRITE ${OUTPUT} "#include \"exposition/page/status_page.h\"

namespace hardlink {
namespace {

${arrays}
constexpr PageFile kFiles[] = {
${rows}};

}  // namespace

std::span<const PageFile> pageFiles() { return kFiles; }

std::string_view pageFilesVersion() { return \"${version}\"; }

}  // namespace hardlink
")

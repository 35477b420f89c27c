# Writes base/version.h. The revision is that of the checkout, or -DHARDLINK_REVISION=… for builds
# from an archive.
if(NOT HARDLINK_REVISION)
  execute_process(COMMAND git -C ${CMAKE_SOURCE_DIR} rev-parse --short=12 HEAD
                  OUTPUT_VARIABLE HARDLINK_REVISION OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
endif()
if(NOT HARDLINK_REVISION)
  set(HARDLINK_REVISION unknown)
endif()
configure_file(${CMAKE_SOURCE_DIR}/src/base/version.h.in
               ${CMAKE_BINARY_DIR}/generated/base/version.h @ONLY)

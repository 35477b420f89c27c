# deploy/release/launcher.cc, for scripts/release.sh: linked statically, and without the C++ library.
if(NOT EXISTS ${CMAKE_SOURCE_DIR}/deploy/release OR HARDLINK_SANITIZE)
  return()
endif()
add_executable(launcher ${CMAKE_SOURCE_DIR}/deploy/release/launcher.cc)
target_compile_options(launcher PRIVATE -fno-exceptions -fno-rtti -fno-asynchronous-unwind-tables)
target_link_libraries(launcher PRIVATE hardlink_warnings hardlink_hardening)
target_link_options(launcher PRIVATE -static)
set_target_properties(launcher PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})

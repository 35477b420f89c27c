# hardlink_sanitizers: compile and link flags for -DHARDLINK_SANITIZE=address,undefined or =thread.
add_library(hardlink_sanitizers INTERFACE)
if(HARDLINK_SANITIZE)
  set(flags -fsanitize=${HARDLINK_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_compile_options(hardlink_sanitizers INTERFACE ${flags})
  target_link_options(hardlink_sanitizers INTERFACE ${flags})
endif()
# With -DHARDLINK_FUZZ=ON everything tells libFuzzer which way it went.
if(HARDLINK_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL Clang)
    message(FATAL_ERROR "HARDLINK_FUZZ needs clang: CC=clang CXX=clang++, or the preset fuzz")
  endif()
  target_compile_options(hardlink_sanitizers INTERFACE -fsanitize=fuzzer-no-link)
endif()

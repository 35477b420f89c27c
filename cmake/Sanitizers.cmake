# hardlink_sanitizers: compile and link flags for -DHARDLINK_SANITIZE=address,undefined or =thread.
add_library(hardlink_sanitizers INTERFACE)
if(HARDLINK_SANITIZE)
  set(flags -fsanitize=${HARDLINK_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_compile_options(hardlink_sanitizers INTERFACE ${flags})
  target_link_options(hardlink_sanitizers INTERFACE ${flags})
endif()

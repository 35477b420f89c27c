# hardlink_hardening: the usual defences of a daemon. _FORTIFY_SOURCE needs an optimised build and
# does not work with the sanitizers.
add_library(hardlink_hardening INTERFACE)
target_compile_options(hardlink_hardening INTERFACE -fstack-protector-strong -fstack-clash-protection
  $<$<STREQUAL:${CMAKE_SYSTEM_PROCESSOR},x86_64>:-fcf-protection>)
if(NOT HARDLINK_SANITIZE)
  target_compile_options(hardlink_hardening INTERFACE
    $<$<CONFIG:Release,RelWithDebInfo>:-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2>)
endif()
target_compile_definitions(hardlink_hardening INTERFACE $<$<CONFIG:Debug>:_GLIBCXX_ASSERTIONS>)
target_link_options(hardlink_hardening INTERFACE -Wl,-z,relro,-z,now)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

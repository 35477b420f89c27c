# hardlink_warnings: what the compiler must say about our own code (never about third parties').
add_library(hardlink_warnings INTERFACE)
target_compile_options(hardlink_warnings INTERFACE
  $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion
  -Wnon-virtual-dtor -Wold-style-cast -Wcast-align -Woverloaded-virtual
  -Wdouble-promotion -Wimplicit-fallthrough>
  $<$<AND:$<COMPILE_LANGUAGE:CXX>,$<BOOL:${HARDLINK_WERROR}>>:-Werror>)
# Of files that are joined into one the names of each seem to hide those of the others.
if(NOT CMAKE_UNITY_BUILD)
  target_compile_options(hardlink_warnings INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-Wshadow>)
endif()
# GCC 12 sees overlapping copies in every `"text" + std::string` that it inlines (PR 105651).
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  target_compile_options(hardlink_warnings INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-Wno-restrict>)
endif()
# Under a sanitizer GCC takes what std::regex is made of for uninitialized (PR 105562).
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND HARDLINK_SANITIZE)
  target_compile_options(hardlink_warnings INTERFACE
                         $<$<COMPILE_LANGUAGE:CXX>:-Wno-maybe-uninitialized>)
endif()

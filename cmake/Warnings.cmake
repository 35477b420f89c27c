# hardlink_warnings: what the compiler must say about our own code (never about third parties').
add_library(hardlink_warnings INTERFACE)
target_compile_options(hardlink_warnings INTERFACE
  $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion
  -Wnon-virtual-dtor -Wold-style-cast -Wcast-align -Woverloaded-virtual
  -Wdouble-promotion -Wimplicit-fallthrough>
  $<$<AND:$<COMPILE_LANGUAGE:CXX>,$<BOOL:${HARDLINK_WERROR}>>:-Werror>)
# GCC 12 sees overlapping copies in every `"text" + std::string` that it inlines (PR 105651).
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  target_compile_options(hardlink_warnings INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-Wno-restrict>)
endif()
# Under a sanitizer GCC takes what std::regex is made of for uninitialized (PR 105562).
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND HARDLINK_SANITIZE)
  target_compile_options(hardlink_warnings INTERFACE
                         $<$<COMPILE_LANGUAGE:CXX>:-Wno-maybe-uninitialized>)
endif()

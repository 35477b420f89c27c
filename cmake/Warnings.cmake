# hardlink_warnings: what the compiler must say about our own code (never about third parties').
add_library(hardlink_warnings INTERFACE)
target_compile_options(hardlink_warnings INTERFACE
  $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion
  -Wnon-virtual-dtor -Wold-style-cast -Wcast-align -Woverloaded-virtual
  -Wdouble-promotion -Wimplicit-fallthrough>
  $<$<AND:$<COMPILE_LANGUAGE:CXX>,$<BOOL:${HARDLINK_WERROR}>>:-Werror>)

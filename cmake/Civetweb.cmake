# civetweb::embedded: civetweb from its distribution source, which scripts/deps.sh unpacks. (The name
# civetweb::civetweb is taken by Debian's binary, which prometheus-cpp's package brings.)
#
# Debian's binary cannot be used: it is built without IPv6 in Debian 12, and for OpenSSL 1.1, so it crashes
# on the first TLS client. This one links the system's OpenSSL 3, and cannot reach a file:
# NO_FILES removes serving files, NO_CGI running them.
set(CIVETWEB_SOURCE_DIR ${CMAKE_SOURCE_DIR}/build/deps/civetweb CACHE PATH "Source of civetweb 1.15")
if(NOT EXISTS ${CIVETWEB_SOURCE_DIR}/src/civetweb.c)
  message(FATAL_ERROR "No civetweb source in ${CIVETWEB_SOURCE_DIR}: run scripts/deps.sh, "
                      "or set -DCIVETWEB_SOURCE_DIR=")
endif()

add_library(civetweb_embedded STATIC ${CIVETWEB_SOURCE_DIR}/src/civetweb.c
                                     ${CMAKE_SOURCE_DIR}/src/http/sockets/civetweb_calls.cc)
add_library(civetweb::embedded ALIAS civetweb_embedded)
target_include_directories(civetweb_embedded SYSTEM PUBLIC ${CIVETWEB_SOURCE_DIR}/include)
# Milliseconds between two checks of a waiting thread whether it should stop: the default is two
# seconds, all the time that SIGTERM has. civetweb_calls.cc replaces accept(), bind() and close().
target_compile_definitions(civetweb_embedded PRIVATE
  USE_IPV6 NO_SSL_DL OPENSSL_API_3_0 NO_CGI NO_CACHING NO_FILES SOCKET_TIMEOUT_QUANTUM=100
  $<$<COMPILE_LANGUAGE:C>:accept=hardlinkAccept>
  $<$<COMPILE_LANGUAGE:C>:bind=hardlinkBind>
  $<$<COMPILE_LANGUAGE:C>:close=hardlinkClose>)
target_compile_options(civetweb_embedded PRIVATE $<$<COMPILE_LANGUAGE:C>:-w>)
target_link_libraries(civetweb_embedded
  PRIVATE hardlink_hardening hardlink::base
  PUBLIC OpenSSL::SSL OpenSSL::Crypto Threads::Threads)
# Its flag to stop is a plain volatile, a data race that ThreadSanitizer reports.
if(HARDLINK_SANITIZE MATCHES thread)
  set_source_files_properties(${CIVETWEB_SOURCE_DIR}/src/civetweb.c
                              PROPERTIES COMPILE_OPTIONS -fno-sanitize=thread)
endif()

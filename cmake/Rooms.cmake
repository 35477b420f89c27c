# hardlink_room(NAME [ROOMS room...] [PRIVATE third-party...]): one folder of src/ as one static library.
#
# ROOMS are the rooms whose headers this one may include (the table in docs/design.md; a test compares
# the #include lines with it). PRIVATE names the third parties this room alone uses.
function(hardlink_room name)
  cmake_parse_arguments(ROOM "" "" "SOURCES;ROOMS;PRIVATE" ${ARGN})
  set(target hardlink_${name})
  add_library(${target} STATIC ${ROOM_SOURCES})
  add_library(hardlink::${name} ALIAS ${target})
  target_include_directories(${target} PUBLIC ${CMAKE_SOURCE_DIR}/src)
  list(TRANSFORM ROOM_ROOMS PREPEND hardlink::)
  target_link_libraries(${target} PUBLIC ${ROOM_ROOMS} hardlink_sanitizers
                                  PRIVATE hardlink_warnings hardlink_hardening ${ROOM_PRIVATE})
endfunction()

# hardlink_room(NAME SOURCES file... [ALONE file...] [ROOMS room...] [PRIVATE third-party...])
#
# One folder of src/ as one static library.
#
# ROOMS are the rooms whose headers this one may include (the table in docs/design.md; a test compares
# the #include lines with it). PRIVATE names the third parties this room alone uses.
# ALONE: see hardlink_alone().
function(hardlink_room name)
  cmake_parse_arguments(ROOM "" "" "SOURCES;ALONE;ROOMS;PRIVATE" ${ARGN})
  set(target hardlink_${name})
  add_library(${target} STATIC ${ROOM_SOURCES})
  add_library(hardlink::${name} ALIAS ${target})
  target_include_directories(${target} PUBLIC ${CMAKE_SOURCE_DIR}/src)
  hardlink_alone(${ROOM_ALONE})
  list(TRANSFORM ROOM_ROOMS PREPEND hardlink::)
  target_link_libraries(${target} PUBLIC ${ROOM_ROOMS} hardlink_sanitizers
                                  PRIVATE hardlink_warnings hardlink_hardening ${ROOM_PRIVATE})
endfunction()

# hardlink_alone(FILE...): sources that are compiled alone where CMAKE_UNITY_BUILD joins several into
# one (for sanitizers, which compile three times as fast then), because they have a name of their own
# for what another file of the same library calls the same.
function(hardlink_alone)
  if(ARGN)
    set_source_files_properties(${ARGN} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  endif()
endfunction()

# The rooms: each folder of src/ with sources is one static library. src/CMakeLists.txt has the table.
#
# hardlink_third_party(NAME [TARGETS target...] HEADERS name...)
#
# What the table calls NAME: the targets to link, and the first components of its headers' names.
function(hardlink_third_party name)
  cmake_parse_arguments(PARTY "" "" "TARGETS;HEADERS" ${ARGN})
  set_property(GLOBAL APPEND PROPERTY hardlink_third_parties ${name})
  set_property(GLOBAL PROPERTY hardlink_targets_${name} ${PARTY_TARGETS})
  set_property(GLOBAL APPEND_STRING PROPERTY hardlink_table
               "third-party ${name}: ${PARTY_HEADERS}\n")
endfunction()

# room(NAME [ROOMS room...] [USES third-party...])
#
# One row of the table: the room NAME may include headers of ROOMS, which stand in earlier rows, and
# is linked to the third parties USES.
function(room name)
  cmake_parse_arguments(ROOM "" "" "ROOMS;USES" ${ARGN})
  get_property(known GLOBAL PROPERTY hardlink_third_parties)
  set(targets)
  foreach(party IN LISTS ROOM_USES)
    if(NOT party IN_LIST known)
      message(FATAL_ERROR "room ${name}: no third party is called ${party}")
    endif()
    get_property(party_targets GLOBAL PROPERTY hardlink_targets_${party})
    list(APPEND targets ${party_targets})
  endforeach()
  get_property(earlier GLOBAL PROPERTY hardlink_rooms)
  foreach(other IN LISTS ROOM_ROOMS)
    if(NOT other IN_LIST earlier)
      message(FATAL_ERROR "room ${name}: ${other} is not in an earlier row")
    endif()
  endforeach()
  set_property(GLOBAL APPEND PROPERTY hardlink_rooms ${name})
  set_property(GLOBAL PROPERTY hardlink_rooms_of_${name} ${ROOM_ROOMS})
  set_property(GLOBAL PROPERTY hardlink_targets_of_${name} ${targets})
  set_property(GLOBAL APPEND_STRING PROPERTY hardlink_table
               "room ${name}: ${ROOM_ROOMS} | ${ROOM_USES}\n")
  add_subdirectory(${name})
endfunction()

# hardlink_write_table(FILE): the table for tests/check_rooms.py, which compares the #include lines
# and the documentation with it.
function(hardlink_write_table file)
  get_property(table GLOBAL PROPERTY hardlink_table)
  string(REPLACE ";" " " table "${table}")
  file(WRITE ${file} "${table}")
endfunction()

# hardlink_room(NAME SOURCES file... [ALONE file...])
#
# The library of a room, in the CMakeLists.txt of its folder: that of census/ext4 is called
# hardlink::census_ext4. ALONE: see hardlink_alone().
function(hardlink_room name)
  cmake_parse_arguments(ROOM "" "" "SOURCES;ALONE" ${ARGN})
  string(REPLACE "/" "_" library ${name})
  set(target hardlink_${library})
  add_library(${target} STATIC ${ROOM_SOURCES})
  add_library(hardlink::${library} ALIAS ${target})
  target_include_directories(${target} PUBLIC ${CMAKE_SOURCE_DIR}/src)
  hardlink_alone(${ROOM_ALONE})
  get_property(rooms GLOBAL PROPERTY hardlink_rooms_of_${name})
  get_property(third_parties GLOBAL PROPERTY hardlink_targets_of_${name})
  list(TRANSFORM rooms REPLACE "/" "_")
  list(TRANSFORM rooms PREPEND hardlink::)
  target_link_libraries(${target} PUBLIC ${rooms} hardlink_sanitizers
                                  PRIVATE hardlink_warnings hardlink_hardening Threads::Threads
                                          ${third_parties})
endfunction()

# hardlink_alone(FILE...): sources that are compiled alone where CMAKE_UNITY_BUILD joins several into
# one (for sanitizers, which compile three times as fast then), because they have a name of their own
# for what another file of the same library calls the same.
function(hardlink_alone)
  if(ARGN)
    set_source_files_properties(${ARGN} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  endif()
endfunction()

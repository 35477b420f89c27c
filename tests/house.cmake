# The rules of the house that a program can check. The linters are those of Debian 12: other versions
# format and warn differently, so that elsewhere these two tests are left out.
find_package(Python3 REQUIRED COMPONENTS Interpreter)
add_test(NAME house.rooms
         COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_LIST_DIR}/check_rooms.py ${CMAKE_SOURCE_DIR}
                 ${CMAKE_BINARY_DIR}/rooms.txt)
add_test(NAME house.references
         COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_LIST_DIR}/check_references.py
                 ${CMAKE_SOURCE_DIR})
set_tests_properties(house.rooms house.references PROPERTIES LABELS house)

find_program(CLANG_FORMAT clang-format-14)
find_program(RUN_CLANG_TIDY run-clang-tidy-14)
if(CLANG_FORMAT)
  file(GLOB_RECURSE sources ${CMAKE_SOURCE_DIR}/src/*.h ${CMAKE_SOURCE_DIR}/src/*.cc
       ${CMAKE_SOURCE_DIR}/tests/*.h ${CMAKE_SOURCE_DIR}/tests/*.cc ${CMAKE_SOURCE_DIR}/bench/*.cc)
  add_test(NAME house.format COMMAND ${CLANG_FORMAT} --dry-run --Werror ${sources})
  set_tests_properties(house.format PROPERTIES LABELS house)
endif()
if(RUN_CLANG_TIDY AND NOT HARDLINK_SANITIZE)
  add_test(NAME house.tidy
           COMMAND ${CMAKE_CURRENT_LIST_DIR}/tidy.sh ${CMAKE_SOURCE_DIR} ${CMAKE_BINARY_DIR}/tidy)
  # The longest of all: it is started first; the others mostly wait for their servers.
  set_tests_properties(house.tidy PROPERTIES LABELS house TIMEOUT 2400 COST 10000)
endif()

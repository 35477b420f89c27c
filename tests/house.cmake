# The house rules that a program can check.
find_package(Python3 REQUIRED COMPONENTS Interpreter)

# program_test(NAME PROGRAM COMMAND...): a test that runs a program of the system in deploy/prometheus. If PROGRAM is
# not installed, ctest lists the test and does not run it, because scripts/test.sh asks ctest for the names of the
# tests before it installs their packages.
function(program_test name program)
  string(MAKE_C_IDENTIFIER "HARDLINK_PROGRAM_${program}" found)
  find_program(${found} ${program})
  add_test(NAME ${name} COMMAND ${ARGN} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}/deploy/prometheus)
  if(NOT ${found})
    set_tests_properties(${name} PROPERTIES DISABLED TRUE)
  endif()
endfunction()

add_test(NAME house.rooms
         COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_LIST_DIR}/check_rooms.py ${CMAKE_SOURCE_DIR}
                 ${CMAKE_BINARY_DIR}/rooms.txt)
add_test(NAME house.references
         COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_LIST_DIR}/check_references.py
                 ${CMAKE_SOURCE_DIR})
# The distribution's own interpreter has the modules that scripts/deps.sh installs.
add_test(NAME house.packages
         COMMAND /usr/bin/python3 ${CMAKE_CURRENT_LIST_DIR}/check_packages.py ${CMAKE_SOURCE_DIR})

# The linters of Debian 12, because other versions format and warn differently.
file(GLOB_RECURSE sources ${CMAKE_SOURCE_DIR}/src/*.h ${CMAKE_SOURCE_DIR}/src/*.cc
     ${CMAKE_SOURCE_DIR}/tests/*.h ${CMAKE_SOURCE_DIR}/tests/*.cc ${CMAKE_SOURCE_DIR}/bench/*.cc
     ${CMAKE_SOURCE_DIR}/deploy/*.cc)
program_test(house.format clang-format-14 clang-format-14 --dry-run --Werror ${sources})
set_tests_properties(house.rooms house.references house.packages house.format PROPERTIES LABELS house)
if(NOT HARDLINK_SANITIZE)
  program_test(house.tidy run-clang-tidy-14 ${CMAKE_CURRENT_LIST_DIR}/tidy.sh ${CMAKE_SOURCE_DIR}
               ${CMAKE_BINARY_DIR}/tidy)
  # It takes longest, so it starts first; other tests mostly wait for their servers.
  set_tests_properties(house.tidy PROPERTIES LABELS house TIMEOUT 2400 COST 10000)
endif()

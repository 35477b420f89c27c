# What the package brings beside the program: tested by the programs that will read it. The package
# itself is tested by e2e/test_package.py.
program_test(package.man_page mandoc mandoc -Tlint -Wwarning ${CMAKE_SOURCE_DIR}/docs/man/hardlink_exporter.1)
if(TARGET hardlink_exporter)
  add_test(NAME package.flags
           COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_LIST_DIR}/package/check_flags.py
                   $<TARGET_FILE:hardlink_exporter> ${CMAKE_SOURCE_DIR})
  set_tests_properties(package.flags PROPERTIES LABELS package)
endif()
# The threshold is of 100 points, for what a service may do beyond its need. The daemon's unit is read with its drop-in.
foreach(unit hardlink-exporter hardlink-exporter-textfile)
  program_test(package.exposure_of_${unit} systemd-analyze
               systemd-analyze security --no-pager --offline=true --threshold=19
               ${CMAKE_SOURCE_DIR}/deploy/systemd/${unit}.service)
  set_tests_properties(package.exposure_of_${unit} PROPERTIES LABELS package)
endforeach()
set_tests_properties(package.man_page PROPERTIES LABELS package)

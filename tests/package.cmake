# The package's files beside the program, tested by the programs that read them. e2e/test_package.py tests the package.
program_test(package.man_page mandoc mandoc -Tlint -Wwarning ${CMAKE_SOURCE_DIR}/docs/man/hardlink_exporter.1)
if(TARGET hardlink_exporter)
  add_test(NAME package.flags
           COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_LIST_DIR}/package/check_flags.py
                   $<TARGET_FILE:hardlink_exporter> ${CMAKE_SOURCE_DIR})
  set_tests_properties(package.flags PROPERTIES LABELS package)
endif()
# systemd rates with up to 100 points what a service may do; the threshold is the most it may have. The daemon's unit
# is rated with its drop-in.
foreach(unit hardlink-exporter hardlink-exporter-textfile)
  program_test(package.exposure_of_${unit} systemd-analyze
               systemd-analyze security --no-pager --offline=true --threshold=19
               ${CMAKE_SOURCE_DIR}/deploy/systemd/${unit}.service)
  set_tests_properties(package.exposure_of_${unit} PROPERTIES LABELS package)
endforeach()
set_tests_properties(package.man_page PROPERTIES LABELS package)

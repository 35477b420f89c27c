# What the package brings beside the program: read by the programs that will read it. The package
# itself is tested by e2e/test_package.py.
find_program(MANDOC mandoc)
find_program(SYSTEMD_ANALYZE systemd-analyze)
if(MANDOC)
  add_test(NAME package.man_page
           COMMAND ${MANDOC} -Tlint -Wwarning ${CMAKE_SOURCE_DIR}/docs/man/hardlink_exporter.1)
  set_tests_properties(package.man_page PROPERTIES LABELS package)
endif()
if(TARGET hardlink_exporter)
  add_test(NAME package.flags
           COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_LIST_DIR}/package/check_flags.py
                   $<TARGET_FILE:hardlink_exporter> ${CMAKE_SOURCE_DIR})
  set_tests_properties(package.flags PROPERTIES LABELS package)
endif()
if(SYSTEMD_ANALYZE)
  # Of 100: what is left to the service beyond its need. The daemon's unit is read with its drop-in.
  foreach(unit hardlink-exporter hardlink-exporter-textfile)
    add_test(NAME package.exposure_of_${unit}
             COMMAND ${SYSTEMD_ANALYZE} security --no-pager --offline=true --threshold=19
                     ${CMAKE_SOURCE_DIR}/deploy/systemd/${unit}.service)
    set_tests_properties(package.exposure_of_${unit} PROPERTIES LABELS package)
  endforeach()
endif()

unit_test(exposition
  SOURCES columns_test.cc details_json_test.cc explanation_test.cc families_test.cc golden_test.cc json_test.cc
          literal_report.cc number_test.cc parse_report_test.cc preflight_text_test.cc
          process_test.cc status_page_test.cc table_test.cc text_test.cc verdict_text_test.cc
  ALONE status_page_test.cc
  PRIVATE prometheus-cpp::core nlohmann_json::nlohmann_json)
set(golden ${CMAKE_SOURCE_DIR}/tests/golden)
target_compile_definitions(exposition_test PRIVATE HARDLINK_GOLDEN_DIR="${golden}")

# The distribution's own interpreter: its packages are the ones that scripts/deps.sh installs.
set(python /usr/bin/python3)
add_test(NAME golden.promtool
         COMMAND ${python} ${golden}/promtool_check.py ${golden}/metrics.txt)
add_test(NAME golden.openmetrics
         COMMAND ${python} ${golden}/openmetrics_check.py ${golden}/metrics.openmetrics
                 ${golden}/metrics.txt)
add_test(NAME docs.metrics
         COMMAND ${python} ${CMAKE_SOURCE_DIR}/tests/docs/metrics_doc_test.py
                 ${CMAKE_SOURCE_DIR}/docs/metrics.md ${golden}/metrics.txt
                 ${golden}/metrics.openmetrics)
set_tests_properties(golden.promtool golden.openmetrics docs.metrics PROPERTIES LABELS unit
                                                                               TIMEOUT 60)
unit_test(plan_text ROOM exposition SOURCES plan_text_test.cc shell_test.cc)
unit_test(table ROOM exposition SOURCES bar_test.cc display_width_test.cc literal_report.cc
                                        severity_test.cc terminal_table_test.cc)

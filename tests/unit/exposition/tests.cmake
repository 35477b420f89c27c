unit_test(exposition
  SOURCES ascii_test.cc columns_test.cc details_json_test.cc explanation_test.cc families_test.cc golden_test.cc json_test.cc
          literal_report.cc number_test.cc parse_report_test.cc preflight_text_test.cc
          process_test.cc status_page_test.cc summary_test.cc table_test.cc text_test.cc verdict_text_test.cc
  ALONE status_page_test.cc
  PRIVATE prometheus-cpp::core nlohmann_json::nlohmann_json)
set(golden ${CMAKE_SOURCE_DIR}/tests/golden)
if(TARGET exposition_test)
  target_compile_definitions(exposition_test PRIVATE HARDLINK_GOLDEN_DIR="${golden}")
endif()

unit_test(plan_text ROOM exposition SOURCES plan_text_test.cc shell_test.cc)
unit_test(table ROOM exposition SOURCES bar_test.cc display_width_test.cc literal_report.cc
                                        severity_test.cc terminal_table_test.cc)

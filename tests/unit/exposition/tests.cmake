# The golden report of literal_report.cc, in every form.
unit_test(exposition ROOM exposition/page
  SOURCES json/details_json_test.cc json/json_test.cc json/parse_report_test.cc literal_report.cc
          metrics/families_test.cc metrics/golden_test.cc metrics/process_test.cc
          metrics/selection_test.cc metrics/text_test.cc next_steps_test.cc number_test.cc
          page/runbook_test.cc page/status_page_test.cc shell_test.cc summary_test.cc
  ALONE page/status_page_test.cc
  PRIVATE hardlink::base_os hardlink::exposition_json hardlink::exposition_metrics
          hardlink::exposition_terminal prometheus-cpp::core
          nlohmann_json::nlohmann_json)
set(golden ${CMAKE_SOURCE_DIR}/tests/golden)
if(TARGET exposition_test)
  target_compile_definitions(exposition_test PRIVATE HARDLINK_GOLDEN_DIR="${golden}")
endif()

unit_test(terminal IN exposition ROOM exposition/terminal
  SOURCES literal_report.cc severity_test.cc terminal/ascii_test.cc terminal/bar_test.cc
          terminal/columns_test.cc terminal/display_width_test.cc terminal/table_test.cc
          terminal/terminal_table_test.cc)

unit_test(progress_line IN commands SOURCES progress_line_test.cc RUNS asan tsan)
unit_test(check IN commands/check
          SOURCES ../../exposition/literal_report.cc alert_range_test.cc verdict_test.cc
                  verdict_text_test.cc)
unit_test(explain IN commands/explain SOURCES explanation_test.cc explanation_text_test.cc
          PRIVATE nlohmann_json::nlohmann_json)
unit_test(plan IN commands/plan
          SOURCES docker_rmi.cc farm_removals_random_test.cc farm_removals_test.cc plan_text_test.cc
                  removal_plan_random_test.cc removal_plan_test.cc removal_search_test.cc
          ALONE farm_removals_random_test.cc farm_removals_test.cc removal_plan_random_test.cc
                removal_plan_test.cc)
unit_test(preflight IN commands/preflight
          SOURCES extraction_room_test.cc extraction_test.cc preflight_report_test.cc
                  preflight_text_test.cc unpack_test.cc
          ALONE extraction_room_test.cc preflight_report_test.cc unpack_test.cc)

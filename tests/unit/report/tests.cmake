unit_test(report SOURCES alert_range_test.cc explanation_test.cc extraction_room_test.cc extraction_test.cc judge_images_test.cc judge_test.cc limits_test.cc
                         preflight_test.cc verdict_test.cc
                 ALONE extraction_room_test.cc judge_images_test.cc judge_test.cc preflight_test.cc)
unit_test(removal_plan ROOM report
          SOURCES docker_rmi.cc farm_removals_random_test.cc farm_removals_test.cc removal_plan_random_test.cc
                  removal_plan_test.cc removal_search_test.cc
          ALONE farm_removals_random_test.cc farm_removals_test.cc removal_plan_random_test.cc removal_plan_test.cc)

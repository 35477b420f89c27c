unit_test(scanner IN daemon/scanner
          SOURCES layer_events_test.cc pace_test.cc publisher_test.cc root_worker_test.cc
                  scanner_test.cc schedule_test.cc
          ALONE pace_test.cc
          RUNS asan tsan)
unit_test(watch_room IN daemon/scanner LABELS root SOURCES watch_room_test.cc)
unit_test(sandbox IN daemon/sandbox SOURCES sandbox_test.cc)

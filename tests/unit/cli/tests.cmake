unit_test(cli SOURCES options_test.cc progress_line_test.cc roots_test.cc suggestion_test.cc
              RUNS asan tsan)
unit_test(sandbox ROOM cli SOURCES sandbox_test.cc)

unit_test(cli SOURCES progress_line_test.cc snapshots_test.cc suggestion_test.cc RUNS asan tsan)
unit_test(sandbox ROOM cli SOURCES sandbox_test.cc)

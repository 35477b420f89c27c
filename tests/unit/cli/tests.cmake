unit_test(cli SOURCES check_options_test.cc options_test.cc RUNS asan tsan)

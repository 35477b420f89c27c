unit_test(cli SOURCES options_test.cc RUNS asan tsan)

unit_test(roots SOURCES roots_test.cc count_root_test.cc RUNS asan tsan)

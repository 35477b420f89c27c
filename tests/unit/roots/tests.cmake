unit_test(roots SOURCES roots_test.cc survey_test.cc RUNS asan tsan)

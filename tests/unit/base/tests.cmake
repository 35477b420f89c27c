unit_test(base SOURCES counts_test.cc error_test.cc log_test.cc time_test.cc utf8_test.cc)

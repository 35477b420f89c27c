# Every unit test binary, one line per room.
unit_test(base SOURCES base/counts_test.cc base/error_test.cc base/log_test.cc
                  base/time_test.cc base/utf8_test.cc)

unit_test(cli SOURCES progress_line_test.cc suggestion_test.cc)

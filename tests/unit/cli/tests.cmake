unit_test(cli SOURCES suggestion_test.cc)
